/* cost.h - what one call to one model costs, in nano-USD. Pure arithmetic. */
#ifndef TIERD_ROUTER_COST_H
#define TIERD_ROUTER_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

/* What is known of the call before it is made, in tokens. */
struct usage_estimate {
  uint64_t input;
  uint64_t cached; /* of input, expected to be read from the provider's cache */
  double output_p50;
  double output_p90;
  uint64_t output_limit; /* the request's max_tokens; 0 for none */
  bool batch;
};

/* All amounts MONEY_UNKNOWN when the model has no published price. */
struct cost {
  int64_t expected;
  int64_t low;                   /* p10 of the output, INPUT_ERROR less input */
  int64_t high;                  /* p90 of the output, INPUT_ERROR more input */
  uint64_t cached;               /* tokens that were priced as cached */
  double output_p50, output_p90; /* tokens, after the limits */
  bool batch;                    /* batch prices were used */
};

/* How far the input estimate is taken to be off, either way. */
#define COST_INPUT_ERROR 0.10

/* The output is taken as log-normal through p50 and p90, so that the expected
 * amount uses its mean, exp(mu + sigma^2 / 2), and p10 is p50^2 / p90. */
struct cost cost_estimate(const struct catalog_model *model, const struct usage_estimate *usage);

#endif
