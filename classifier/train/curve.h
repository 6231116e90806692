/* curve.h - the calibration table: what a threshold keeps and what it saves. */
#ifndef TIERD_TRAIN_CURVE_H
#define TIERD_TRAIN_CURVE_H

#include "classifier/train/dataset.h"
#include "classifier/train/tier_map.h"

/* Plays the policy "cheapest tier whose probability reaches the threshold" over
 * the examples, at thresholds from 0 to 1. probabilities[t] has an entry an
 * example (NaN unknown) for each tier below the top. Writes at most
 * MODEL_CURVE_MAX points by rising quality and returns how many; at least one. */
size_t curve_measure(const struct dataset *dataset, const struct tier_map *map,
                     float *const *probabilities, const float *weights,
                     struct model_curve_point *points);

#endif
