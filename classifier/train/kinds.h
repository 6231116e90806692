/* kinds.h - which of the kinds of prompts seen in training a prompt is like.
 *
 * Sources and tasks differ in how hard they are, and within each the features rank.
 * Linear SVMs tell the kinds apart by their words so surely that within one kind the
 * level hardly varies, which leaves the ranking there to the features; naive Bayes,
 * or a regression of the level on the words, would drown it in noise. */
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
  float temper;      /* likewise */
  float *posteriors; /* [example][kind] */
};

/* Trains on the examples in index. False when memory is out; kinds is then empty. */
bool kinds_train(struct kinds *kinds, const struct dataset *dataset, const size_t *index,
                 size_t count);

/* The kind of an example; kinds beyond the last of the table share its number. */
size_t kinds_of(const struct kinds *kinds, const struct example *example);

/* The expected level of an example, given a level a kind. */
float kinds_level(const struct kinds *kinds, size_t example, const float *levels);

void kinds_deinit(struct kinds *kinds);

#endif
