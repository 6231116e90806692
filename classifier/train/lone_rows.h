/* lone_rows.h - is a log one of a service, which asks one model a prompt?
 *
 * Feedback tells how the chosen model did and nothing of the others. The top tier is then
 * taken to answer well wherever it was not asked: an answer of a cheaper tier that was
 * good is good enough, and one that was not is worth what the top tier costs. Rows that
 * the top tier answered still say nothing of the cheaper ones. */
#ifndef TIERD_TRAIN_LONE_ROWS_H
#define TIERD_TRAIN_LONE_ROWS_H

#include <stdbool.h>

#include "classifier/train/labelled_log.h"
#include "classifier/train/tier_map.h"

/* Were most of the rows that have outcomes, and no known label, answered by one tier? */
bool lone_rows_prevail(const struct labelled_log *log, const struct tier_map *map);

#endif
