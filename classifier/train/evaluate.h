/* evaluate.h - how good a model's decisions are on labelled rows. */
#ifndef TIERD_TRAIN_EVALUATE_H
#define TIERD_TRAIN_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/decisions.h"

enum { EVALUATE_QUALITIES = 3, EVALUATE_POLICIES = 2 + EVALUATE_QUALITIES };

/* Of a source, or of all: the two fixed policies, then the model at each quality. */
struct evaluation {
  const char *source; /* NULL: all rows */
  size_t rows;
  size_t abstained;
  double apgr;                 /* of the cheapest tier's margin; of all: the mean over sources
                                  of APGR_ROWS_MIN rows or more. NaN without a gap */
  double apgr_length;          /* the same of the prompt's length */
  double ece[MODEL_TIERS_MAX]; /* of each tier below the top; NaN unknown */
  struct tally policies[EVALUATE_POLICIES];
};

extern const double evaluate_qualities[EVALUATE_QUALITIES];

/* Fills out, of dataset->sources_count + 1 entries: a source each, then all rows.
 * judged has an entry a row of the log. False when memory is out. */
bool evaluate(const struct dataset *dataset, const struct labelled_log *log,
              const struct tier_map *map, const struct model *model, const struct judgement *judged,
              struct evaluation *out);

#endif
