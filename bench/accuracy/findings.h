/* findings.h - one run's results, for whichever form they are printed in. */
#ifndef TIERD_BENCH_FINDINGS_H
#define TIERD_BENCH_FINDINGS_H

#include "bench/accuracy/calibration.h"
#include "bench/accuracy/groups.h"
#include "bench/accuracy/ladder.h"

struct tier_calibration {
  size_t tier, model; /* model: of the ladder */
  struct calibration calibration;
};

/* Of one model of the logs. */
struct model_estimates {
  const char *name; /* without control characters */
  struct estimates estimates;
};

struct findings {
  const struct bench_options *options;
  const struct bench_data *data;
  struct groups groups;
  struct ladder_result ladder;
  struct tier_calibration calibrations[BENCH_LADDER_MAX];
  size_t calibrations_count;
  struct confusion confusion;       /* of all rows */
  struct model_estimates *by_model; /* of models with measured tokens or costs */
  size_t by_model_count;
};

/* Measures everything. */
void findings_measure(const struct bench_data *data, const struct bench_options *options,
                      struct findings *out);

/* "USD", or "relative" when prices are ratios. */
const char *findings_cost_unit(const struct findings *findings);

/* What stands in for the length of an answer that has none in the logs; static. */
const char *findings_length_source(const struct findings *findings);

/* The forms. Table, JSON and CSV go to standard output. */
void table_print(const struct findings *findings);
void json_print(const struct findings *findings);
void csv_print(const struct findings *findings);

/* Writes the page; false after a message on standard error. */
bool report_write(const struct findings *findings, const char *path);

/* Evaluates every --fail-if, with a line on standard error for each that holds or
 * cannot be known. 0 when none does, else 1; 2 for an expression that is wrong. */
int gates_check(const struct findings *findings);

/* Are the expressions well-formed? False after a message on standard error. */
bool gates_valid(const struct bench_options *options);

#endif
