/* predict.c - what the trained model says of each row.
 *
 * The ranking score is the negated margin of one tier's head: the less the model
 * believes in the cheap tier, the more a row needs the strong one. The decision
 * lambda comes from the model's own calibration table.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accuracy/data.h"
#include "classifier/train/tier_map.h"

/* The model of the ladder with the same share of the way to the top is a tier's:
 * exact when there are as many models as tiers. */
static void match_tiers(struct bench_data *data) {
  for (size_t m = 0; m < data->ladder_count; m++) {
    double part = (double)m / (double)(data->ladder_count - 1);
    data->tier_of[m] = (size_t)lround(part * (double)(data->tiers_count - 1));
  }
  if (data->ladder_count > 0 && data->ladder_count < data->tiers_count)
    data->tier_of[0] = data->rank_tier; /* two models: the head that ranks */
}

/* -1 for a name that the model does not have. */
static int tier_named(const struct bench_data *data, const char *name) {
  for (size_t t = 0; t < data->tiers_count; t++)
    if (strcmp(data->tiers[t], name) == 0)
      return (int)t;
  return -1;
}

/* A label is a tier's name, or a word that the tier map translates. */
static int label_tier(const struct bench_data *data, const struct tier_map *map,
                      const char *label) {
  int tier = label ? tier_named(data, label) : -1;
  int mapped = label && tier < 0 && map->labels_count > 0 ? tier_map_label(map, label) : -1;
  return mapped >= 0 ? tier_named(data, map->names[mapped]) : tier;
}

/* Labels and the ladder's models by the map of --tiers, where it names them. */
static bool apply_tier_map(const struct bench_options *options, struct bench_data *data) {
  struct tier_map map = {0};
  char why[512];
  if (options->tiers && !tier_map_read(&map, options->tiers, why, sizeof why)) {
    (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", options->tiers, why);
    return false;
  }
  for (size_t m = 0; m < data->ladder_count; m++) {
    int mapped = map.models_count > 0 ? tier_map_model(&map, data->ladder[m]) : -1;
    int tier = mapped >= 0 ? tier_named(data, map.names[mapped]) : -1;
    if (tier >= 0)
      data->tier_of[m] = (size_t)tier;
  }
  for (size_t i = 0; i < data->rows_count; i++)
    data->rows[i].label = label_tier(data, &map, data->rows[i].labelled->label);
  tier_map_deinit(&map);
  return true;
}

/* Not the top tier, which has no head of its own. */
static bool find_rank_tier(const struct bench_options *options, struct bench_data *data) {
  for (size_t t = 0; options->tier && t < data->tiers_count; t++)
    if (strcmp(data->tiers[t], options->tier) == 0) {
      data->rank_tier = t;
      if (t + 1 < data->tiers_count)
        return true;
    }
  if (!options->tier)
    return true;
  (void)fprintf(stderr, "tier-bench accuracy: --tier %s: expected a tier below the top of %s:",
                options->tier, options->model);
  for (size_t t = 0; t + 1 < data->tiers_count; t++)
    (void)fprintf(stderr, " %s", data->tiers[t]);
  (void)fputc('\n', stderr);
  return false;
}

/* The original of a paraphrase is predicted too, since it need not be a row itself. */
static void predict_row(const struct model *model, struct features *features,
                        const struct bench_data *data, struct bench_row *row) {
  struct prediction p;
  features_extract(features, &row->labelled->conversation);
  model_predict(model, features, &p);
  row->ranked = true;
  row->score = -(double)p.margin[data->rank_tier];
  row->output_p50 = (double)p.output_tokens_p50;
  row->output_p90 = (double)p.output_tokens_p90;
  row->novelty = (double)p.novelty;
  row->abstain = p.abstain;
  for (size_t t = 0; t < data->tiers_count; t++)
    row->good[t] = (double)p.good[t];
  if (!row->labelled->original)
    return;
  const struct turn turn = {TURN_USER, true, span_of(row->labelled->original)};
  const struct conversation original = {.turns = &turn, .turns_count = 1};
  features_extract(features, &original);
  model_predict(model, features, &p);
  for (size_t t = 0; t < data->tiers_count; t++)
    row->original_good[t] = (double)p.good[t];
}

/* By the daemon's own loader and scorer: what is measured is what runs. */
bool bench_data_predict(const struct bench_options *options, struct bench_data *data) {
  struct model *model;
  struct model_error error;
  bool ok = false;
  if (model_load(options->model, &model, &error) != MODEL_OK) {
    (void)fprintf(stderr, "tier-bench accuracy: %s\n", error.text);
    return false;
  }
  data->tiers_count = model_tiers_count(model);
  for (size_t t = 0; t < data->tiers_count; t++)
    data->tiers[t] = bench_copy(data->memory, model_tier_name(model, t));
  data->model_version = bench_copy(data->memory, model_version(model));
  data->lambda = model_lambda(model, options->quality);
  for (size_t t = 0; t < data->tiers_count; t++)
    data->shares[t] = model_cost_share(model, t);
  if (find_rank_tier(options, data)) {
    /* One for all rows, as an event loop has it. */
    struct features *features = bench_take(data->memory, 1, sizeof *features);
    features_init(features);
    match_tiers(data);
    for (size_t i = 0; i < data->rows_count; i++)
      predict_row(model, features, data, &data->rows[i]);
    ok = apply_tier_map(options, data);
  }
  model_destroy(model);
  return ok;
}
