/* estimates.h - the router's estimates of tokens and cost against what was measured.
 *
 * For each answer whose log has figures: input tokens against daemon/router's count,
 * output tokens against the model file's forecast, cost against cost_estimate() with the
 * catalogue's or the price file's prices.
 */
#ifndef TIERD_BENCH_ESTIMATES_H
#define TIERD_BENCH_ESTIMATES_H

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/data.h"
#include "bench/accuracy/rates.h"

/* An error is the median of |estimate - measured| / measured over answers; a bias is the
 * sum of estimates over the sum of what was measured, less 1: it is how far a whole bill
 * is off, and short answers cannot blow it up. */
enum estimate_measure {
  ESTIMATE_INPUT_ERROR,
  ESTIMATE_INPUT_BIAS,
  ESTIMATE_OUTPUT_ERROR, /* of p50 */
  ESTIMATE_OUTPUT_BIAS,  /* of the mean that the expected cost is made with */
  ESTIMATE_OUTPUT_P50,   /* share of answers no longer than p50 */
  ESTIMATE_OUTPUT_P90,
  ESTIMATE_OUTPUT_P10_P90,
  ESTIMATE_COST_ERROR,
  ESTIMATE_COST_BIAS,
  ESTIMATE_COST_P10_P90, /* share of costs between low and high */
  ESTIMATE_PRICE_ERROR,  /* of the prices alone: measured tokens times price */
  ESTIMATES_COUNT
};

/* Why an answer is not in some of the figures. */
enum estimate_lack {
  LACK_INPUT,  /* no input_tokens in the log */
  LACK_OUTPUT, /* no output_tokens */
  LACK_COST,   /* no cost_usd */
  LACK_PRICE,  /* its model has no price here */
  LACK_FAMILY, /* its model's vocabulary is not known: counted as o200k; not left out */
  LACKS_COUNT
};

extern const char *const estimate_names[ESTIMATES_COUNT];
extern const char *const estimate_meanings[ESTIMATES_COUNT];
extern const char *const lack_names[LACKS_COUNT];
extern const char *const lack_meanings[LACKS_COUNT];

struct estimates {
  size_t answers; /* with or without figures */
  size_t lacking[LACKS_COUNT];
  struct rate_result measures[ESTIMATES_COUNT]; /* counts are of answers */
};

/* Measures rows[indices[0..count)], the answers of the log's model of that index, or of
 * all models (of the ladder, where there is one) for SIZE_MAX. Rows are resampled, not
 * answers, for those of one row err together. */
void estimates_measure(const struct bench_data *data, const uint32_t *indices, size_t count,
                       size_t model, const struct bench_options *options, struct estimates *out);

/* Has any measure a figure? */
bool estimates_present(const struct estimates *estimates);

#endif
