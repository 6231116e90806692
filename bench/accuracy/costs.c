/* costs.c - the outcome matrix: for each row, each model's quality and cost.
 *
 * Tokens are taken as measured, else as a quarter of the characters. Where a log
 * has no length of an answer, the mean over the ladder's other answers stands in,
 * the same for each model, so that it favours none. Prices that are not known give
 * the cost that the log measured, or else an unknown cost, never zero.
 */
#include <math.h>

#include "bench/accuracy/data.h"

double data_input_tokens(const struct bench_row *row, const struct outcome *outcome) {
  return outcome->input_tokens >= 0 ? outcome->input_tokens : row->chars / 4;
}

double data_output_tokens(const struct outcome *outcome) {
  if (outcome->output_tokens >= 0)
    return outcome->output_tokens;
  return outcome->output_chars >= 0 ? outcome->output_chars / 4 : -1;
}

/* The mean length of the ladder's answers, for those whose length is not known. */
static void impute_output(struct bench_data *data, const size_t *models) {
  double sum = 0;
  size_t known = 0, all = 0;
  for (size_t i = 0; i < data->rows_count; i++)
    for (size_t m = 0; m < data->ladder_count; m++) {
      const struct outcome *outcome = labelled_row_outcome(data->rows[i].labelled, models[m]);
      double tokens = outcome ? data_output_tokens(outcome) : -1;
      all += outcome != NULL;
      known += tokens >= 0;
      sum += tokens >= 0 ? tokens : 0;
    }
  data->imputed_output = known > 0 ? sum / (double)known : BENCH_ASSUMED_OUTPUT_TOKENS;
  data->imputed_output_share = all > 0 ? (double)(all - known) / (double)all : 0;
}

static double cost_of(struct bench_data *data, const struct bench_row *row,
                      const struct outcome *outcome, size_t rung) {
  const struct bench_price *price = &data->prices.of[rung];
  if (isfinite(price->input) && isfinite(price->output)) {
    double output = data_output_tokens(outcome);
    if (output < 0)
      output = data->imputed_output;
    double millionth = data->prices.relative ? 1 : 1e-6;
    return (data_input_tokens(row, outcome) * price->input + output * price->output) * millionth;
  }
  if (outcome->cost_usd < 0 || data->prices.relative)
    return NAN;
  data->costs_measured = true;
  return outcome->cost_usd;
}

void bench_data_outcomes(struct bench_data *data) {
  size_t models[BENCH_LADDER_MAX];
  for (size_t m = 0; m < data->ladder_count; m++)
    models[m] = labelled_log_model(&data->log, data->ladder[m]);
  impute_output(data, models);
  for (size_t i = 0; i < data->rows_count; i++) {
    struct bench_row *row = &data->rows[i];
    row->complete = data->ladder_count >= 2;
    for (size_t m = 0; m < data->ladder_count; m++) {
      const struct outcome *outcome = labelled_row_outcome(row->labelled, models[m]);
      row->quality[m] = outcome ? outcome->score : NAN;
      row->cost[m] = outcome ? cost_of(data, row, outcome, m) : NAN;
      row->complete = row->complete && outcome;
    }
  }
}
