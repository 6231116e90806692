/* calibration.h - do probabilities come true? */
#ifndef TIERD_BENCH_CALIBRATION_H
#define TIERD_BENCH_CALIBRATION_H

#include <stddef.h>

enum { CALIBRATION_BINS = 15 };

struct forecast {
  double probability; /* 0 to 1 */
  double outcome;     /* 0 or 1 */
};

struct reliability_bin {
  size_t count;
  double probability; /* mean forecast */
  double outcome;     /* share that came true */
};

struct calibration {
  size_t count;
  double ece;       /* mean distance of forecast and outcome over the bins */
  double brier;     /* mean squared error */
  double base_rate; /* share that came true */
  struct reliability_bin bins[CALIBRATION_BINS]; /* equally full, by rising forecast */
  size_t bins_count;
};

/* Measures forecasts, which it sorts. All NaN and no bins when there are none. */
void calibration_measure(struct forecast *forecasts, size_t count, struct calibration *out);

#endif
