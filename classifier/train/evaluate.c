/* evaluate.c - plays the policies over each source, and judges the ranking and the
 * probabilities behind them.
 *
 * The rows of one source after the other, then all rows again; over all, APGR is the
 * mean of the sources', since ranking across sources would measure which source is
 * the harder. Printing is left to command_eval.c. */
#include "classifier/train/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "classifier/train/apgr.h"
#include "classifier/train/isotonic.h"

const double evaluate_qualities[EVALUATE_QUALITIES] = {0.90, 0.95, 0.99};

struct evaluator {
  const struct dataset *dataset;
  const struct tier_map *map;
  const struct judgement *judged;
  struct decision_rule rules[EVALUATE_QUALITIES];
  float *margins, *shortness;         /* an entry an example */
  float *predicted, *outcomes, *ones; /* scratch for the calibration error */
  struct gap_row *ranked;             /* scratch */
};

/* On failure e may still be released. */
static bool evaluator_init(struct evaluator *e, const struct labelled_log *log,
                           const struct model *model) {
  size_t count = e->dataset->count + 1;
  e->margins = malloc(count * sizeof(float));
  e->shortness = malloc(count * sizeof(float));
  e->predicted = malloc(count * sizeof(float));
  e->outcomes = malloc(count * sizeof(float));
  e->ones = malloc(count * sizeof(float));
  e->ranked = malloc(count * sizeof *e->ranked);
  if (!e->margins || !e->shortness || !e->predicted || !e->outcomes || !e->ones || !e->ranked)
    return false;
  for (size_t q = 0; q < EVALUATE_QUALITIES; q++)
    e->rules[q] = decisions_rule(model, evaluate_qualities[q]);
  for (size_t i = 0; i < e->dataset->count; i++) {
    uint32_t row = e->dataset->examples[i].row;
    e->margins[i] = e->judged[row].margin[0];
    /* Margins rise with ease, so the longer has to be the lower. */
    e->shortness[i] = (float)-decisions_length(&log->rows[row]);
    e->ones[i] = 1.0f;
  }
  return true;
}

static void evaluator_deinit(struct evaluator *e) {
  free(e->margins);
  free(e->shortness);
  free(e->predicted);
  free(e->outcomes);
  free(e->ones);
  free(e->ranked);
}

/* Over all rows the source does not matter. */
static bool belongs(const struct example *example, uint32_t source, bool all) {
  return all || example->source == source;
}

/* The policies and the share abstained. */
static void play(const struct evaluator *e, uint32_t source, bool all, struct evaluation *out) {
  size_t tiers_count = e->map->tiers_count;
  for (size_t i = 0; i < e->dataset->count; i++) {
    const struct example *example = &e->dataset->examples[i];
    if (!belongs(example, source, all))
      continue;
    const struct judgement *judgement = &e->judged[example->row];
    out->rows++;
    out->abstained += judgement->abstain;
    tally_add(&out->policies[0], example, e->map, 0);
    tally_add(&out->policies[1], example, e->map, tiers_count - 1);
    for (size_t q = 0; q < EVALUATE_QUALITIES; q++)
      tally_add(&out->policies[2 + q], example, e->map, decisions_tier(&e->rules[q], judgement));
  }
}

/* Rows count alike: a user asks how often the probabilities come true on this log. */
static double probability_error(const struct evaluator *e, uint32_t source, bool all, size_t tier) {
  size_t used = 0;
  for (size_t i = 0; i < e->dataset->count; i++) {
    const struct example *example = &e->dataset->examples[i];
    if (!belongs(example, source, all) || isnan(example->good[tier]))
      continue;
    e->predicted[used] = e->judged[example->row].good[tier];
    e->outcomes[used++] = example->good[tier];
  }
  return calibration_error(e->predicted, e->outcomes, e->ones, used);
}

/* By the cheapest tier alone, which is where most money is saved or lost. Labels and
 * short prompts make many ties, hence shared. */
static double rank(const struct evaluator *e, uint32_t source, const float *margins,
                   size_t *count) {
  *count = gap_rows(e->dataset, source, 0, margins, e->ranked);
  gap_sort(e->ranked, *count);
  return gap_recovered(e->ranked, *count, NULL, TIES_SHARED);
}

bool evaluate(const struct dataset *dataset, const struct labelled_log *log,
              const struct tier_map *map, const struct model *model, const struct judgement *judged,
              struct evaluation *out) {
  struct evaluator e = {.dataset = dataset, .map = map, .judged = judged};
  struct evaluation *total = &out[dataset->sources_count];
  size_t ranked_sources = 0;
  bool ok = evaluator_init(&e, log, model);
  *total = (struct evaluation){0};
  for (size_t s = 0; ok && s <= dataset->sources_count; s++) {
    bool all = s == dataset->sources_count;
    if (!all)
      out[s] = (struct evaluation){.source = dataset->sources[s]};
    play(&e, (uint32_t)s, all, &out[s]);
    for (size_t tier = 0; tier + 1 < map->tiers_count; tier++)
      out[s].ece[tier] = probability_error(&e, (uint32_t)s, all, tier);
    if (all)
      break;
    size_t count = 0;
    out[s].apgr = rank(&e, (uint32_t)s, e.margins, &count);
    out[s].apgr_length = rank(&e, (uint32_t)s, e.shortness, &count);
    if (count < APGR_ROWS_MIN || isnan(out[s].apgr))
      continue;
    total->apgr += out[s].apgr;
    total->apgr_length += out[s].apgr_length;
    ranked_sources++;
  }
  total->apgr = ranked_sources ? total->apgr / (double)ranked_sources : NAN;
  total->apgr_length = ranked_sources ? total->apgr_length / (double)ranked_sources : NAN;
  evaluator_deinit(&e);
  return ok;
}
