/* test_load_histogram.c - quantiles against an exact sort. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/load/histogram.h"
#include "bench/load/random.h"

enum { VALUES = 20000 };

static struct histogram *new_histogram(void) {
  struct histogram *histogram = calloc(1, sizeof *histogram);
  assert_non_null(histogram);
  return histogram;
}

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Never below the exact quantile, and above it by a thousandth at most. */
static void hold_to_sort(uint64_t *values, size_t count) {
  static const double quantiles[] = {0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
  struct histogram *histogram = new_histogram();
  for (size_t i = 0; i < count; i++)
    histogram_record(histogram, values[i]);
  qsort(values, count, sizeof *values, compare);
  assert_int_equal(histogram->count, count);
  assert_int_equal(histogram->max, values[count - 1]);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
    size_t rank = (size_t)ceil(quantiles[i] * (double)count);
    uint64_t exact = values[rank < 1 ? 0 : rank - 1];
    uint64_t got = histogram_quantile(histogram, quantiles[i]);
    if (got < exact || got > exact + exact / 1000)
      fail_msg("quantile %g of %zu values: %llu instead of %llu", quantiles[i], count,
               (unsigned long long)got, (unsigned long long)exact);
  }
  free(histogram);
}

static void quantiles(void **state) {
  (void)state;
  static uint64_t values[VALUES];
  static const size_t counts[] = {1, 2, 3, 99, 1000, VALUES};
  for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
    for (size_t i = 0; i < counts[k]; i++) /* from 1 ns to 10 s, as many of each magnitude */
      values[i] = (uint64_t)pow(10.0, 10.0 * bench_random_unit(k, i));
    hold_to_sort(values, counts[k]);
    for (size_t i = 0; i < counts[k]; i++) /* all in the exact part */
      values[i] = (uint64_t)(2048 * bench_random_unit(k + 100, i));
    hold_to_sort(values, counts[k]);
    for (size_t i = 0; i < counts[k]; i++) /* many of one, few of another */
      values[i] = i % 100 == 99 ? 123456789 : 42;
    hold_to_sort(values, counts[k]);
  }
}

/* Each bucket begins right after the one before ends: no value is lost, none is
 * counted twice. */
static void buckets_are_gapless(void **state) {
  (void)state;
  uint64_t next = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    uint64_t end = histogram_bucket_end(i);
    assert_true(end >= next);
    assert_int_equal(histogram_bucket(next), i);
    assert_int_equal(histogram_bucket(end), i);
    assert_true(end - next <= next / 1000);
    next = end + 1;
  }
  assert_int_equal(next, UINT64_C(1) << HISTOGRAM_VALUE_BITS);
}

static void extremes(void **state) {
  (void)state;
  struct histogram *histogram = new_histogram();
  assert_int_equal(histogram_quantile(histogram, 0.5), 0);
  histogram_record(histogram, 0);
  assert_int_equal(histogram_quantile(histogram, 1), 0);
  histogram_record(histogram, UINT64_MAX);
  assert_int_equal(histogram->max, UINT64_MAX);
  assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
  assert_int_equal(histogram_quantile(histogram, 0.5), 0);
  free(histogram);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles),
      cmocka_unit_test(buckets_are_gapless),
      cmocka_unit_test(extremes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
