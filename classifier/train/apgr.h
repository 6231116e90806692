/* apgr.h - how much of the gap between a cheap tier and the best a ranking recovers.
 *
 * RouteLLM's average performance gap recovered (Ong et al. 2024), over every budget
 * instead of ten: rows with the lowest margins are upgraded first. 1 is out of
 * reach, 0.5 is what a random order recovers.
 *
 *   count = gap_rows(dataset, source, tier, margins, rows);   // room for dataset->count
 *   gap_sort(rows, count);
 *   apgr = gap_recovered(rows, count, NULL, TIES_SHARED);
 */
#ifndef TIERD_TRAIN_APGR_H
#define TIERD_TRAIN_APGR_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/train/dataset.h"

/* A source with fewer rows says too little to enter a mean over sources. */
enum { APGR_ROWS_MIN = 30 };

struct gap_row {
  float margin;        /* the lower, the more it needs the better tier */
  uint32_t index;      /* of the example, into draws */
  double weak, strong; /* qualities of the tier and of the highest tier seen */
};

enum gap_ties {
  TIES_IN_ORDER, /* equal margins count in the order in which they stand */
  TIES_SHARED    /* equal margins count in expectation over all their orders */
};

/* Collects a source's rows that say what tier lacks, and have a margin (an entry an
 * example, NaN unknown). Returns how many. */
size_t gap_rows(const struct dataset *dataset, uint32_t source, size_t tier, const float *margins,
                struct gap_row *rows);

/* By rising margin. */
void gap_sort(struct gap_row *rows, size_t count);

/* The APGR of sorted rows. draws[index] is how often a row counts (NULL: once). NaN
 * when there is no gap to recover. */
double gap_recovered(const struct gap_row *rows, size_t count, const uint32_t *draws,
                     enum gap_ties ties);

#endif
