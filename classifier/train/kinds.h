/* kinds.h - naive Bayes over the kinds of prompts, trained by counting.
 *
 * The posterior of a prompt's kind is nearly flat within one kind, so that adding
 * the kind's level of difficulty back leaves the ranking within it to the
 * features; a regression on the words would not. */
#ifndef TIERD_TRAIN_KINDS_H
#define TIERD_TRAIN_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/dataset.h"

/* A trained table and the posterior of every example of the dataset under it. */
struct kinds {
  size_t count;      /* of kinds, dataset->kinds_count but at most MODEL_KINDS_MAX */
  int8_t *weights;   /* as in struct model_kinds */
  float *posteriors; /* [example][kind] */
};

#define KINDS_TEMPER 4.0f

/* Counts the examples in index. False when memory is out; kinds is then empty. */
bool kinds_train(struct kinds *kinds, const struct dataset *dataset, const size_t *index,
                 size_t count);

/* The expected level of an example, given a level a kind. */
float kinds_level(const struct kinds *kinds, size_t example, const float *levels);

void kinds_deinit(struct kinds *kinds);

#endif
