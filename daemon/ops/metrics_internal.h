/* metrics_internal.h - what metrics.c keeps and metrics_text.c reads. */
#ifndef TIERD_OPS_METRICS_INTERNAL_H
#define TIERD_OPS_METRICS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ops/metrics.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
enum metric_unit { METRIC_ONE, METRIC_NANO };
enum metric_source { METRIC_COUNTED, METRIC_TOLD, METRIC_INFO };

enum {
  METRICS_BUCKETS = 13,                         /* the last has no bound */
  METRICS_HISTOGRAM_CELLS = METRICS_BUCKETS + 1 /* and the sum, in nanoseconds */
};

struct metric_row {
  const char *name;
  const char *help;
  enum metric_source source;
  enum metric_type type;
  enum metric_unit unit;
  enum metrics_dim dims[3];
};

struct metrics_bucket {
  uint64_t ns;      /* included */
  const char *text; /* the same in seconds */
};

extern const struct metric_row metrics_rows[METRICS_COUNT];
extern const struct metrics_bucket metrics_buckets[METRICS_BUCKETS - 1];

/* The values of a label, as text that can go between the braces: key="value". They only
 * ever get more: whoever has read count may read so many of texts without a lock. */
struct metrics_values {
  _Atomic unsigned count;
  char **texts;
};

struct metrics_worker {
  struct metrics *metrics;
  _Atomic uint64_t *cells; /* written by this thread alone */
  uint64_t number;         /* of the snapshot that the slots are for; 0: none yet */
  unsigned tiers[CATALOG_TIERS_MAX];
  unsigned models[CATALOG_MODELS_MAX];
};

struct metrics {
  pthread_mutex_t learning; /* held to make a value known */
  struct metrics_values values[METRICS_DIMS];
  size_t offsets[METRICS_COUNT]; /* of a metric's first cell in a block */
  size_t cells;                  /* of a block */
  struct metrics_worker *workers;
  size_t workers_max, workers_given;
};

/* How many values a label may have. */
unsigned metrics_room(enum metrics_dim dim);

/* A cell's sum over all workers. */
uint64_t metrics_sum(const struct metrics *metrics, size_t cell);

#endif
