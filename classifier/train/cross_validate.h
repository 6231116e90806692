/* cross_validate.h - out-of-fold margins, and the choice of C, gamma and penalty. */
#ifndef TIERD_TRAIN_CROSS_VALIDATE_H
#define TIERD_TRAIN_CROSS_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/train/fit.h"

/* What a head is judged by, from its out-of-fold margins: higher is better. */
typedef double (*head_score_fn)(const struct dataset *dataset, size_t tier, const float *margins,
                                const float *targets);

/* The fold that an example is in, below options->folds. */
size_t cross_validate_fold(const struct fit_options *options, size_t example);

/* The kinds of each fold, trained on the other folds' examples: shared by all heads.
 * out has options->folds entries. False when memory is out; out is then empty. */
bool cross_validate_kinds(const struct dataset *dataset, const struct fit_options *options,
                          struct kinds *out);

/* Tries every candidate on every fold, on options->threads threads, and keeps the
 * best by score: its number goes to *best, its score to *best_score, and its
 * out-of-fold margins to margins (an entry an example; NaN where targets is NaN).
 * False when memory is out or no candidate could be trained. */
bool cross_validate(const struct inputs *inputs, const struct kinds *folds, size_t head,
                    const struct head_options *candidates, size_t candidates_count,
                    const struct fit_options *options, const float *targets, head_score_fn score,
                    float *margins, size_t *best, double *best_score);

/* The mean over the dataset's sources of APGR: how much of the gap between tier
 * and top is recovered, averaged over budgets, when upgrades go to the lowest
 * margins first. Sources with fewer than 30 rows or without a gap do not count. */
double score_by_apgr(const struct dataset *dataset, size_t tier, const float *margins,
                     const float *targets);

/* Minus the mean absolute error. */
double score_by_error(const struct dataset *dataset, size_t tier, const float *margins,
                      const float *targets);

#endif
