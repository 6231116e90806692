/* diff.h - which decisions differ between two models, and what that brings. */
#ifndef TIERD_TRAIN_DIFF_H
#define TIERD_TRAIN_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/decisions.h"

enum { DIFF_MOST = 10, DIFF_REPLICATES = 1000 };

/* One prompt whose probability moved. */
struct diff_row {
  size_t row;          /* of the log */
  size_t tier;         /* whose probability moved most */
  float before, after; /* that probability */
  size_t chosen_before, chosen_after;
};

struct diff {
  size_t rows;                                     /* of the log */
  size_t matrix[MODEL_TIERS_MAX][MODEL_TIERS_MAX]; /* [tier before][tier after] */
  size_t changed;                                  /* rows off the diagonal */
  double cost_before, cost_after;                  /* share of the always-top cost, over all rows */
  size_t known;                         /* rows whose outcomes or label tell the quality */
  double quality_before, quality_after; /* means over those; NaN when there are none */
  double change_low, change_high;       /* 95 % interval of after minus before, paired */
  struct diff_row most[DIFF_MOST];      /* by falling move */
  size_t most_count;
};

/* Compares the judgements of two models, the earlier first, on the rows of the log that dataset was
 * built from. The seed is the bootstrap's. False when memory is out. */
bool diff_measure(const struct dataset *dataset, const struct labelled_log *log,
                  const struct tier_map *map, const struct judgement *const judged[2],
                  const struct decision_rule rules[2], uint64_t seed, struct diff *out);

#endif
