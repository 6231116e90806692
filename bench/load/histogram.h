/* histogram.h - how often each latency occurred, to three significant digits.
 *
 *   struct histogram *h = calloc(1, sizeof *h);     // some 250 KB
 *   histogram_record(h, latency_ns);
 *   uint64_t p99_ns = histogram_quantile(h, 0.99);
 *
 * Log-linear buckets, as in HdrHistogram: exact below 2,048, above that 1,024 buckets
 * for each doubling, so a bucket is never wider than a thousandth of its values.
 * All zero is an empty histogram. */
#ifndef TIERD_BENCH_HISTOGRAM_H
#define TIERD_BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
  HISTOGRAM_HALF_BITS = 10,  /* 1,024 buckets a doubling */
  HISTOGRAM_VALUE_BITS = 40, /* greater values count as the greatest: 18 minutes in ns */
  HISTOGRAM_HALF = 1 << HISTOGRAM_HALF_BITS,
  HISTOGRAM_BUCKETS = HISTOGRAM_HALF * (HISTOGRAM_VALUE_BITS - HISTOGRAM_HALF_BITS + 1)
};

struct histogram {
  uint64_t count;
  uint64_t max; /* exact */
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Constant time, no allocation. */
void histogram_record(struct histogram *histogram, uint64_t value);

/* The least value that a share q (0 to 1) of the recorded ones does not exceed, rounded
 * up to the end of its bucket but never above the maximum. 0 when nothing was recorded. */
uint64_t histogram_quantile(const struct histogram *histogram, double q);

/* Which bucket counts a value, and the greatest value that it counts. For tests. */
size_t histogram_bucket(uint64_t value);
uint64_t histogram_bucket_end(size_t bucket);

#endif
