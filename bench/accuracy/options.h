/* options.h - the command line of `tier-bench accuracy`. */
#ifndef TIERD_BENCH_OPTIONS_H
#define TIERD_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/accuracy/memory.h"

enum { BENCH_LADDER_MAX = 8, BENCH_GATES_MAX = 64, BENCH_BOOTSTRAP_MAX = 20000 };

struct bench_options {
  const char *model, *scores, *prices, *catalog, *tiers, *report,
      *predictions; /* paths; NULL when not given */
  const char *tier; /* head to rank by; NULL: the cheapest */
  const char **data;
  size_t data_count;
  const char *ladder[BENCH_LADDER_MAX]; /* models, cheapest first */
  size_t ladder_count;
  double price_ratio[BENCH_LADDER_MAX]; /* relative prices a token; all 0 when not given */
  const char *gates[BENCH_GATES_MAX];
  size_t gates_count;
  double quality; /* where decisions are taken for routing rates, 0 to 1 */
  size_t bootstrap;
  uint64_t seed;
  bool forecast_lengths;
  bool json, csv, strict, help, help_all;
};

/* Parses argv[1..]. Strings point into argv or memory. False after a message on
 * standard error. */
bool bench_options_parse(int argc, char **argv, struct labelled_log_memory *memory,
                         struct bench_options *out);

/* The everyday options, on a screen; or all, and the measures of --fail-if. */
void bench_options_help(bool all);

#endif
