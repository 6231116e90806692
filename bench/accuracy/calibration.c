/* calibration.c - expected calibration error, Brier score and reliability bins.
 *
 * Bins hold equally many forecasts, not equal ranges: a model that is always sure
 * would leave most ranges empty and hide its errors in the full ones. Equal
 * forecasts stay in one bin, so that the order of the rows cannot matter.
 */
#include "bench/accuracy/calibration.h"

#include <math.h>
#include <stdlib.h>

static int by_probability(const void *left, const void *right) {
  double a = ((const struct forecast *)left)->probability;
  double b = ((const struct forecast *)right)->probability;
  return a < b ? -1 : a > b;
}

/* The end of bin b of count forecasts, moved on past equal ones. */
static size_t bin_end(const struct forecast *forecasts, size_t count, size_t b) {
  size_t end = count * (b + 1) / CALIBRATION_BINS;
  while (end > 0 && end < count && forecasts[end].probability == forecasts[end - 1].probability)
    end++;
  return end;
}

static struct reliability_bin make_bin(const struct forecast *forecasts, size_t count) {
  struct reliability_bin bin = {.count = count};
  for (size_t i = 0; i < count; i++) {
    bin.probability += forecasts[i].probability / (double)count;
    bin.outcome += forecasts[i].outcome / (double)count;
  }
  return bin;
}

void calibration_measure(struct forecast *forecasts, size_t count, struct calibration *out) {
  *out = (struct calibration){.count = count, .ece = NAN, .brier = NAN, .base_rate = NAN};
  if (count == 0)
    return;
  double squares = 0, came_true = 0;
  for (size_t i = 0; i < count; i++) {
    double error = forecasts[i].probability - forecasts[i].outcome;
    squares += error * error;
    came_true += forecasts[i].outcome;
  }
  out->brier = squares / (double)count;
  out->base_rate = came_true / (double)count;
  out->ece = 0;
  qsort(forecasts, count, sizeof *forecasts, by_probability);
  size_t start = 0;
  for (size_t b = 0; b < CALIBRATION_BINS; b++) {
    size_t end = bin_end(forecasts, count, b);
    if (end <= start)
      continue;
    struct reliability_bin bin = make_bin(forecasts + start, end - start);
    out->ece += fabs(bin.probability - bin.outcome) * (double)bin.count / (double)count;
    out->bins[out->bins_count++] = bin;
    start = end;
  }
}
