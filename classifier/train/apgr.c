/* apgr.c - collects a source's rows, sorts them by margin, and measures the area
 * under the curve of gap recovered against share upgraded.
 *
 * Which margins to rank by, and how to average over sources, is left to the callers. */
#include "classifier/train/apgr.h"

#include <math.h>
#include <stdlib.h>

size_t gap_rows(const struct dataset *dataset, uint32_t source, size_t tier, const float *margins,
                struct gap_row *rows) {
  size_t count = 0;
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    if (example->source != source || isnan(margins[i]) ||
        isnan(example_target(example, dataset->tiers_count, tier)))
      continue;
    size_t top = dataset->tiers_count - 1;
    while (isnan(example->quality[top]))
      top--;
    rows[count++] = (struct gap_row){margins[i], (uint32_t)i, (double)example->quality[tier],
                                     (double)example->quality[top]};
  }
  return count;
}

static int by_margin(const void *a, const void *b) {
  float x = ((const struct gap_row *)a)->margin;
  float y = ((const struct gap_row *)b)->margin;
  return (x > y) - (x < y);
}

/* Ties keep no order of their own; whoever minds asks for TIES_SHARED. */
void gap_sort(struct gap_row *rows, size_t count) {
  qsort(rows, count, sizeof *rows, by_margin);
}

double gap_recovered(const struct gap_row *rows, size_t count, const uint32_t *draws,
                     enum gap_ties ties) {
  double gain = 0;
  double area = 0;
  double total = 0;
  for (size_t i = 0; i < count;) {
    /* The curve is straight across a block of equal margins. */
    double step = 0;
    double rows_in_block = 0;
    float margin = rows[i].margin;
    do {
      double times = draws ? (double)draws[rows[i].index] : 1;
      step += times * (rows[i].strong - rows[i].weak);
      rows_in_block += times;
      i++;
    } while (ties == TIES_SHARED && i < count && rows[i].margin == margin);
    area += rows_in_block * (gain + step / 2);
    gain += step;
    total += rows_in_block;
  }
  return gain > 0 ? area / (gain * total) : NAN;
}
