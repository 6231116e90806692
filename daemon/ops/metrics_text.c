/* metrics_text.c - from counters to text: a family a metric, a line a series.
 *
 * Labels without a fixed list are as many as have been seen. Where the metric has more
 * than one label, or the value is the "other" or "none" that mostly nothing falls to, series that
 * have never been counted are left out; the rest are there from the start, at 0, so that a rate
 * over the first event can be taken. Who asks and what is told is left to daemon/api/metrics.c. */
#include "daemon/ops/metrics_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ops/metrics_internal.h"

enum { LINE_MAX_BYTES = 512, NUMBER_MAX = 32 };

/* Where the text goes, piece by piece: this file holds no more than a line of it. */
struct text {
  metrics_put *put;
  void *owner;
};

/* Not cut, however long: values of labels may be. */
static void put_text(const struct text *text, const char *bytes) {
  text->put(text->owner, bytes, strlen(bytes));
}

/* For pieces known to be short. */
__attribute__((format(printf, 2, 3))) static void put_format(const struct text *text,
                                                             const char *format, ...) {
  char line[LINE_MAX_BYTES];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  put_text(text, line);
}

/* Decimal, and exact where a double would not be. */
static void put_value(const struct text *text, enum metric metric, uint64_t value) {
  const uint64_t nano = 1000000000;
  if (metrics_rows[metric].unit == METRIC_NANO)
    put_format(text, " %" PRIu64 ".%09" PRIu64 "\n", value / nano, value % nano);
  else if (metrics_rows[metric].type == METRIC_GAUGE)
    put_format(text, " %" PRId64 "\n", (int64_t)value);
  else
    put_format(text, " %" PRIu64 "\n", value);
}

/* What promtool and people want to know of a family before its first line. */
static void put_head(const struct text *text, enum metric metric) {
  static const char *const types[] = {"counter", "gauge", "histogram"};
  const struct metric_row *row = &metrics_rows[metric];
  put_format(text, "# HELP %s %s\n", row->name, row->help);
  put_format(text, "# TYPE %s %s\n", row->name, types[row->type]);
}

/* {labels,more} or nothing at all. */
static void put_braces(const struct text *text, const char *const labels[3], const char *more) {
  const char *parts[4] = {labels[0], labels[1], labels[2], more};
  /* Becomes the comma once there is something to part. */
  const char *before = "{";
  for (size_t i = 0; i < 4; i++) {
    if (parts[i][0] == '\0')
      continue;
    put_text(text, before);
    put_text(text, parts[i]);
    before = ",";
  }
  if (before[0] == ',')
    put_text(text, "}");
}

/* Counts of a bucket and those below it; their sum is the count, so that the three agree
 * whatever is counted meanwhile. */
static void put_histogram(const struct text *text, const struct metrics *metrics,
                          enum metric metric, size_t cell, const char *const labels[3]) {
  const char *name = metrics_rows[metric].name;
  uint64_t count = 0;
  char bound[NUMBER_MAX];
  for (size_t i = 0; i < METRICS_BUCKETS; i++) {
    count += metrics_sum(metrics, cell + i);
    snprintf(bound, sizeof bound, "le=\"%s\"",
             i < METRICS_BUCKETS - 1 ? metrics_buckets[i].text : "+Inf");
    put_format(text, "%s_bucket", name);
    put_braces(text, labels, bound);
    put_format(text, " %" PRIu64 "\n", count);
  }
  put_format(text, "%s_sum", name);
  put_braces(text, labels, "");
  put_value(text, metric, metrics_sum(metrics, cell + METRICS_BUCKETS));
  put_format(text, "%s_count", name);
  put_braces(text, labels, "");
  put_format(text, " %" PRIu64 "\n", count);
}

/* Has the series never been counted? */
static bool is_untouched(const struct metrics *metrics, size_t cell, size_t cells) {
  for (size_t i = 0; i < cells; i++)
    if (metrics_sum(metrics, cell + i) != 0)
      return false;
  return true;
}

/* One line, or those of one histogram; nothing where it is sparse and never happened. */
static void put_series(const struct text *text, const struct metrics *metrics, enum metric metric,
                       const unsigned slots[3], bool sparse) {
  const struct metric_row *row = &metrics_rows[metric];
  size_t cells = row->type == METRIC_HISTOGRAM ? METRICS_HISTOGRAM_CELLS : 1;
  /* The series' place among the counters, which metrics.h lays out. */
  size_t cell =
      metrics->offsets[metric] + metrics_index(metric, slots[0], slots[1], slots[2]) * cells;
  /* Ready-made pairs, "tier=\"economy\"", made when the value was first seen. */
  const char *labels[3];
  if (sparse && is_untouched(metrics, cell, cells))
    return;
  for (size_t i = 0; i < 3; i++)
    labels[i] = metrics->values[row->dims[i]].texts[slots[i]];
  if (row->type == METRIC_HISTOGRAM) {
    put_histogram(text, metrics, metric, cell, labels);
    return;
  }
  put_text(text, row->name);
  put_braces(text, labels, "");
  put_value(text, metric, metrics_sum(metrics, cell));
}

/* So many values of a label have a text by now. */
static unsigned known(const struct metrics *metrics, enum metrics_dim dim) {
  return atomic_load_explicit(&metrics->values[dim].count, memory_order_acquire);
}

/* Is the slot the one for what has no other, which mostly stays unused? */
static bool is_other(const struct metrics *metrics, enum metrics_dim dim, unsigned slot) {
  const char *first = metrics->values[dim].texts[0];
  return slot == 0 && (strstr(first, "\"other\"") || strstr(first, "\"none\""));
}

/* All series of a metric, in the order of their slots. A label that it has not is DIM_NONE,
 * which has one value without text. */
static void put_counted(const struct text *text, const struct metrics *metrics,
                        enum metric metric) {
  const enum metrics_dim *dims = metrics_rows[metric].dims;
  unsigned slots[3];
  for (slots[0] = 0; slots[0] < known(metrics, dims[0]); slots[0]++)
    for (slots[1] = 0; slots[1] < known(metrics, dims[1]); slots[1]++)
      for (slots[2] = 0; slots[2] < known(metrics, dims[2]); slots[2]++)
        put_series(text, metrics, metric, slots,
                   dims[1] != DIM_NONE || is_other(metrics, dims[0], slots[0]));
}

/* A label's value may hold anything; what would end it or the line is escaped. */
static void put_pair(const struct text *text, const struct metrics_pair *pair) {
  put_format(text, "%s=\"", pair->key);
  for (const char *at = pair->value; *at; at++) {
    if (*at == '\n')
      put_text(text, "\\n");
    else
      put_format(text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
  }
  put_text(text, "\"");
}

/* No count: what there is to know stands in the labels. */
static void put_info(const struct text *text, enum metric metric, const struct metrics_pair *info) {
  put_text(text, metrics_rows[metric].name);
  for (size_t i = 0; i < METRICS_INFO_LABELS && info[i].key; i++) {
    put_text(text, i == 0 ? "{" : ",");
    put_pair(text, &info[i]);
  }
  put_text(text, info[0].key ? "} 1\n" : " 1\n");
}

/* With a label where the teller gave a list, else one value. */
static void put_told(const struct text *text, enum metric metric, const struct metrics_told *told) {
  const struct metrics_series *series = told->series[metric];
  if (!series) {
    put_text(text, metrics_rows[metric].name);
    put_value(text, metric, told->values[metric]);
    return;
  }
  for (size_t i = 0; i < told->series_count[metric]; i++) {
    put_format(text, "%s{", metrics_rows[metric].name);
    put_pair(text, &series[i].label);
    put_text(text, "}");
    put_value(text, metric, series[i].value);
  }
}

/* Every family has its head, also one without a series: dashboards can then tell that the
 * metric exists. */
void metrics_write(const struct metrics *metrics, const struct metrics_told *told, metrics_put *put,
                   void *owner) {
  const struct text text = {put, owner};
  for (int i = 0; i < METRICS_COUNT; i++) {
    enum metric metric = (enum metric)i;
    put_head(&text, metric);
    switch (metrics_rows[i].source) {
    /* From the workers' blocks, summed while they go on counting. */
    case METRIC_COUNTED:
      put_counted(&text, metrics, metric);
      break;
    case METRIC_TOLD:
      put_told(&text, metric, told);
      break;
    case METRIC_INFO:
      put_info(&text, metric, told->info[i]);
      break;
    }
  }
}
