/* ladder.h - quality against cost over all models of a ladder at once.
 *
 * The policy takes, for each row, the model with the greatest expected quality
 * minus lambda times expected cost; lambda from infinite to none draws the curve
 * from always-cheap to always-top. Expected quality is the model's calibrated
 * probability of being good enough.
 */
#ifndef TIERD_BENCH_LADDER_H
#define TIERD_BENCH_LADDER_H

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/data.h"
#include "bench/accuracy/protocol.h"

enum ladder_policy { LADDER_MODEL, LADDER_ORACLE, LADDER_POLICIES_COUNT };
enum { LADDER_STEPS = 48, LADDER_POINTS = LADDER_STEPS + 2, LADDER_SAVINGS = 3 };

extern const char *const ladder_policy_names[LADDER_POLICIES_COUNT];

struct ladder_curve {
  bool present;
  struct curve_point points[LADDER_POINTS]; /* share: of calls above the cheapest model */
  struct estimate savings[LADDER_SAVINGS];  /* at 95, 98, 99 % of the top's quality */
  struct estimate aiq;
};

struct ladder_result {
  size_t rows_count;                                        /* 0: no ladder, or no costs */
  double quality[BENCH_LADDER_MAX], cost[BENCH_LADDER_MAX]; /* of always using one model */
  struct ladder_curve policies[LADDER_POLICIES_COUNT];
};

void ladder_measure(const struct bench_data *data, const struct bench_options *options,
                    struct ladder_result *out);

#endif
