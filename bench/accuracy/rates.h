/* rates.h - figures about decisions and estimates, for one group of rows. */
#ifndef TIERD_BENCH_RATES_H
#define TIERD_BENCH_RATES_H

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/data.h"

enum rate {
  RATE_ECE,           /* of the ranking tier's probability */
  RATE_BRIER,         /* likewise */
  RATE_UNDER_ROUTING, /* decided model not good enough */
  RATE_OVER_ROUTING,  /* a cheaper one would have done */
  RATE_LABEL_ACCURACY,
  RATE_LABEL_ERROR_COST, /* tiers too dear, twice the tiers too cheap; mean a row */
  RATE_PARAPHRASES_KEPT, /* share that is sent to its original's tier */
  RATE_ABSTAINED,
  RATE_P50_COVERAGE, /* share of answers no longer than the forecast */
  RATE_P90_COVERAGE,
  RATE_OUTPUT_LOG_ERROR, /* mean |ln(measured / p50)| of output tokens */
  RATES_COUNT
};

extern const char *const rate_names[RATES_COUNT];
extern const char *const rate_meanings[RATES_COUNT];

struct rate_result {
  size_t count; /* rows or answers that it is a mean of; 0: nothing known */
  struct estimate estimate;
};

/* Fills out[RATES_COUNT] for rows[indices[0..count)]. What needs a model, a ladder,
 * labels or originals that are not there has a count of 0. replicates is scratch. */
void rates_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                   const struct bench_options *options, double *replicates,
                   struct rate_result *out);

#endif
