/* costs.c - the outcome matrix: for each row, each model's quality and cost.
 *
 * Tokens are taken as measured; else the input's as the router estimates them, and the
 * answer's as a quarter of its characters. Where a log has no length of an answer, the
 * mean over the ladder's other answers stands in, the same for each model, so that it
 * favours none. The forecast of the model under test may be asked for instead; by default
 * it is not, for then two models would be measured with two yardsticks. What was assumed
 * is counted. Prices that are not known give the cost that the log measured, or else an
 * unknown cost, never zero.
 */
#include <math.h>

#include "bench/accuracy/data.h"
#include "daemon/router/tokens.h"

/* The 90th percentile of the standard normal distribution. */
#define Z90 1.2815515655446004

bool data_counts_model(const struct bench_data *data, size_t model) {
  for (size_t m = 0; m < data->ladder_count; m++)
    if (data->ladder_model[m] == model)
      return true;
  return data->ladder_count == 0;
}

uint64_t data_input_estimate(const struct bench_data *data, const struct bench_row *row,
                             size_t model) {
  const struct catalog_model *prices = &data->prices.models[model];
  return tokens_of_counts(&row->counts, prices->tokenizer, prices->images);
}

double data_input_tokens(const struct bench_data *data, const struct bench_row *row,
                         const struct outcome *outcome) {
  return outcome->input_tokens >= 0 ? outcome->input_tokens
                                    : (double)data_input_estimate(data, row, outcome->model);
}

double data_output_tokens(const struct outcome *outcome) {
  if (outcome->output_tokens >= 0)
    return outcome->output_tokens;
  return outcome->output_chars >= 0 ? outcome->output_chars / 4 : -1;
}

/* The log-normal through p50 and p90 has this mean; a wide one is held to p90. */
double data_output_forecast(const struct bench_row *row) {
  if (!(row->output_p50 > 0))
    return 0;
  double sigma = fmax(log(row->output_p90 / row->output_p50), 0) / Z90;
  return fmin(row->output_p50 * exp(sigma * sigma / 2), row->output_p90);
}

/* Counts what has to be assumed, and finds the mean length of the ladder's answers for
 * those whose length is not known, or the mean forecast for them. */
static void impute_output(struct bench_data *data) {
  double sum = 0, forecasts = 0;
  size_t known = 0, all = 0, chars = 0, inputs = 0;
  for (size_t i = 0; i < data->rows_count; i++)
    for (size_t m = 0; m < data->ladder_count; m++) {
      const struct bench_row *row = &data->rows[i];
      const struct outcome *outcome = labelled_row_outcome(row->labelled, data->ladder_model[m]);
      double tokens = outcome ? data_output_tokens(outcome) : -1;
      all += outcome != NULL;
      known += tokens >= 0;
      sum += tokens >= 0 ? tokens : 0;
      forecasts += outcome && tokens < 0 ? data_output_forecast(row) : 0;
      chars += outcome && tokens >= 0 && outcome->output_tokens < 0;
      inputs += outcome && outcome->input_tokens < 0;
    }
  double every = all > 0 ? (double)all : 1;
  data->imputed_output_share = (double)(all - known) / every;
  data->chars_output_share = (double)chars / every;
  data->estimated_input_share = (double)inputs / every;
  data->imputed_output = known > 0 ? sum / (double)known : BENCH_ASSUMED_OUTPUT_TOKENS;
  if (data->forecast_lengths && all > known)
    data->imputed_output = forecasts / (double)(all - known);
}

static double cost_of(struct bench_data *data, const struct bench_row *row,
                      const struct outcome *outcome, size_t rung) {
  const struct bench_price *price = &data->prices.of[rung];
  if (isfinite(price->input) && isfinite(price->output)) {
    double output = data_output_tokens(outcome);
    if (output < 0)
      output = data->forecast_lengths ? data_output_forecast(row) : data->imputed_output;
    double millionth = data->prices.relative ? 1 : 1e-6;
    return (data_input_tokens(data, row, outcome) * price->input + output * price->output) *
           millionth;
  }
  if (outcome->cost_usd < 0 || data->prices.relative)
    return NAN;
  data->costs_measured = true;
  return outcome->cost_usd;
}

void bench_data_outcomes(struct bench_data *data) {
  impute_output(data);
  for (size_t i = 0; i < data->rows_count; i++) {
    struct bench_row *row = &data->rows[i];
    row->complete = data->ladder_count >= 2;
    for (size_t m = 0; m < data->ladder_count; m++) {
      const struct outcome *outcome = labelled_row_outcome(row->labelled, data->ladder_model[m]);
      row->quality[m] = outcome ? outcome->score : NAN;
      row->cost[m] = outcome ? cost_of(data, row, outcome, m) : NAN;
      row->complete = row->complete && outcome;
    }
  }
}
