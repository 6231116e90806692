/* rates.c - figures that are means over rows: one value a row, then the bootstrap.
 *
 * Each rate is a small function that gives a row's value, or nothing when the row
 * says nothing about it. Rates about tokens give a value for each answer.
 */
#include "bench/accuracy/rates.h"

#include <math.h>
#include <stdlib.h>

#include "bench/accuracy/calibration.h"
#include "bench/accuracy/decide.h"

const char *const rate_names[RATES_COUNT] = {"ece",
                                             "brier",
                                             "under_routing",
                                             "over_routing",
                                             "label_accuracy",
                                             "label_error_cost",
                                             "paraphrases_kept",
                                             "abstained",
                                             "p50_coverage",
                                             "p90_coverage",
                                             "output_log_error"};

const char *const rate_meanings[RATES_COUNT] = {
    "calibration error of P(good enough), 15 equally full bins",
    "Brier score of P(good enough)",
    "share routed to a model that is not good enough",
    "share for which a cheaper model would have done",
    "share of labels met",
    "mean tiers too dear plus twice the tiers too cheap",
    "share of paraphrases that keep their original's tier",
    "share for which the model abstains",
    "share of answers within the p50 forecast of output tokens",
    "share of answers within the p90 forecast of output tokens",
    "mean |ln(measured/p50)| of output tokens"};

/* Values of one rate as they are gathered. */
struct gathered {
  double *values;
  size_t count, capacity;
};

/* Values are kept, not sums, since the bootstrap draws from them. */
static void add(struct gathered *g, double value) {
  g->values = bench_grow(g->values, g->count, &g->capacity, sizeof *g->values);
  g->values[g->count++] = value;
}

/* As tierd would decide at the wished quality. The dearest model is always good enough,
 * so that under-routing is a choice below it. */
static void gather_routing(const struct bench_data *data, const struct bench_row *row,
                           struct gathered *rates) {
  size_t tier = decide_tier(data, row->good);
  size_t chosen = decide_model(data, tier);
  bool cheaper_does = false;
  for (size_t m = 0; m < chosen; m++)
    cheaper_does = cheaper_does || decide_good(data, row, m);
  add(&rates[RATE_UNDER_ROUTING], !decide_good(data, row, chosen));
  add(&rates[RATE_OVER_ROUTING], cheaper_does);
}

/* Too cheap costs twice: a bad answer is worse than a dear one. */
static void gather_label(const struct bench_data *data, const struct bench_row *row,
                         struct gathered *rates) {
  size_t label = decide_label(data, row);
  if (label == SIZE_MAX)
    return;
  size_t class = decide_class(data, row);
  double too_dear = class > label ? (double)(class - label) : 0;
  double too_cheap = label > class ? (double)(label - class) : 0;
  add(&rates[RATE_LABEL_ACCURACY], class == label);
  add(&rates[RATE_LABEL_ERROR_COST], too_dear + 2 * too_cheap);
}

/* Whether the tier is right does not matter here, only that a rewording keeps it. */
static void gather_paraphrase(const struct bench_data *data, const struct bench_row *row,
                              struct gathered *rates) {
  if (!row->labelled->original)
    return;
  size_t here = decide_tier(data, row->good);
  size_t there = decide_tier(data, row->original_good);
  add(&rates[RATE_PARAPHRASES_KEPT], here == there);
}

/* With a ladder only its models' answers count; a model outside says little. */
static bool counts(const struct bench_data *data, const struct outcome *outcome) {
  for (size_t m = 0; m < data->ladder_count; m++)
    if (labelled_log_model(&data->log, data->ladder[m]) == outcome->model)
      return true;
  return data->ladder_count == 0;
}

/* One forecast a prompt is held against each model's answer, as the daemon uses it. */
static void gather_tokens(const struct bench_data *data, const struct bench_row *row,
                          struct gathered *rates) {
  for (size_t i = 0; i < row->labelled->outcomes_count; i++) {
    const struct outcome *outcome = &row->labelled->outcomes[i];
    if (!counts(data, outcome))
      continue;
    double output = data_output_tokens(outcome);
    if (data->tiers_count > 0 && output >= 0 && row->output_p50 > 0) {
      add(&rates[RATE_P50_COVERAGE], output <= row->output_p50);
      add(&rates[RATE_P90_COVERAGE], output <= row->output_p90);
      add(&rates[RATE_OUTPUT_LOG_ERROR], fabs(log((output + 1) / (row->output_p50 + 1))));
    }
  }
}

/* Rows tell of different rates: outcomes, labels and originals are there or not. */
static void gather(const struct bench_data *data, const struct bench_row *row,
                   struct gathered *rates, struct forecast *forecasts, size_t *forecasts_count) {
  gather_tokens(data, row, rates);
  if (data->tiers_count == 0)
    return;
  add(&rates[RATE_ABSTAINED], row->abstain);
  gather_label(data, row, rates);
  gather_paraphrase(data, row, rates);
  if (!row->complete)
    return;
  gather_routing(data, row, rates);
  double p = row->good[data->rank_tier], came_true = decide_good(data, row, 0);
  forecasts[(*forecasts_count)++] = (struct forecast){p, came_true};
  add(&rates[RATE_BRIER], (p - came_true) * (p - came_true));
}

/* replicates is the caller's room, used anew for each rate. */
void rates_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                   const struct bench_options *options, double *replicates,
                   struct rate_result *out) {
  struct gathered rates[RATES_COUNT] = {{0}};
  size_t forecasts_count = 0, forecasts_capacity = 0;
  struct forecast *forecasts = NULL;
  for (size_t i = 0; i < count; i++) {
    forecasts = bench_grow(forecasts, i, &forecasts_capacity, sizeof *forecasts);
    gather(data, &data->rows[indices[i]], rates, forecasts, &forecasts_count);
  }
  for (size_t r = 0; r < RATES_COUNT; r++) {
    out[r].count = rates[r].count;
    out[r].estimate = bootstrap_mean(rates[r].values, rates[r].count, options->seed, replicates,
                                     options->bootstrap);
    free(rates[r].values);
  }
  struct calibration calibration;
  calibration_measure(forecasts, forecasts_count, &calibration);
  /* No interval: resampling a binned error shifts it upwards, and would mislead. */
  out[RATE_ECE] = (struct rate_result){forecasts_count, {calibration.ece, NAN, NAN}};
  free(forecasts);
}
