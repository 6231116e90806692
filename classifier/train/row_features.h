/* row_features.h - the features of a labelled row, from its text or from its vector. */
#ifndef TIERD_TRAIN_ROW_FEATURES_H
#define TIERD_TRAIN_ROW_FEATURES_H

#include "classifier/features/features.h"
#include "classifier/train/labelled_log.h"

/* Fills features, which features_init() has prepared. A row of a vector alone has no
 * n-grams and no words: to a model it is of no kind in particular, and novel in nothing. A
 * row from a shard has its n-grams, and is novel in nothing either. */
void row_features(struct features *features, const struct labelled_row *row);

#endif
