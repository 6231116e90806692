/* row_class.c - the cheapest tier that is good enough, of one row alone.
 *
 * tier-train fit itself learns soft targets from outcomes (dataset.c), which look at all
 * rows; a class is what other people's programs take. */
#include "classifier/train/row_class.h"

#include "classifier/train/dataset.h"

int row_class(const struct labelled_log *log, const struct labelled_row *row,
              const struct tier_map *map) {
  double sums[MODEL_TIERS_MAX] = {0};
  double counts[MODEL_TIERS_MAX] = {0};
  int top = -1;
  int label = row->label ? tier_map_label(map, row->label) : -1;
  if (label >= 0)
    return label;
  for (size_t i = 0; i < row->outcomes_count; i++) {
    int tier = tier_map_model(map, log->models[row->outcomes[i].model]);
    if (tier < 0)
      continue;
    sums[tier] += row->outcomes[i].score;
    counts[tier] += 1;
    top = tier > top ? tier : top;
  }
  int first = 0;
  while (first < top && counts[first] == 0)
    first++;
  if (first >= top)
    return -1; /* nothing to compare with */
  for (int tier = first; tier < top; tier++)
    if (counts[tier] > 0 &&
        sums[tier] / counts[tier] > sums[top] / counts[top] - GOOD_MARGIN - 1e-9)
      return tier;
  return top;
}
