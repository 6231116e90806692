/* test_bench_bootstrap.c - the generator, the intervals, and calibration.
 *
 * The intervals are held to the normal distribution, which they have to approach.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/calibration.h"

static void near(double value, double expected, double slack) {
  if (!(fabs(value - expected) <= slack))
    fail_msg("%.12g is not %.12g within %g", value, expected, slack);
}

static void same_seed_same_draws(void **state) {
  struct bench_random a, b, other;
  int differ = 0;
  (void)state;
  bench_random_seed(&a, 42);
  bench_random_seed(&b, 42);
  bench_random_seed(&other, 43);
  for (int i = 0; i < 1000; i++) {
    uint32_t value = bench_random_next(&a);
    assert_int_equal(value, bench_random_next(&b));
    differ += value != bench_random_next(&other);
  }
  assert_true(differ > 990);
}

static void below_is_uniform(void **state) {
  enum { BOUND = 7, DRAWS = 70000 };
  struct bench_random random;
  int seen[BOUND] = {0};
  (void)state;
  bench_random_seed(&random, 1);
  for (int i = 0; i < DRAWS; i++) {
    uint32_t value = bench_random_below(&random, BOUND);
    assert_true(value < BOUND);
    seen[value]++;
  }
  for (int i = 0; i < BOUND; i++)
    near(seen[i], DRAWS / BOUND, 400); /* four standard deviations */
}

static void a_draw_has_as_many_rows(void **state) {
  enum { ROWS = 1000 };
  struct bench_random random;
  uint32_t counts[ROWS];
  (void)state;
  bench_random_seed(&random, 5);
  bootstrap_draw(&random, counts, ROWS);
  uint32_t sum = 0, absent = 0;
  for (int i = 0; i < ROWS; i++) {
    sum += counts[i];
    absent += counts[i] == 0;
  }
  assert_int_equal(sum, ROWS);
  near(absent / (double)ROWS, exp(-1), 0.05);
}

/* Of a share of 0.3 among 1000 rows the interval is 1.96 standard errors wide. */
static void interval_of_a_share(void **state) {
  enum { ROWS = 1000, DRAWS = 2000 };
  static double values[ROWS], replicates[DRAWS];
  (void)state;
  for (int i = 0; i < ROWS; i++)
    values[i] = i % 10 < 3;
  struct estimate e = bootstrap_mean(values, ROWS, 1, replicates, DRAWS);
  double error = sqrt(0.3 * 0.7 / ROWS);
  near(e.value, 0.3, 1e-12);
  near(e.low, 0.3 - 1.96 * error, 0.003);
  near(e.high, 0.3 + 1.96 * error, 0.003);
  struct estimate again = bootstrap_mean(values, ROWS, 1, replicates, DRAWS);
  assert_true(again.low == e.low && again.high == e.high);
}

static void quantiles_by_hand(void **state) {
  double replicates[41];
  (void)state;
  for (int i = 0; i < 41; i++)
    replicates[(i * 7) % 41] = i; /* 0 to 40 in disorder */
  struct estimate e = bootstrap_interval(20, replicates, 41);
  near(e.low, 1, 1e-12);
  near(e.high, 39, 1e-12);
}

static void too_few_known_replicates(void **state) {
  double replicates[10] = {1, 2, 3, 4, 5, 6, 7, 8, NAN, NAN};
  (void)state;
  struct estimate e = bootstrap_interval(4, replicates, 10);
  assert_true(e.value == 4 && isnan(e.low) && isnan(e.high));
  e = bootstrap_mean(NULL, 0, 1, NULL, 0);
  assert_true(isnan(e.value));
}

/* Of thirty forecasts, half come true; 16 said 0.25 and are 0.25 too low. */
static void calibration_by_hand(void **state) {
  struct forecast forecasts[30];
  struct calibration c;
  (void)state;
  for (int i = 0; i < 30; i++) /* one of two comes true */
    forecasts[i] = (struct forecast){i < 16 ? 0.25 : 0.5, i % 2};
  calibration_measure(forecasts, 30, &c);
  assert_int_equal(c.bins_count, 2); /* equal forecasts stay together */
  near(c.base_rate, 0.5, 1e-12);
  near(c.ece, 0.25 * 16 / 30, 1e-12);
  near(c.brier, (8 * 0.0625 + 8 * 0.5625 + 14 * 0.25) / 30, 1e-12);
  calibration_measure(forecasts, 0, &c);
  assert_true(isnan(c.ece) && c.bins_count == 0);
}

static void bins_are_equally_full(void **state) {
  struct forecast forecasts[150];
  struct calibration c;
  (void)state;
  for (int i = 0; i < 150; i++)
    forecasts[i] = (struct forecast){pow(i / 150.0, 4), i >= 75};
  calibration_measure(forecasts, 150, &c);
  assert_int_equal(c.bins_count, CALIBRATION_BINS);
  for (int b = 0; b < CALIBRATION_BINS; b++)
    assert_int_equal(c.bins[b].count, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_seed_same_draws),    cmocka_unit_test(below_is_uniform),
      cmocka_unit_test(a_draw_has_as_many_rows), cmocka_unit_test(interval_of_a_share),
      cmocka_unit_test(quantiles_by_hand),       cmocka_unit_test(too_few_known_replicates),
      cmocka_unit_test(calibration_by_hand),     cmocka_unit_test(bins_are_equally_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
