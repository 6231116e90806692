/* fit_check.h - is a freshly trained model worth writing? */
#ifndef TIERD_TRAIN_FIT_CHECK_H
#define TIERD_TRAIN_FIT_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model.h"
#include "classifier/train/compare.h"
#include "classifier/train/fit.h"
#include "classifier/train/labelled_log.h"

/* The model's ranking out of fold against others', on the same rows. */
struct fit_check {
  struct comparison length;   /* theirs: the shorter prompt first to the cheap tier */
  struct comparison baseline; /* theirs: the baseline's; sources is 0 without one */
  double loss, baseline_loss; /* log loss of the probabilities, mean over the tiers that rows
                                 tell something of; NaN without a baseline */
};

/* Compares fit, which keeps its out-of-fold margins, with prompt length and, unless
 * NULL, with a baseline of the same tiers. Changes nothing in fit. False when memory is
 * out. */
bool fit_check(const struct fit *fit, const struct labelled_log *log, const struct model *baseline,
               uint64_t seed, struct fit_check *out);

/* How many of the log's files the model at path says it was trained on: it has seen
 * their answers, while the new one is judged out of fold. */
size_t fit_check_seen(const char *path, const struct labelled_log *log);

#endif
