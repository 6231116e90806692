/* fit_verdict.h - says in words and figures whether a new model is better than its
 * rivals, and whether it is to be written. */
#ifndef TIERD_TRAIN_FIT_VERDICT_H
#define TIERD_TRAIN_FIT_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/train/fit.h"
#include "classifier/train/labelled_log.h"

struct fit_verdict_options {
  const struct model *baseline; /* NULL for none */
  const char *path;             /* of the baseline, for people */
  const char *out;              /* where the new model would go, for people */
  bool force;                   /* write it even if it is worse */
  uint64_t seed;
};

/* Prints the comparison to standard output and warnings to standard error. False when
 * the model must not be written. */
bool fit_verdict(const struct fit *fit, const struct labelled_log *log,
                 const struct fit_verdict_options *options);

#endif
