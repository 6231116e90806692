/* metrics_text.h - metrics in Prometheus' text format, version 0.0.4. */
#ifndef TIERD_OPS_METRICS_TEXT_H
#define TIERD_OPS_METRICS_TEXT_H

#include "daemon/ops/metrics.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { METRICS_INFO_LABELS = 3 };

struct metrics_pair {
  const char *key; /* NULL after the last one */
  const char *value;
};

/* One of the values of a metric that is told by a label. */
struct metrics_series {
  struct metrics_pair label;
  uint64_t value;
};

/* What nobody counts, by METRIC_x; all is borrowed. Where series are set, as many as
 * series_count are written in place of the one value; that may be none. */
struct metrics_told {
  uint64_t values[METRICS_COUNT];
  const struct metrics_series *series[METRICS_COUNT];
  size_t series_count[METRICS_COUNT];
  struct metrics_pair info[METRICS_COUNT][METRICS_INFO_LABELS];
};

/* Takes some bytes of the text. */
typedef void metrics_put(void *owner, const char *bytes, size_t len);

/* Writes all metrics, summed over the workers, which may go on counting. */
void metrics_write(const struct metrics *metrics, const struct metrics_told *told, metrics_put *put,
                   void *owner);

#endif
