/* risk.c - the share of failures above each probability, as a table that falls. */
#include "classifier/train/risk.h"

#include <math.h>
#include <stdlib.h>

struct row {
  float probability, good, weight;
};

static int by_falling_probability(const void *a, const void *b) {
  float x = ((const struct row *)a)->probability;
  float y = ((const struct row *)b)->probability;
  return (x < y) - (x > y);
}

/* The bound for a set of rows by its sums. */
static double bound_of(double failures, double weights, double squares) {
  double n = weights * weights / squares;
  return (n * failures / weights + 1) / (n + 1);
}

/* Every bound, from the highest probability down; risks[i] covers rows[0..i]. */
static void all_bounds(const struct row *rows, size_t count, double *risks) {
  double failures = 0;
  double weights = 0;
  double squares = 0;
  for (size_t i = 0; i < count; i++) {
    double weight = (double)rows[i].weight;
    failures += weight * (1 - (double)rows[i].good);
    weights += weight;
    squares += weight * weight;
    risks[i] = bound_of(failures, weights, squares);
  }
}

/* Walks from the lowest probability up and keeps each step at which the risk has fallen
 * by enough to fill the table evenly. Rows of one probability go in together, so only
 * the last of them, the lowest in the sorted order, has their bound. */
static void take_steps(struct model_risks *risks, const struct row *rows, const double *bounds,
                       size_t count) {
  double least = 1;
  for (size_t i = 0; i < count; i++)
    least = fmin(least, bounds[i]);
  double step = (bounds[count - 1] - least) / (MODEL_RISKS_MAX - 1);
  risks->count = 0;
  for (size_t i = count; i-- > 0 && risks->count < MODEL_RISKS_MAX;) {
    if (i + 1 < count && rows[i].probability == rows[i + 1].probability)
      continue;
    float last = risks->count ? risks->risk[risks->count - 1] : 2.0f;
    if (bounds[i] > (double)last - step || (float)bounds[i] >= last)
      continue;
    risks->probability[risks->count] = rows[i].probability;
    risks->risk[risks->count++] = (float)fmin(bounds[i], 1.0);
  }
}

bool risk_fit(struct model_risks *risks, const struct risk_rows *rows) {
  struct row *sorted = malloc((rows->count + 1) * sizeof *sorted);
  double *bounds = malloc((rows->count + 1) * sizeof *bounds);
  bool ok = sorted && bounds;
  risks->count = 0;
  for (size_t i = 0; ok && i < rows->count; i++)
    sorted[i] = (struct row){rows->probability[i], rows->good[i], rows->weight[i]};
  if (ok && rows->count > 0) {
    qsort(sorted, rows->count, sizeof *sorted, by_falling_probability);
    all_bounds(sorted, rows->count, bounds);
    take_steps(risks, sorted, bounds, rows->count);
  }
  free(sorted);
  free(bounds);
  return ok;
}

float risk_threshold(const struct model_risks *risks, double bound) {
  for (size_t i = 0; i < risks->count; i++)
    if ((double)risks->risk[i] <= bound)
      return fmaxf(risks->probability[i], (float)(1 - bound));
  return 2.0f;
}

double risk_realised(const struct model_risks *risks, const struct risk_rows *rows, double bound) {
  float least = risk_threshold(risks, bound);
  double failures = 0;
  double weights = 0;
  for (size_t i = 0; i < rows->count; i++)
    if (rows->probability[i] >= least) {
      failures += (double)rows->weight[i] * (1 - (double)rows->good[i]);
      weights += (double)rows->weight[i];
    }
  return weights > 0 ? failures / weights : NAN;
}
