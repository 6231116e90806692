/* ladder.c - the lambda policy over a ladder, its curve and its savings.
 *
 * Decisions depend on lambda and on the row alone, so they are taken once; a
 * bootstrap replicate only weighs the rows anew.
 */
#include "bench/accuracy/ladder.h"

#include <math.h>

#include "bench/accuracy/hull.h"

const char *const ladder_policy_names[LADDER_POLICIES_COUNT] = {"router", "oracle"};

static const double saving_shares[LADDER_SAVINGS] = {0.95, 0.98, 0.99};

/* Rows with all answers and costs, and what one policy chose for each at each step. */
struct ladder_rows {
  const struct bench_data *data;
  const struct bench_row **rows;
  size_t count;
  unsigned char *choices; /* of one policy: step * count + row */
};

/* A sum over the others would flatter the model whose dear calls are unknown. */
static bool costs_known(const struct bench_data *data, const struct bench_row *row) {
  for (size_t m = 0; m < data->ladder_count; m++)
    if (!isfinite(row->cost[m]))
      return false;
  return true;
}

static void take_rows(const struct bench_data *data, struct ladder_rows *out) {
  out->data = data;
  out->rows = bench_take(data->memory, data->rows_count, sizeof *out->rows);
  out->count = 0;
  for (size_t i = 0; i < data->rows_count; i++)
    if (data->rows[i].complete && costs_known(data, &data->rows[i]))
      out->rows[out->count++] = &data->rows[i];
}

/* What a call is expected to cost before it is made; without prices, the model's
 * mean cost. */
static double expected_cost(const struct bench_data *data, const struct bench_row *row, size_t m,
                            double mean_cost) {
  const struct bench_price *price = &data->prices.of[m];
  if (!isfinite(price->input) || !isfinite(price->output))
    return mean_cost;
  double unit = data->prices.relative ? 1 : 1e-6;
  double input = (double)data_input_estimate(data, row, data->ladder_model[m]);
  return (input * price->input + data_output_forecast(row) * price->output) * unit;
}

/* The oracle knows what came of each call; the router has its probabilities and an
 * estimate of cost, as the daemon has. */
static size_t best_model(const struct ladder_rows *rows, const struct bench_row *row,
                         enum ladder_policy policy, double lambda, const double *mean_costs) {
  const struct bench_data *data = rows->data;
  size_t best = 0;
  double best_value = -INFINITY;
  for (size_t m = 0; m < data->ladder_count; m++) {
    bool top = m + 1 == data->ladder_count;
    double quality, cost;
    if (policy == LADDER_ORACLE) {
      quality = row->quality[m];
      cost = row->cost[m];
    } else {
      quality = top ? 1 : row->good[data->tier_of[m]];
      cost = expected_cost(data, row, m, mean_costs[m]);
    }
    double value = quality - lambda * cost;
    if (value > best_value) {
      best_value = value;
      best = m;
    }
  }
  return best;
}

/* Steps from a lambda at which only cost matters to one at which hardly any does. */
static void choose(struct ladder_rows *rows, enum ladder_policy policy, const double *mean_costs) {
  double top_cost = mean_costs[rows->data->ladder_count - 1];
  for (size_t s = 0; s < LADDER_STEPS; s++) {
    double exponent = 2.0 - 6.0 * (double)s / (LADDER_STEPS - 1);
    double lambda = top_cost > 0 ? pow(10, exponent) / top_cost : 0;
    for (size_t i = 0; i < rows->count; i++)
      rows->choices[s * rows->count + i] =
          (unsigned char)best_model(rows, rows->rows[i], policy, lambda, mean_costs);
  }
}

/* The mean over rows of one step's choices; step LADDER_STEPS is always-top and
 * SIZE_MAX always-cheap. */
static struct curve_point step_point(const struct ladder_rows *rows, size_t step,
                                     const uint32_t *counts) {
  struct curve_point sum = {0};
  double total = 0;
  for (size_t i = 0; i < rows->count; i++) {
    double weight = counts ? counts[i] : 1;
    size_t m = step == SIZE_MAX       ? 0
               : step == LADDER_STEPS ? rows->data->ladder_count - 1
                                      : rows->choices[step * rows->count + i];
    total += weight;
    sum.share += weight * (m > 0);
    sum.quality += weight * rows->rows[i]->quality[m];
    sum.cost += weight * rows->rows[i]->cost[m];
  }
  return (struct curve_point){sum.share / total, sum.quality / total, sum.cost / total};
}

/* From always-cheap to always-top, so that every curve has the same two ends. */
static void draw_curve(const struct ladder_rows *rows, const uint32_t *counts,
                       struct curve_point points[LADDER_POINTS]) {
  points[0] = step_point(rows, SIZE_MAX, counts);
  for (size_t s = 0; s <= LADDER_STEPS; s++)
    points[s + 1] = step_point(rows, s, counts);
}

/* Replicates first: the interval needs the figure of all rows last. */
static void measure_policy(const struct ladder_rows *rows, const struct bench_options *options,
                           uint32_t *counts, double *replicates, struct ladder_curve *out) {
  size_t n = options->bootstrap;
  struct bench_random random;
  bench_random_seed(&random, options->seed);
  for (size_t b = 0; b < n; b++) {
    struct curve_point points[LADDER_POINTS];
    bootstrap_draw(&random, counts, rows->count);
    draw_curve(rows, counts, points);
    for (size_t s = 0; s < LADDER_SAVINGS; s++)
      replicates[s * n + b] = protocol_saving(points, LADDER_POINTS, saving_shares[s]);
    replicates[LADDER_SAVINGS * n + b] = hull_area(points, LADDER_POINTS);
  }
  draw_curve(rows, NULL, out->points);
  for (size_t s = 0; s < LADDER_SAVINGS; s++)
    out->savings[s] = bootstrap_interval(
        protocol_saving(out->points, LADDER_POINTS, saving_shares[s]), replicates + s * n, n);
  out->aiq =
      bootstrap_interval(hull_area(out->points, LADDER_POINTS), replicates + LADDER_SAVINGS * n, n);
  out->present = true;
}

/* Over the same rows for each, or they could not stand in one table. */
static void mean_of_models(const struct ladder_rows *rows, struct ladder_result *out) {
  for (size_t m = 0; m < rows->data->ladder_count; m++)
    for (size_t i = 0; i < rows->count; i++) {
      out->quality[m] += rows->rows[i]->quality[m] / (double)rows->count;
      out->cost[m] += rows->rows[i]->cost[m] / (double)rows->count;
    }
}

/* Nothing is measured without two models and known costs; rows_count is then 0. */
void ladder_measure(const struct bench_data *data, const struct bench_options *options,
                    struct ladder_result *out) {
  struct ladder_rows rows;
  *out = (struct ladder_result){0};
  take_rows(data, &rows);
  if (data->ladder_count < 2 || rows.count == 0)
    return;
  out->rows_count = rows.count;
  /* A byte a choice: a ladder has at most eight models. */
  rows.choices = bench_take(data->memory, rows.count * LADDER_STEPS, 1);
  uint32_t *counts = bench_take(data->memory, rows.count, sizeof *counts);
  double *replicates =
      bench_take(data->memory, (LADDER_SAVINGS + 1) * (options->bootstrap + 1), sizeof(double));
  mean_of_models(&rows, out);
  for (size_t p = 0; p < LADDER_POLICIES_COUNT; p++) {
    if (p == LADDER_MODEL && data->tiers_count == 0)
      continue; /* scores alone are no probabilities */
    choose(&rows, (enum ladder_policy)p, out->cost);
    measure_policy(&rows, options, counts, replicates, &out->policies[p]);
  }
}
