/* head_fit.h - trains what maps an example to one number: a tier's margin, or the
 * length of the answer.
 *
 * A linear head is fitted within groups: features and targets are centred on
 * their group's means, so that it learns what makes a prompt hard among its kind;
 * the level of the kind is then added back by the kind that the words point to
 * (kinds.h), with weight one. Pooled over groups the two are confounded, and a
 * pooled model can rank worse than chance within a kind that it has not seen. An
 * RBF head is fitted on the pooled rows, with the level as one more input. */
#ifndef TIERD_TRAIN_HEAD_FIT_H
#define TIERD_TRAIN_HEAD_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/dataset.h"
#include "classifier/train/kinds.h"
#include "classifier/train/machine.h"

/* What all heads share: normalised inputs and the weight of each row. */
struct inputs {
  const struct dataset *dataset;
  float *rows; /* dataset->count rows of stride floats; the levels' columns are 0 */
  size_t stride;
  size_t levels_count; /* one a head, in the heads' order */
  float *weights;      /* inverse root of the size of the row's group, times its own weight */
};

struct head_options {
  struct machine_options machine;
  bool centre;          /* fit within groups */
  double length_weight; /* taken off the margin for length in kinds whose rows say little
                           of it: within a kind length carries over best, and noise hides
                           part of it */
  size_t rows_max;      /* libsvm's time grows with the square of the rows */
  uint64_t seed;
};

struct head_fit {
  size_t head;                   /* which of the inputs' levels is its own */
  float levels[MODEL_KINDS_MAX]; /* by kind */
  float slopes[MODEL_KINDS_MAX]; /* by kind, along the scaled length */
  char *text;                    /* the machine, in libsvm's form */
  struct svm *svm;
};

/* Trains on the examples in index; targets has an entry for every example of the
 * dataset. kinds was trained on the same examples. False when memory is out or the
 * machine could not be trained; fit is then empty. */
bool head_fit_train(struct head_fit *fit, const struct inputs *inputs, const struct kinds *kinds,
                    size_t head, const struct head_options *options, const size_t *index,
                    size_t count, const float *targets);

/* The decision value for one example, whose kind is judged by kinds. */
float head_fit_margin(const struct head_fit *fit, const struct inputs *inputs,
                      const struct kinds *kinds, size_t example);

void head_fit_deinit(struct head_fit *fit);

#endif
