/* ability.h - scores of different model pools on one scale of difficulty.
 *
 * One source was answered by small models, another by large ones, so a mean score
 * of 0.5 means another thing in each. Item response theory (the Rasch model,
 * P(right) = sigmoid(ability - difficulty)) separates the two, since some models
 * occur in several sources. The dataset's qualities then become what a tier's
 * reference model would have scored. */
#ifndef TIERD_TRAIN_ABILITY_H
#define TIERD_TRAIN_ABILITY_H

#include <stdbool.h>

#include "classifier/train/dataset.h"

/* Estimates abilities and difficulties from the log's outcomes and replaces
 * quality and good of every example that has outcomes: quality[t] is the chance
 * that tier t's reference is right, good[t] the chance that it is not the case that
 * it fails where the top tier's succeeds. A label counts as a difficulty between the
 * abilities of its tier and the one below.
 * ability[t], of each tier's reference, is for the report. False when memory is
 * out, or a tier has neither a reference nor a model in the log; why says which. */
bool ability_scale(struct dataset *dataset, const struct labelled_log *log,
                   const struct tier_map *map, double ability[MODEL_TIERS_MAX], char *why,
                   size_t why_size);

#endif
