/* test_bench_protocol.c - RouteLLM's protocol against vectors computed by hand.
 *
 * Ten rows, so that the ten budgets fall on rows. In order of falling score, the
 * weak model is right on rows 3, 4, 6, 8, 9 and the strong one on all but 9:
 *
 *   row        0  1  2  3  4  5  6  7  8  9
 *   weak       0  0  0  1  1  0  1  0  1  1     mean 0.5
 *   strong     1  1  1  1  1  1  1  1  1  0     mean 0.9
 *   gain       1  1  1  0  0  1  0  1  0 -1
 *
 * Quality after sending 0, 1, ... 10 rows: .5 .6 .7 .8 .8 .8 .9 .9 1 1 .9, so the
 * recovered gap is 0 .25 .5 .75 .75 .75 1 1 1.25 1.25 1. Trapezoid over steps of a
 * tenth: (0/2 + .25 + .5 + .75 + .75 + .75 + 1 + 1 + 1.25 + 1.25 + 1/2) / 10 = 0.8.
 * Half the gap is reached at 20 %; 80 % of it a fifth of the way from 50 to 60 %.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/accuracy/hull.h"
#include "bench/accuracy/protocol.h"

enum { ROWS = 10 };

static const double weak[ROWS] = {0, 0, 0, 1, 1, 0, 1, 0, 1, 1};
static const double strong[ROWS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0};

/* Weak calls cost 1, strong ones 10. Given in reverse, so that sorting is tested. */
static void fill(struct protocol_item *items) {
  for (int i = 0; i < ROWS; i++)
    items[ROWS - 1 - i] = (struct protocol_item){.score = 100 - i,
                                                 .weak_quality = weak[i],
                                                 .strong_quality = strong[i],
                                                 .weak_cost = 1,
                                                 .strong_cost = 10,
                                                 .index = (uint32_t)i};
}

static void near(double value, double expected) {
  if (!(fabs(value - expected) < 1e-9))
    fail_msg("%.12g is not %.12g", value, expected);
}

static void hand_computed_vector(void **state) {
  struct protocol_item items[ROWS];
  struct curve_point points[ROWS + 1];
  double m[MEASURES_COUNT];
  (void)state;
  fill(items);
  protocol_sort(items, ROWS);
  assert_int_equal(protocol_curve(items, ROWS, NULL, points), ROWS + 1);
  near(points[0].quality, 0.5);
  near(points[ROWS].quality, 0.9);
  near(points[8].quality, 1.0);
  protocol_measure(points, ROWS + 1, m);
  near(m[MEASURE_APGR], 0.8);
  near(m[MEASURE_CPT50], 0.2);
  near(m[MEASURE_CPT80], 0.52);
  /* 95 % of 0.9 is 0.855: 55 % of the way from 0.8 at 5 rows to 0.9 at 6, so 5.55
   * strong calls; their cost is 1 + 9 * 0.555 a row against 10. */
  near(m[MEASURE_SAVING95], 1 - (1 + 9 * 0.555) / 10);
  near(m[MEASURE_SAVING98], 1 - (1 + 9 * 0.582) / 10);
  near(m[MEASURE_SAVING99], 1 - (1 + 9 * 0.591) / 10);
  /* The hull: (0, .5), (3, .8), (8, 1), flat to 10, in rows sent. */
  near(m[MEASURE_AIQ], (0.65 * 3 + 0.9 * 5 + 1.0 * 2) / 10);
}

/* All scores equal: a straight line, whatever the order of the rows. */
static void ties_are_an_expectation(void **state) {
  struct protocol_item items[ROWS];
  struct curve_point points[ROWS + 1];
  double m[MEASURES_COUNT];
  (void)state;
  fill(items);
  for (int i = 0; i < ROWS; i++)
    items[i].score = 7;
  protocol_sort(items, ROWS);
  assert_int_equal(protocol_curve(items, ROWS, NULL, points), 2);
  protocol_measure(points, 2, m);
  near(m[MEASURE_APGR], 0.5);
  near(m[MEASURE_CPT50], 0.5);
  near(m[MEASURE_CPT80], 0.8);
}

/* A reversed ranking mirrors the recovered gap: its area and this one's sum to 1. */
static void reversed_ranking_mirrors(void **state) {
  struct protocol_item items[ROWS];
  struct curve_point points[ROWS + 1];
  double m[MEASURES_COUNT];
  (void)state;
  fill(items);
  for (int i = 0; i < ROWS; i++)
    items[i].score = -items[i].score;
  protocol_sort(items, ROWS);
  size_t count = protocol_curve(items, ROWS, NULL, points);
  protocol_measure(points, count, m);
  near(m[MEASURE_APGR], 0.2);
}

/* Weights stand for repeated rows: a weight of 2 is the row twice. */
static void weights_repeat_rows(void **state) {
  static const uint32_t weights[ROWS] = {2, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  struct protocol_item items[ROWS], copied[ROWS];
  struct curve_point points[ROWS + 1], expected[ROWS + 1];
  double m[MEASURES_COUNT], wanted[MEASURES_COUNT];
  (void)state;
  fill(items);
  fill(copied);
  copied[ROWS - 2] = copied[ROWS - 1]; /* row 1 becomes row 0 again */
  protocol_sort(items, ROWS);
  protocol_sort(copied, ROWS);
  size_t count = protocol_curve(items, ROWS, weights, points);
  protocol_measure(points, count, m);
  count = protocol_curve(copied, ROWS, NULL, expected);
  protocol_measure(expected, count, wanted);
  for (int i = 0; i < MEASURES_COUNT; i++)
    near(m[i], wanted[i]);
}

static void unknown_is_not_zero(void **state) {
  struct protocol_item items[ROWS];
  struct curve_point points[ROWS + 1];
  double m[MEASURES_COUNT];
  (void)state;
  fill(items);
  items[4].strong_cost = NAN;
  protocol_sort(items, ROWS);
  size_t count = protocol_curve(items, ROWS, NULL, points);
  protocol_measure(points, count, m);
  near(m[MEASURE_APGR], 0.8);
  assert_true(isnan(m[MEASURE_SAVING95]) && isnan(m[MEASURE_AIQ]));
  for (int i = 0; i < ROWS; i++)
    items[i].weak_quality = items[i].strong_quality = 1;
  count = protocol_curve(items, ROWS, NULL, points);
  protocol_measure(points, count, m); /* no gap to recover */
  assert_true(isnan(m[MEASURE_APGR]) && isnan(m[MEASURE_CPT50]));
  assert_int_equal(protocol_curve(items, 0, NULL, points), 0);
}

static void hull_does_not_fall(void **state) {
  struct curve_point points[] = {{0, 0.9, 5}, {0, 0.2, 1}, {0, 0.1, 2}, {0, 0.8, 3}, {0, 0.3, 3}};
  struct curve_point hull[5];
  (void)state;
  near(hull_area(points, 5), ((0.2 + 0.8) / 2 * 2 + (0.8 + 0.9) / 2 * 2) / 4);
  assert_int_equal(hull_build(points, 5, hull), 3);
  near(hull[1].cost, 3);
  near(hull[1].quality, 0.8);
  struct curve_point falling[] = {{0, 0.9, 1}, {0, 0.5, 2}};
  near(hull_area(falling, 2), 0.9); /* the dearer and worse is never taken */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hand_computed_vector),     cmocka_unit_test(ties_are_an_expectation),
      cmocka_unit_test(reversed_ranking_mirrors), cmocka_unit_test(weights_repeat_rows),
      cmocka_unit_test(unknown_is_not_zero),      cmocka_unit_test(hull_does_not_fall),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
