/* lone_rows.c - counts the rows of a log that a single tier answered.
 *
 * What such rows then teach is left to dataset.c. */
#include "classifier/train/lone_rows.h"

/* Bit t: a model of tier t has an outcome. */
static unsigned tiers_seen(const struct labelled_row *row, const struct labelled_log *log,
                           const struct tier_map *map) {
  unsigned seen = 0;
  for (size_t i = 0; i < row->outcomes_count; i++) {
    int tier = tier_map_model(map, log->models[row->outcomes[i].model]);
    if (tier >= 0)
      seen |= 1U << tier;
  }
  return seen;
}

bool lone_rows_prevail(const struct labelled_log *log, const struct tier_map *map) {
  size_t answered = 0;
  size_t lone = 0;
  for (size_t i = 0; i < log->rows_count; i++) {
    const struct labelled_row *row = &log->rows[i];
    unsigned seen = tiers_seen(row, log, map);
    if (seen == 0 || (row->label && tier_map_label(map, row->label) >= 0))
      continue;
    answered++;
    lone += (seen & (seen - 1)) == 0; /* a single bit */
  }
  return lone * 2 > answered;
}
