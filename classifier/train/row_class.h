/* row_class.h - the class of a row, for programs that train on one number a row. */
#ifndef TIERD_TRAIN_ROW_CLASS_H
#define TIERD_TRAIN_ROW_CLASS_H

#include "classifier/train/labelled_log.h"
#include "classifier/train/tier_map.h"

/* The number of the cheapest tier that is good enough, from 0: the label's; without one, the
 * first whose mean score is at most GOOD_MARGIN below that of the highest tier seen. -1
 * when the row does not tell, as one does not that a single tier answered. */
int row_class(const struct labelled_log *log, const struct labelled_row *row,
              const struct tier_map *map);

#endif
