/* labels.c - counts labels by predicted tier, for one group of rows.
 *
 * Under-routing against outcomes is a rate; rows that have a label alone are judged here.
 */
#include "bench/accuracy/labels.h"

#include <stdlib.h>

#include "bench/accuracy/decide.h"

/* The mean of noughts and ones, with its interval. */
static struct rate_result share(const double *values, size_t count,
                                const struct bench_options *options, double *replicates) {
  return (struct rate_result){
      count, bootstrap_mean(values, count, options->seed, replicates, options->bootstrap)};
}

void labels_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                    const struct bench_options *options, double *replicates,
                    struct label_result *out) {
  double *under = NULL, *over = NULL;
  size_t under_capacity = 0, over_capacity = 0, labelled = 0;
  *out = (struct label_result){0};
  for (size_t i = 0; i < count; i++) {
    const struct bench_row *row = &data->rows[indices[i]];
    size_t label = decide_label(data, row);
    if (label == SIZE_MAX)
      continue;
    size_t predicted = decide_class(data, row);
    under = bench_grow(under, labelled, &under_capacity, sizeof *under);
    over = bench_grow(over, labelled, &over_capacity, sizeof *over);
    /* Two lists, for the bootstrap draws from each alone. */
    under[labelled] = predicted < label;
    over[labelled++] = predicted > label;
    out->confusion.counts[label][predicted]++;
  }
  out->confusion.rows_count = labelled;
  out->under = share(under, labelled, options, replicates);
  out->over = share(over, labelled, options, replicates);
  free(under);
  free(over);
}
