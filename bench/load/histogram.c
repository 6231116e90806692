/* histogram.c - log-linear buckets.
 *
 * A value's leading 11 bits name its bucket within a doubling, and the number of
 * bits below them names the doubling. Values under 2,048 are their own buckets. */
#include "bench/load/histogram.h"

#include <math.h>

size_t histogram_bucket(uint64_t value) {
  const uint64_t greatest = (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;
  if (value > greatest)
    value = greatest;
  if (value < 2 * HISTOGRAM_HALF)
    return (size_t)value;
  unsigned bits = 64 - (unsigned)__builtin_clzll(value);
  unsigned dropped = bits - (HISTOGRAM_HALF_BITS + 1);
  /* The leading bit is always set, so value >> dropped lies in HALF..2 HALF - 1. */
  return (size_t)dropped * HISTOGRAM_HALF + (size_t)(value >> dropped);
}

uint64_t histogram_bucket_end(size_t bucket) {
  if (bucket < 2 * HISTOGRAM_HALF)
    return bucket;
  size_t dropped = bucket / HISTOGRAM_HALF - 1;
  uint64_t leading = bucket % HISTOGRAM_HALF + HISTOGRAM_HALF;
  return ((leading + 1) << dropped) - 1;
}

void histogram_record(struct histogram *histogram, uint64_t value) {
  histogram->buckets[histogram_bucket(value)]++;
  histogram->count++;
  if (value > histogram->max)
    histogram->max = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double q) {
  double wanted = ceil(q * (double)histogram->count);
  uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted;
  uint64_t seen = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += histogram->buckets[i];
    if (seen >= rank) {
      uint64_t end = histogram_bucket_end(i);
      return end < histogram->max ? end : histogram->max;
    }
  }
  return histogram->max;
}
