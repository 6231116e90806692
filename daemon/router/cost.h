/* cost.h - what one call to one model costs, in nano-USD. Pure arithmetic.
 *
 *   struct usage_estimate usage = {.now_s = now, .input = 12000, .output_p50 = 300,
 *                                  .output_p90 = 900, .cached = 8192};
 *   struct cost cost = cost_estimate(model, &usage);
 *   if (!money_known(cost.expected)) puts(cost.unknown_reason);
 *
 * README.md beside this file has the formulas, their sources and calls priced by
 * hand. */
#ifndef TIERD_ROUTER_COST_H
#define TIERD_ROUTER_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

/* What is known of the call before it is made; sizes in tokens. */
struct usage_estimate {
  int64_t now_s;             /* when it is made, seconds since 1970, UTC */
  uint64_t input;            /* all of it, what the cache gives and takes included */
  uint64_t cached;           /* of input, expected to be read from the provider's cache */
  uint64_t cache_write;      /* of the rest, marked to be written; what an automatic
                                cache writes need not be given */
  uint32_t cache_lifetime_s; /* for which it is written; 0: the shortest there is */
  double output_p50;         /* NaN: not known, and then no amount is */
  double output_p90;
  uint64_t output_limit; /* the request's max_tokens; 0 for none */
  bool batch;
};

/* The lines of the bill; they add up to the expected amount, to the nano-dollar. */
struct cost_breakdown {
  int64_t input; /* neither read from the cache nor written to it */
  int64_t cache_read;
  int64_t cache_write;
  int64_t output;
};

/* An amount is MONEY_UNKNOWN when a price that it needs is not published. */
struct cost {
  int64_t expected;
  int64_t low;                     /* p10 of the output, COST_INPUT_ERROR_PERCENT less input */
  int64_t high;                    /* p90 of the output, as much more input */
  struct cost_breakdown breakdown; /* of expected */
  int64_t batch_saving;            /* what batching would take off expected, below 0 where it
                                      costs the cache's discount; unknown when there is no
                                      batch price and when batch is set already */
  /* Why batch_saving is unknown, else NULL; static storage. */
  const char *batch_saving_unknown;
  const char *unknown_reason;    /* names the price that is missing where an amount is
                                    unknown, else NULL; static storage */
  uint64_t cached;               /* tokens that were priced as read from the cache */
  uint64_t cache_written;        /* and as written to it */
  double output_p50, output_p90; /* tokens, after the limits */
  bool batch;                    /* batch prices were used */
};

/* How far the input estimate is taken to be off, either way. */
enum { COST_INPUT_ERROR_PERCENT = 10 };

/* The output is taken as log-normal through p50 and p90, so that the expected
 * amount uses its mean, exp(mu + sigma^2 / 2), and p10 is p50^2 / p90. Where p50 and
 * p90 are one number, nothing is estimated and the amount is exact. */
struct cost cost_estimate(const struct catalog_model *model, const struct usage_estimate *usage);

#endif
