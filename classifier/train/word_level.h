/* word_level.h - hashed n-grams condensed to one trained scalar.
 *
 * A ridge regression over the n-gram buckets (liblinear's L2-loss SVR with an
 * empty tube), which tells the level of difficulty of a kind of prompt from its
 * words. Strongly regularised: it has to name the kind, not learn prompts by heart. */
#ifndef TIERD_TRAIN_WORD_LEVEL_H
#define TIERD_TRAIN_WORD_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/train/dataset.h"

/* weights (NGRAM_BUCKETS floats, the caller's) such that model_scalar_raw() of an
 * example comes near its target less the weighted mean, which goes to *mean. count
 * examples are picked by index; row_weights and targets have count entries. The
 * larger penalty, the smaller the weights. False when memory is out. */
bool word_level_train(const struct dataset *dataset, const size_t *index, size_t count,
                      const float *targets, const float *row_weights, double penalty,
                      float *weights, double *mean);

/* model_scalar_raw() for an example. */
float word_level_apply(const float *weights, const struct example *example);

#endif
