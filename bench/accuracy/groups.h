/* groups.h - everything that is measured, for all rows and for each group of them. */
#ifndef TIERD_BENCH_GROUPS_H
#define TIERD_BENCH_GROUPS_H

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/data.h"
#include "bench/accuracy/estimates.h"
#include "bench/accuracy/labels.h"
#include "bench/accuracy/protocol.h"
#include "bench/accuracy/rates.h"
#include "bench/accuracy/routers.h"

/* The last is for estimates alone, and no group of rows. */
enum group_kind {
  GROUP_ALL,
  GROUP_DATASET,
  GROUP_TASK,
  GROUP_LANGUAGE,
  GROUP_MODEL,
  GROUP_KINDS_COUNT
};
enum { GROUP_TASKS_MAX = 30, GROUP_LANGUAGES_MAX = 100 };

extern const char *const group_kind_names[GROUP_KINDS_COUNT];

struct router_result {
  bool present;
  struct estimate measures[MEASURES_COUNT];
  struct estimate differences[MEASURES_COUNT]; /* router under test minus this one, paired */
  struct curve_point *points;                  /* of ranking routers */
  size_t points_count;
};

struct group {
  enum group_kind kind;
  const char *name;
  size_t rows_count;                   /* all rows of the group */
  size_t used_count;                   /* those with every outcome and a score */
  double weak_quality, strong_quality; /* means over those used */
  double weak_cost, strong_cost;       /* NaN when unknown */
  struct router_result routers[ROUTERS_COUNT];
  struct rate_result rates[RATES_COUNT];
  struct label_result labels;
  struct estimates estimates;
};

struct groups {
  struct group *groups; /* all rows first, then by kind, in order of appearance */
  size_t count;
};

void groups_measure(const struct bench_data *data, const struct bench_options *options,
                    struct groups *out);

/* The next group of that kind after one of them, or the first when after is NULL; NULL
 * when there is none. */
const struct group *groups_next(const struct groups *groups, enum group_kind kind,
                                const struct group *after);

#endif
