/* routers.c - the baselines, each as a score for every row.
 *
 * Two of them know what no router can know: the mean gain of a kind of prompt, or
 * the gain of the very row. They say how far kinds, and anything, could get.
 */
#include "bench/accuracy/routers.h"

const char *const router_names[ROUTERS_COUNT] = {"router",        "random", "always-cheap",
                                                 "always-strong", "length", "dataset-oracle",
                                                 "task-oracle",   "oracle"};

bool router_ranks(enum router router) {
  return router != ROUTER_CHEAP && router != ROUTER_STRONG;
}

static double gain(const struct bench_data *data, const struct bench_row *row) {
  return row->quality[data->ladder_count - 1] - row->quality[0];
}

static uint32_t kind(const struct bench_row *row, bool by_task) {
  return by_task ? row->task : row->dataset;
}

/* out[row] is the mean gain over the rows of its data set, or of its task. */
static void mean_gains(const struct bench_data *data, bool by_task, double *out) {
  size_t kinds = by_task ? data->tasks.count : data->datasets.count;
  double *sums = bench_take(data->memory, kinds, sizeof *sums);
  double *counts = bench_take(data->memory, kinds, sizeof *counts);
  for (size_t i = 0; i < data->rows_count; i++) {
    const struct bench_row *row = &data->rows[i];
    if (!row->complete)
      continue;
    sums[kind(row, by_task)] += gain(data, row);
    counts[kind(row, by_task)] += 1;
  }
  for (size_t i = 0; i < data->rows_count; i++) {
    uint32_t k = kind(&data->rows[i], by_task);
    out[i] = counts[k] > 0 ? sums[k] / counts[k] : 0;
  }
}

double *routers_score(const struct bench_data *data) {
  size_t n = data->rows_count;
  double *table = bench_take(data->memory, n * ROUTERS_COUNT, sizeof *table);
  mean_gains(data, false, table + ROUTER_DATASET * n);
  mean_gains(data, true, table + ROUTER_TASK * n);
  for (size_t i = 0; i < n; i++) {
    const struct bench_row *row = &data->rows[i];
    table[ROUTER_TESTED * n + i] = row->ranked ? row->score : 0;
    table[ROUTER_LENGTH * n + i] = row->chars;
    table[ROUTER_ORACLE * n + i] = row->complete ? gain(data, row) : 0;
  }
  return table; /* random is 0 for all: every order is as likely */
}
