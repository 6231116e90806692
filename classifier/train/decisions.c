/* decisions.c - runs a model over a log, turns probabilities into tiers as the daemon
 * does, and adds up what the chosen tiers would have brought.
 *
 * Features are extracted anew for each row, since a dataset keeps no text to scan.
 * Averages, intervals and printing are left to evaluate.c and diff.c. */
#include "classifier/train/decisions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/row_features.h"

/* Of the model, or of the map when model is NULL. A list too long for out is cut: it
 * only goes into a message. */
static void name_tiers(char *out, size_t size, const struct model *model,
                       const struct tier_map *map) {
  size_t count = model ? model_tiers_count(model) : map->tiers_count;
  size_t used = 0;
  *out = '\0';
  for (size_t i = 0; i < count && used < size; i++)
    used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "",
                             model ? model_tier_name(model, i) : map->names[i]);
}

/* Order counts, not only names: good[0] has to mean the tier whose cost is costs[0]. */
bool decisions_fit(const struct model *model, const struct tier_map *map, char *why,
                   size_t why_size) {
  bool same = model_tiers_count(model) == map->tiers_count;
  for (size_t i = 0; same && i < map->tiers_count; i++)
    same = strcmp(model_tier_name(model, i), map->names[i]) == 0;
  if (!same) {
    char has[256];
    char wanted[256];
    name_tiers(has, sizeof has, model, NULL);
    name_tiers(wanted, sizeof wanted, NULL, map);
    snprintf(why, why_size, "the model's tiers are %s, but --tiers names %s", has, wanted);
  }
  return same;
}

/* One features struct for all rows, since it is large. */
bool decisions_judge(struct judgement **out, const struct model *model,
                     const struct labelled_log *log) {
  struct judgement *judged = malloc((log->rows_count + 1) * sizeof *judged);
  struct features *features = malloc(sizeof *features);
  *out = NULL;
  if (!judged || !features) {
    free(judged);
    free(features);
    return false;
  }
  features_init(features);
  for (size_t i = 0; i < log->rows_count; i++) {
    struct prediction prediction = {0};
    row_features(features, &log->rows[i]);
    model_predict(model, features, &prediction);
    memcpy(judged[i].good, prediction.good, sizeof judged[i].good);
    memcpy(judged[i].margin, prediction.margin, sizeof judged[i].margin);
    judged[i].abstain = prediction.abstain;
  }
  free(features);
  *out = judged;
  return true;
}

struct decision_rule decisions_rule(const struct model *model, double quality) {
  return (struct decision_rule){model, model_lambda(model, quality)};
}

size_t decisions_tier(const struct decision_rule *rule, const struct judgement *judgement) {
  return model_choose(rule->model, judgement->good, judgement->abstain, rule->lambda);
}

double decisions_length(const struct labelled_row *row) {
  size_t length = 0;
  if (row->hashed)
    return row->hashed->chars;
  if (row->vector)
    return expm1((double)row->vector[FEATURE_INDEX_chars_log]);
  for (size_t t = 0; t < row->conversation.turns_count; t++) {
    struct span text = row->conversation.turns[t].text;
    for (size_t i = 0; i < text.len; i++)
      length += ((unsigned char)text.ptr[i] & 0xC0) != 0x80; /* not within a character */
  }
  return (double)length;
}

/* A row that does not tell whether the tier was good enough still has a quality, by
 * its neighbours, and a cost; it only drops out of the under-routed share. */
void tally_add(struct tally *tally, const struct example *example, const struct tier_map *map,
               size_t tier) {
  size_t top = map->tiers_count - 1;
  float good = example_good(example, map->tiers_count, tier);
  tally->rows++;
  tally->tiers[tier]++;
  tally->quality += example_quality(example, map->tiers_count, tier);
  tally->quality_top += example_quality(example, map->tiers_count, top);
  tally->cost += map->costs[tier];
  tally->cost_top += map->costs[top];
  if (!isnan(good)) {
    tally->under_routed += 1.0 - (double)good;
    tally->under_known++;
  }
}
