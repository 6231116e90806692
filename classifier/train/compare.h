/* compare.h - does one ranking beat another, source by source, by more than chance? */
#ifndef TIERD_TRAIN_COMPARE_H
#define TIERD_TRAIN_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/dataset.h"

enum { COMPARE_REPLICATES = 200 };

struct comparison {
  size_t sources;      /* that have enough rows and a gap; 0: nothing can be said */
  double ours, theirs; /* mean over those of APGR, itself the mean over tiers */
  double error;        /* standard error of ours - theirs, by a paired bootstrap */
};

/* ours[t] and theirs[t] are the margins of tier t below the top, an entry an example,
 * NaN unknown; only rows that have both count. False when memory is out. */
bool compare_rankings(const struct dataset *dataset, float *const *ours, float *const *theirs,
                      uint64_t seed, struct comparison *out);

/* Ours is lower by more than the standard error, and visibly. */
bool comparison_is_worse(const struct comparison *comparison);

#endif
