/* labels.h - predicted tiers against labels: the matrix, and which way errors go. */
#ifndef TIERD_BENCH_LABELS_H
#define TIERD_BENCH_LABELS_H

#include "bench/accuracy/rates.h"

struct confusion {
  size_t rows_count;                               /* 0: no row's label names a tier of the model */
  size_t counts[MODEL_TIERS_MAX][MODEL_TIERS_MAX]; /* [label][predicted] */
};

/* RATE_LABEL_ACCURACY and RATE_LABEL_ERROR_COST, the weighted cost of errors, are rates. */
struct label_result {
  struct confusion confusion;
  struct rate_result under; /* share of rows sent below their label's tier */
  struct rate_result over;  /* above it */
};

/* Fills out for rows[indices[0..count)]. replicates is scratch. */
void labels_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                    const struct bench_options *options, double *replicates,
                    struct label_result *out);

#endif
