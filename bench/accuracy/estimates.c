/* estimates.c - gathers an error for each answer, then takes medians, sums and shares.
 *
 * Each measure has a list of samples. A sample is a value and a weight: medians are of the
 * values; all else is the sum of values over the sum of weights, which for weights of 1
 * is a mean.
 */
#include "bench/accuracy/estimates.h"

#include <math.h>
#include <stdlib.h>

#include "daemon/router/cost.h"

const char *const estimate_names[ESTIMATES_COUNT] = {
    "input_tokens_error",      "input_tokens_bias",   "output_tokens_error",
    "output_tokens_bias",      "output_p50_coverage", "output_p90_coverage",
    "output_p10_p90_coverage", "cost_error",          "cost_bias",
    "cost_p10_p90_coverage",   "price_error"};

const char *const estimate_meanings[ESTIMATES_COUNT] = {
    "median error of the input tokens, of those measured",
    "sum of estimated input tokens over the sum of those measured, less 1",
    "median error of p50 of the output tokens",
    "sum of the mean output forecasts over the sum of those measured, less 1",
    "share of answers with at most p50 tokens",
    "share of answers with at most p90 tokens",
    "share of answers between p10 and p90 tokens",
    "median error of the expected cost",
    "sum of expected costs over the sum of those measured, less 1",
    "share of costs between low and high",
    "median error of measured tokens at the prices given: what the prices alone are off"};

const char *const lack_names[LACKS_COUNT] = {"no_input_tokens", "no_output_tokens", "no_cost",
                                             "no_price", "no_tokenizer"};

const char *const lack_meanings[LACKS_COUNT] = {
    "have no input_tokens", "have no output_tokens", "have no cost_usd",
    "are of a model without a price", "are of a model whose tokenizer is not known (o200k taken)"};

struct sample {
  double value, weight;
  uint32_t row; /* among those with samples */
};

struct samples {
  struct sample *items;
  size_t count, capacity;
};

/* What one group's measuring needs. */
struct gatherer {
  const struct bench_data *data;
  struct samples samples[ESTIMATES_COUNT];
  uint32_t rows_count; /* rows that have a sample */
  struct estimates *out;
};

/* The four that are typical of single answers; the rest is about all of them together. */
static bool is_median(size_t measure) {
  return measure == ESTIMATE_INPUT_ERROR || measure == ESTIMATE_OUTPUT_ERROR ||
         measure == ESTIMATE_COST_ERROR || measure == ESTIMATE_PRICE_ERROR;
}

/* The sample belongs to the row that gather() is at. */
static void add(struct gatherer *g, enum estimate_measure measure, double value, double weight) {
  struct samples *list = &g->samples[measure];
  list->items = bench_grow(list->items, list->count, &list->capacity, sizeof *list->items);
  list->items[list->count++] = (struct sample){value, weight, g->rows_count};
}

/* The pair of error and bias; an error in parts of nothing is none. */
static void add_error(struct gatherer *g, enum estimate_measure error, enum estimate_measure bias,
                      double point, double mean, double measured) {
  if (measured > 0)
    add(g, error, fabs(point - measured) / measured, 1);
  add(g, bias, mean - measured, measured);
}

/* p50 is what a single answer is held against, but bills are made with the mean: a p50
 * that is right for most answers makes the sum of a skewed lot too small. */
static void gather_output(struct gatherer *g, const struct bench_row *row, double measured) {
  /* The forecast is log-normal, so that p10 lies as far below p50 as p90 above, by ratio. */
  double p10 = row->output_p50 * row->output_p50 / row->output_p90;
  add_error(g, ESTIMATE_OUTPUT_ERROR, ESTIMATE_OUTPUT_BIAS, row->output_p50,
            data_output_forecast(row), measured);
  add(g, ESTIMATE_OUTPUT_P50, measured <= row->output_p50, 1);
  add(g, ESTIMATE_OUTPUT_P90, measured <= row->output_p90, 1);
  add(g, ESTIMATE_OUTPUT_P10_P90, measured >= p10 && measured <= row->output_p90, 1);
}

/* Prices are asked for at noon of the day that they are of: the logs do not say when a
 * call was made, and a benchmark has no clock. */
static int64_t price_time(const struct catalog_model *model) {
  return model->price_as_of_days < 0 ? 0 : model->price_as_of_days * 86400 + 43200;
}

static double from_nano(int64_t nano) {
  return (double)nano / (double)NANO_PER_USD;
}

/* The cost of the tokens that were measured. Where p50 is p90 nothing is guessed. */
static void gather_price(struct gatherer *g, const struct catalog_model *model,
                         const struct outcome *outcome) {
  struct usage_estimate usage = {.now_s = price_time(model),
                                 .input = (uint64_t)outcome->input_tokens,
                                 .output_p50 = outcome->output_tokens,
                                 .output_p90 = outcome->output_tokens};
  struct cost cost = cost_estimate(model, &usage);
  if (money_known(cost.expected) && outcome->cost_usd > 0)
    add(g, ESTIMATE_PRICE_ERROR,
        fabs(from_nano(cost.expected) - outcome->cost_usd) / outcome->cost_usd, 1);
}

/* As the daemon would have told before the call. True if the model has a price. */
static bool gather_cost(struct gatherer *g, const struct bench_row *row,
                        const struct catalog_model *model, const struct outcome *outcome) {
  struct usage_estimate usage = {.now_s = price_time(model),
                                 .input = data_input_estimate(g->data, row, outcome->model),
                                 .output_p50 = row->output_p50,
                                 .output_p90 = row->output_p90};
  struct cost cost = cost_estimate(model, &usage);
  /* A longer request may fall under a price that is not published, so all three count. */
  if (!money_known(cost.expected) || !money_known(cost.low) || !money_known(cost.high))
    return false;
  if (outcome->input_tokens >= 0 && outcome->output_tokens >= 0)
    gather_price(g, model, outcome);
  if (outcome->cost_usd < 0 || g->data->tiers_count == 0)
    return true;
  double expected = from_nano(cost.expected), measured = outcome->cost_usd;
  add_error(g, ESTIMATE_COST_ERROR, ESTIMATE_COST_BIAS, expected, expected, measured);
  add(g, ESTIMATE_COST_P10_P90, measured >= from_nano(cost.low) && measured <= from_nano(cost.high),
      1);
  return true;
}

/* Each figure takes the answers that have it: a log with tokens and no costs still says
 * something about tokens. */
static void gather_answer(struct gatherer *g, const struct bench_row *row,
                          const struct outcome *outcome) {
  const struct catalog_model *model = &g->data->prices.models[outcome->model];
  double input = (double)data_input_estimate(g->data, row, outcome->model);
  g->out->answers++;
  if (outcome->input_tokens >= 0)
    add_error(g, ESTIMATE_INPUT_ERROR, ESTIMATE_INPUT_BIAS, input, input, outcome->input_tokens);
  if (outcome->output_tokens >= 0 && g->data->tiers_count > 0)
    gather_output(g, row, outcome->output_tokens);
  bool priced = gather_cost(g, row, model, outcome);
  g->out->lacking[LACK_INPUT] += outcome->input_tokens < 0;
  g->out->lacking[LACK_OUTPUT] += outcome->output_tokens < 0;
  g->out->lacking[LACK_COST] += outcome->cost_usd < 0;
  g->out->lacking[LACK_PRICE] += !priced;
  g->out->lacking[LACK_FAMILY] += model->tokenizer == TOKENS_UNKNOWN;
}

static size_t samples_total(const struct gatherer *g) {
  size_t total = 0;
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    total += g->samples[m].count;
  return total;
}

/* A row without any sample gets no number, so that resampling draws only from rows that
 * count, and costs nothing for logs that measured nothing. */
static void gather(struct gatherer *g, const uint32_t *indices, size_t count, size_t model) {
  for (size_t i = 0; i < count; i++) {
    const struct bench_row *row = &g->data->rows[indices[i]];
    size_t before = samples_total(g);
    for (size_t k = 0; k < row->labelled->outcomes_count; k++)
      if (model == SIZE_MAX ? data_counts_model(g->data, row->labelled->outcomes[k].model)
                            : model == row->labelled->outcomes[k].model)
        gather_answer(g, row, &row->labelled->outcomes[k]);
    g->rows_count += samples_total(g) > before;
  }
}

static int by_value(const void *left, const void *right) {
  double a = ((const struct sample *)left)->value, b = ((const struct sample *)right)->value;
  return (a > b) - (a < b);
}

/* Of sorted samples, each as often as its row was drawn; NULL: once. */
static double median_of(const struct samples *list, const uint32_t *drawn) {
  double total = 0, sum = 0;
  for (size_t i = 0; i < list->count; i++)
    total += drawn ? drawn[list->items[i].row] : 1;
  for (size_t i = 0; total > 0 && i < list->count; i++) {
    sum += drawn ? drawn[list->items[i].row] : 1;
    if (2 * sum > total)
      return list->items[i].value;
    /* Just half lies below: the middle between this one and the next. */
    if (2 * sum == total && i + 1 < list->count && !drawn)
      return (list->items[i].value + list->items[i + 1].value) / 2;
  }
  return NAN;
}

/* Weighed by what was measured, a ratio is that of the sums. */
static double ratio_of(const struct samples *list, const uint32_t *drawn) {
  double value = 0, weight = 0;
  for (size_t i = 0; i < list->count; i++) {
    double times = drawn ? drawn[list->items[i].row] : 1;
    value += times * list->items[i].value;
    weight += times * list->items[i].weight;
  }
  return weight > 0 ? value / weight : NAN;
}

static double value_of(const struct gatherer *g, size_t measure, const uint32_t *drawn) {
  const struct samples *list = &g->samples[measure];
  return is_median(measure) ? median_of(list, drawn) : ratio_of(list, drawn);
}

/* All measures see the same draw. Samples were sorted once: a draw changes how often one
 * counts, never their order. */
static void resample(const struct gatherer *g, const struct bench_options *options) {
  size_t n = options->bootstrap;
  struct labelled_log_memory *memory = log_memory_create();
  if (!memory)
    return; /* the figures stand without intervals */
  uint32_t *drawn = bench_take(memory, g->rows_count + 1, sizeof *drawn);
  double *replicates = bench_take(memory, ESTIMATES_COUNT * (n + 1), sizeof *replicates);
  struct bench_random random;
  bench_random_seed(&random, options->seed);
  for (size_t b = 0; b < n; b++) {
    bootstrap_draw(&random, drawn, g->rows_count);
    for (size_t m = 0; m < ESTIMATES_COUNT; m++)
      replicates[m * n + b] = value_of(g, m, drawn);
  }
  for (size_t m = 0; m < ESTIMATES_COUNT; m++) {
    struct estimate *estimate = &g->out->measures[m].estimate;
    *estimate = bootstrap_interval(estimate->value, replicates + m * n, n);
  }
  log_memory_destroy(memory);
}

void estimates_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                       size_t model, const struct bench_options *options, struct estimates *out) {
  struct gatherer g = {.data = data, .out = out};
  *out = (struct estimates){0};
  gather(&g, indices, count, model);
  for (size_t m = 0; m < ESTIMATES_COUNT; m++) {
    struct samples *list = &g.samples[m];
    if (is_median(m) && list->count > 0)
      qsort(list->items, list->count, sizeof *list->items, by_value);
    out->measures[m] = (struct rate_result){list->count, {value_of(&g, m, NULL), NAN, NAN}};
  }
  if (g.rows_count > 0 && options->bootstrap > 0)
    resample(&g, options);
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    free(g.samples[m].items);
}

bool estimates_present(const struct estimates *estimates) {
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    if (estimates->measures[m].count > 0)
      return true;
  return false;
}
