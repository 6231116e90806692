/* lean_head.h - one machine of a prior model, bent towards a log. */
#ifndef TIERD_TRAIN_LEAN_HEAD_H
#define TIERD_TRAIN_LEAN_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/lean_rows.h"

/* How much of the machine may change. All zero: nothing, its margins stay. */
struct lean_recipe {
  bool rescale; /* constant and two factors, of the features' part and of the level's */
  bool levels;  /* a shift of each kind's level */
  double c;     /* of a machine on what is left; 0 for none */
};

struct lean_head {
  size_t machine; /* whose margins it bends: a tier's, or the last for the length */
  double constant, features, level;
  double bare;                   /* added for rows without a kind among rows that have one */
  float shifts[MODEL_KINDS_MAX]; /* by the prior's kinds */
  float weights[FEATURES_COUNT]; /* of the scaled features, beyond the prior's */
};

/* Trains on the examples in index; targets has an entry for every example. False when
 * memory is out or the machine could not be trained. */
bool lean_head_train(struct lean_head *head, const struct lean_rows *rows, size_t machine,
                     const struct lean_recipe *recipe, const size_t *index, size_t count,
                     const float *targets, uint64_t seed);

float lean_head_margin(const struct lean_head *head, const struct lean_rows *rows, size_t example);

/* The level of one of the prior's kinds, and the machine in libsvm's form (malloc'ed, the
 * caller's; NULL when memory is out): together they give what lean_head_margin() gives,
 * but for the part of rows without a kind. */
float lean_head_level(const struct lean_head *head, const struct lean_rows *rows, size_t kind);

/* Likewise the slope along the scaled length. */
float lean_head_slope(const struct lean_head *head, const struct lean_rows *rows, size_t kind);
char *lean_head_text(const struct lean_head *head, const struct lean_rows *rows);

#endif
