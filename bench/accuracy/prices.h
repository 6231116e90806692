/* prices.h - what a token costs, from a price file or a catalogue. */
#ifndef TIERD_BENCH_PRICES_H
#define TIERD_BENCH_PRICES_H

#include <stdbool.h>

#include "bench/accuracy/options.h"

/* USD per million tokens, or relative units; NaN when unknown. */
struct bench_price {
  double input, output;
};

struct bench_prices {
  struct bench_price of[BENCH_LADDER_MAX]; /* of the ladder's models */
  bool relative;                           /* the unit is not USD */
};

/* From --price-ratio, --prices or --catalog, the first that is given; a model that
 * it does not name has NaN. False after a message on standard error. */
bool prices_load(const struct bench_options *options, struct bench_prices *out);

#endif
