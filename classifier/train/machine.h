/* machine.h - one support vector machine trained by libsvm.
 *
 * A linear machine is collapsed to a single support vector, its weights; both
 * kinds come out in libsvm's text form, which is what the model file embeds and
 * what the scorer reads. */
#ifndef TIERD_TRAIN_MACHINE_H
#define TIERD_TRAIN_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/svm.h"

enum machine_kind {
  MACHINE_REGRESSION,    /* epsilon-SVR on the target */
  MACHINE_CLASSIFICATION /* C-SVC on target above 0, classes weighted to balance */
};

struct machine_options {
  enum machine_kind kind;
  enum svm_kernel kernel;
  double c;
  double gamma;
  double epsilon; /* of the regression's tube */
};

/* Trains on count rows of stride floats, of which the first dimensions are inputs.
 * rows stays the caller's. extra is the number, from 1, of a further input beyond
 * the dimensions that a linear machine did not train on and that enters its
 * decision value as it is; 0 for none. On success *text is malloc'ed, NUL-terminated, the
 * caller's. False when memory or temporary space is out, or training gave no usable machine. */
bool machine_train(const struct machine_options *options, const float *rows, size_t stride,
                   size_t dimensions, const float *targets, size_t count, size_t extra,
                   char **text);

#endif
