/* isotonic.h - calibration: margins to probabilities by isotonic regression. */
#ifndef TIERD_TRAIN_ISOTONIC_H
#define TIERD_TRAIN_ISOTONIC_H

#include <stdbool.h>
#include <stddef.h>

enum { ISOTONIC_POINTS_MAX = 64 };

struct isotonic {
  size_t count;
  float margin[ISOTONIC_POINTS_MAX];      /* rise */
  float probability[ISOTONIC_POINTS_MAX]; /* do not fall; within 0.5/n of 0 and 1 */
};

/* Pool adjacent violators (Ayer et al. 1955) on at most ISOTONIC_POINTS_MAX bins of
 * equal weight. outcomes lie in 0..1; weights are above 0. With no rows the result
 * is one point at 0.5. False when memory is out. */
bool isotonic_fit(struct isotonic *isotonic, const float *margins, const float *outcomes,
                  const float *weights, size_t count);

/* Expected calibration error of predictions in 0..1, over 15 bins of equal weight. */
double calibration_error(const float *predicted, const float *outcomes, const float *weights,
                         size_t count);

/* The mean log loss of such predictions; NaN of none. */
double log_loss(const float *predicted, const float *outcomes, const float *weights, size_t count);

#endif
