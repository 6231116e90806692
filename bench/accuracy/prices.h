/* prices.h - what a token costs, from a price file or a catalogue. */
#ifndef TIERD_BENCH_PRICES_H
#define TIERD_BENCH_PRICES_H

#include <stdbool.h>

#include "bench/accuracy/options.h"
#include "classifier/train/labelled_log.h"
#include "daemon/router/catalog.h"

/* USD per million tokens, or relative units; NaN when unknown. */
struct bench_price {
  double input, output;
};

struct bench_prices {
  struct bench_price of[BENCH_LADDER_MAX]; /* of the ladder's models */
  bool relative;                           /* the unit is not USD */
  /* A model of the router for each of the log's: as the catalogue has it, else with the
   * prices of the price file, else with nothing known. Names are the log's. */
  struct catalog_model *models;
  struct catalog catalog; /* what models may point into */
  bool has_catalog;
};

/* From --price-ratio (the ladder alone), --prices or --catalog. A model that is not named
 * there has no price; nothing is guessed from similar names. False after a message on
 * standard error. prices_unload() in either case; the log has to outlive out. */
bool prices_load(const struct bench_options *options, const struct labelled_log *log,
                 struct labelled_log_memory *memory, struct bench_prices *out);
void prices_unload(struct bench_prices *prices);

#endif
