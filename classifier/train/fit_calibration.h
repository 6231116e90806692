/* fit_calibration.h - the last steps of a training: probabilities, risks and the policy. */
#ifndef TIERD_TRAIN_FIT_CALIBRATION_H
#define TIERD_TRAIN_FIT_CALIBRATION_H

#include "classifier/train/fit.h"

/* Fills the tier's calibration and, of its report, ece and loss, from its margins. False
 * when memory is out. */
bool fit_calibrate(struct fit *fit, size_t tier, const struct fit_options *options);

/* Fills the curve, the risks and, of the reports, the realised risks, from the margins and
 * calibrations of all tiers. False when memory is out. */
bool fit_policy(struct fit *fit, const struct tier_map *map, const struct fit_options *options);

#endif
