/* metrics.h - what the daemon counts: a block of counters a thread, summed on demand.
 *
 *   struct metrics *metrics = metrics_create(threads);
 *   unsigned slot = metrics_value(metrics, DIM_ENDPOINT, "/v1/route");   // before threads
 *   struct metrics_worker *worker = metrics_worker(metrics);             // one a thread
 *
 *   metrics_add(worker, METRIC_REQUESTS, metrics_index(METRIC_REQUESTS, slot, 1, 1), 1);
 *   metrics_observe(worker, METRIC_REQUEST_DURATION, slot, nanoseconds);
 *
 * Counting is a load and a store of the thread's own memory: no lock and no atomic
 * read-modify-write. A sum that is made meanwhile may miss what was counted last, and
 * never falls behind an earlier sum. What there is to count stands in metrics.def; how it
 * is written down, in metrics_text.h.
 *
 * Where a worker may be NULL, nothing is counted. */
#ifndef TIERD_OPS_METRICS_H
#define TIERD_OPS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

struct metrics;        /* labels, and the workers' blocks; opaque */
struct metrics_worker; /* one thread's block; opaque */

/* The labels and the metrics of metrics.def, as DIM_x and METRIC_x. */
enum metrics_dim {
#define DIM(id, key, room, values) DIM_##id,
#define COUNTED(id, name, type, unit, a, b, c, help)
#define TOLD(id, name, type, unit, help)
#define INFO(id, name, help)
#include "daemon/ops/metrics.def"
  METRICS_DIMS
};

enum metric {
#define DIM(id, key, room, values)
#define COUNTED(id, name, type, unit, a, b, c, help) METRIC_##id,
#define TOLD(id, name, type, unit, help) METRIC_##id,
#define INFO(id, name, help) METRIC_##id,
#include "daemon/ops/metrics.def"
  METRICS_COUNT
};

/* Slots of labels whose values metrics.def lists, in its order. */
enum metrics_stage { TIMED_PARSE, TIMED_DECIDE, TIMED_LOG, TIMED_ENCODE };
enum metrics_line { LINE_OK, LINE_PROBLEM };
enum metrics_shadow { SHADOW_DEARER, SHADOW_CHEAPER };
enum metrics_promotion {
  PROMOTED_PASSED,
  PROMOTED_REJECTED,
  PROMOTED_REFUSED,
  PROMOTED_CANCELLED,
  PROMOTED_ROLLED_BACK
};
enum metrics_degradation {
  DEGRADED_STALE_PRICE,
  DEGRADED_UNKNOWN_COST,
  DEGRADED_PASSED_OVER,
  DEGRADED_COST_CAP_MISSED,
  DEGRADED_LATE
};

/* For that many threads at most. NULL when memory is out. */
struct metrics *metrics_create(size_t workers);

/* When no thread counts any more. May be NULL. */
void metrics_destroy(struct metrics *metrics);

/* The next thread's block, owned by metrics; NULL when all are given out. Not to be
 * called by two threads at once. */
struct metrics_worker *metrics_worker(struct metrics *metrics);

/* The slot of a label's value, which is made known if there is room; else 0, the slot of
 * all others. value is copied. From any thread. */
unsigned metrics_value(struct metrics *metrics, enum metrics_dim dim, const char *value);

/* The slot of a value that is known already, else 0. */
unsigned metrics_find(const struct metrics *metrics, enum metrics_dim dim, const char *value);

/* Where the series with these slots of the metric's labels is to be found; 0 for the
 * labels that it has not. */
size_t metrics_index(enum metric metric, unsigned a, unsigned b, unsigned c);

/* Counts. On a gauge, amount may be a negative number as uint64_t. */
void metrics_add(struct metrics_worker *worker, enum metric metric, size_t index, uint64_t amount);

/* Adds a duration to a histogram. */
void metrics_observe(struct metrics_worker *worker, enum metric metric, size_t index, uint64_t ns);

/* Learns the names of a snapshot's tiers and models, if number is not the last one's. */
void metrics_follow(struct metrics_worker *worker, uint64_t number, const struct catalog *catalog);

/* The slots of the followed catalogue's tiers and models. */
unsigned metrics_tier_slot(const struct metrics_worker *worker, size_t tier);
unsigned metrics_model_slot(const struct metrics_worker *worker, size_t model);

/* Of the reason's code, 0 when it is none that metrics.def lists. */
unsigned metrics_reason_slot(const struct metrics_worker *worker, const char *code);

/* A monotonic clock. */
uint64_t metrics_now_ns(void);

/* Times the stages of one decision in METRICS_STAGES_EVERY. All zero at first. */
enum { METRICS_STAGES_EVERY = 16 };
struct metrics_watch {
  unsigned turn;
  bool running;
  uint64_t at_ns; /* end of the stage before */
};
void metrics_watch_start(struct metrics_watch *watch);
void metrics_watch_lap(struct metrics_worker *worker, struct metrics_watch *watch,
                       enum metrics_stage stage);

#endif
