/* isotonic.c - sort by margin, bin, pool adjacent violators. */
#include "classifier/train/isotonic.h"

#include <math.h>
#include <stdlib.h>

enum { ERROR_BINS = 15 };

struct point {
  double margin;
  double outcome;
  double weight;
};

static int by_margin(const void *a, const void *b) {
  double x = ((const struct point *)a)->margin;
  double y = ((const struct point *)b)->margin;
  return (x > y) - (x < y);
}

/* Sorted points, or NULL when memory is out. */
static struct point *sorted_points(const float *margins, const float *outcomes,
                                   const float *weights, size_t count) {
  struct point *points = malloc((count + 1) * sizeof *points);
  if (!points)
    return NULL;
  for (size_t i = 0; i < count; i++)
    points[i] = (struct point){(double)margins[i], (double)outcomes[i], (double)weights[i]};
  qsort(points, count, sizeof *points, by_margin);
  return points;
}

/* Merges points into at most bins of about equal weight; equal margins stay
 * together. Returns how many; each becomes its weighted mean. */
static size_t merge(struct point *points, size_t count, size_t bins) {
  double total = 0;
  for (size_t i = 0; i < count; i++)
    total += points[i].weight;
  size_t used = 0;
  double below = 0;
  for (size_t i = 0; i < count;) {
    struct point bin = {0};
    double until = total * (double)(used + 1) / (double)bins;
    do {
      bin.margin += points[i].margin * points[i].weight;
      bin.outcome += points[i].outcome * points[i].weight;
      bin.weight += points[i].weight;
      below += points[i].weight;
      i++;
    } while (i < count &&
             (below < until || points[i].margin == points[i - 1].margin || used + 1 == bins));
    bin.margin /= bin.weight;
    bin.outcome /= bin.weight;
    points[used++] = bin;
  }
  return used;
}

static size_t pool_violators(struct point *blocks, size_t count) {
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    struct point block = blocks[i];
    while (used > 0 && blocks[used - 1].outcome >= block.outcome) {
      struct point *last = &blocks[--used];
      double weight = last->weight + block.weight;
      block.margin = (last->margin * last->weight + block.margin * block.weight) / weight;
      block.outcome = (last->outcome * last->weight + block.outcome * block.weight) / weight;
      block.weight = weight;
    }
    blocks[used++] = block;
  }
  return used;
}

bool isotonic_fit(struct isotonic *isotonic, const float *margins, const float *outcomes,
                  const float *weights, size_t count) {
  *isotonic = (struct isotonic){.count = 1, .probability = {0.5f}};
  if (count == 0)
    return true;
  struct point *points = sorted_points(margins, outcomes, weights, count);
  if (!points)
    return false;
  size_t bins = count / 20 < 2 ? 2 : count / 20;
  size_t used = merge(points, count, bins < ISOTONIC_POINTS_MAX ? bins : ISOTONIC_POINTS_MAX);
  used = pool_violators(points, used);
  /* No finite sample proves certainty. */
  double least = 0.5 / (double)count;
  isotonic->count = 0;
  for (size_t i = 0; i < used; i++) {
    float margin = (float)points[i].margin;
    if (isotonic->count > 0 && margin <= isotonic->margin[isotonic->count - 1])
      continue;
    isotonic->margin[isotonic->count] = margin;
    isotonic->probability[isotonic->count++] =
        (float)fmin(fmax(points[i].outcome, least), 1.0 - least);
  }
  free(points);
  return true;
}

double calibration_error(const float *predicted, const float *outcomes, const float *weights,
                         size_t count) {
  struct point *points = count ? sorted_points(predicted, outcomes, weights, count) : NULL;
  if (!points)
    return NAN;
  size_t used = merge(points, count, ERROR_BINS);
  double error = 0;
  double total = 0;
  for (size_t i = 0; i < used; i++) {
    error += fabs(points[i].margin - points[i].outcome) * points[i].weight;
    total += points[i].weight;
  }
  free(points);
  return error / total;
}

double log_loss(const float *predicted, const float *outcomes, const float *weights, size_t count) {
  double loss = 0;
  double rows = 0;
  for (size_t i = 0; i < count; i++) {
    double y = (double)outcomes[i];
    /* A single row must not make it infinite. */
    double p = fmin(fmax((double)predicted[i], 1e-4), 1 - 1e-4);
    loss -= (double)weights[i] * (y * log(p) + (1 - y) * log(1 - p));
    rows += (double)weights[i];
  }
  return rows > 0 ? loss / rows : NAN;
}
