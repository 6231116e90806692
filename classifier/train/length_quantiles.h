/* length_quantiles.h - how far single answers lie from the length that the head foretells.
 *
 * The head gives the mean of log1p(tokens) over models; one answer's length scatters
 * round it, little where answers are alike (a choice out of four) and much where they are
 * not (a program). So each kind of prompts has quantiles of its own, drawn to those of all
 * where it has few rows, and a prompt's are mixed by its kinds, as its level is. */
#ifndef TIERD_TRAIN_LENGTH_QUANTILES_H
#define TIERD_TRAIN_LENGTH_QUANTILES_H

#include <stdbool.h>

#include "classifier/train/kinds.h"

/* By kind: what to add to the head's value for the median and the 90th percentile of an
 * answer's log1p(tokens). */
struct length_quantiles {
  float p50[MODEL_KINDS_MAX], p90[MODEL_KINDS_MAX];
};

/* The same for every kind. */
void length_quantiles_fill(struct length_quantiles *out, size_t kinds, float p50, float p90);

/* From out-of-fold margins, an entry an example, and the kinds that the folds saw:
 * fold_kinds[i] judged example i without having been trained on it; NULL takes all for
 * one kind, number 0. *coverage becomes the
 * share of the answers of one half of the examples that p90 from the other half covers,
 * NaN where a half has none. False when memory is out. */
bool length_quantiles_fit(struct length_quantiles *out, const struct dataset *dataset,
                          const float *margins, const struct kinds *const *fold_kinds,
                          double *coverage);

#endif
