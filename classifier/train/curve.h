/* curve.h - the calibration table: what a lambda keeps and what it saves. */
#ifndef TIERD_TRAIN_CURVE_H
#define TIERD_TRAIN_CURVE_H

#include "classifier/train/dataset.h"
#include "classifier/train/tier_map.h"

/* Plays the policy of classifier/svm/policy.h over the examples, at lambdas that fall to
 * 0. probabilities[t] has an entry an example for each tier below the top, never falling
 * from tier to tier; NaN in the first leaves the example out. Writes at most
 * MODEL_CURVE_MAX points by rising quality and returns how many; at least one. */
size_t curve_measure(const struct dataset *dataset, const struct tier_map *map,
                     float *const *probabilities, const float *weights,
                     struct model_curve_point *points);

#endif
