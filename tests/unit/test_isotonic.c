/* test_isotonic.c - calibration against pools worked out by hand.
 *
 * isotonic_fit() first merges rows into bins of equal weight, one for every twenty
 * rows, so the examples here come in runs of twenty rows with one margin each: a
 * run is a bin, and the pooling of the runs can be followed on paper.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/train/isotonic.h"

enum { RUN = 20, ROWS_MAX = 8192 };

struct rows {
  float margins[ROWS_MAX], outcomes[ROWS_MAX], weights[ROWS_MAX];
  size_t count;
};

/* Rows of one margin, of which so many have outcome 1. */
static void add_run(struct rows *rows, float margin, int good, int of, float weight) {
  for (int i = 0; i < of; i++) {
    rows->margins[rows->count] = margin;
    rows->outcomes[rows->count] = i < good ? 1.0f : 0.0f;
    rows->weights[rows->count++] = weight;
  }
}

static struct isotonic fit(const struct rows *rows) {
  struct isotonic isotonic;
  assert_true(isotonic_fit(&isotonic, rows->margins, rows->outcomes, rows->weights, rows->count));
  return isotonic;
}

static void assert_well_formed(const struct isotonic *isotonic) {
  assert_in_range(isotonic->count, 1, ISOTONIC_POINTS_MAX);
  for (size_t i = 0; i < isotonic->count; i++) {
    assert_true(isfinite(isotonic->margin[i]));
    assert_true(isotonic->probability[i] > 0 && isotonic->probability[i] < 1);
    assert_true(i == 0 || isotonic->margin[i] > isotonic->margin[i - 1]);
    assert_true(i == 0 || isotonic->probability[i] >= isotonic->probability[i - 1]);
  }
}

static void assert_points(const struct isotonic *isotonic, const float (*points)[2], size_t count) {
  assert_well_formed(isotonic);
  assert_int_equal(isotonic->count, count);
  for (size_t i = 0; i < count; i++) {
    assert_float_equal(isotonic->margin[i], points[i][0], 1e-5);
    assert_float_equal(isotonic->probability[i], points[i][1], 1e-5);
  }
}

/* Shares that rise already are left as they are. */
static void rising(void **state) {
  struct rows *rows = *state;
  add_run(rows, -1, 2, RUN, 1);
  add_run(rows, 0, 8, RUN, 1);
  add_run(rows, 2, 15, RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{-1, 0.1f}, {0, 0.4f}, {2, 0.75f}}, 3);
}

/* 0.2 | 0.6, 0.4 fall and become (0.6 + 0.4) / 2 at (1 + 2) / 2 | 0.9 */
static void one_violation(void **state) {
  struct rows *rows = *state;
  add_run(rows, 0, 4, RUN, 1);
  add_run(rows, 1, 12, RUN, 1);
  add_run(rows, 2, 8, RUN, 1);
  add_run(rows, 3, 18, RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{0, 0.2f}, {1.5f, 0.5f}, {3, 0.9f}}, 3);
}

/* A pool can fall below the one before it: 0.4 | 0.8, 0.5, 0.05 becomes 0.45, and
 * since the next is 0.1, all of them pool to (8 + 16 + 10 + 1 + 2) / 100. */
static void pools_pool(void **state) {
  struct rows *rows = *state;
  add_run(rows, 0, 8, RUN, 1);
  add_run(rows, 1, 16, RUN, 1);
  add_run(rows, 2, 10, RUN, 1);
  add_run(rows, 3, 1, RUN, 1);
  add_run(rows, 4, 2, RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{2, 0.37f}}, 1);
}

/* Twenty rows of weight 3 and sixty of weight 1 weigh the same: 0.7 * 60 + 0.1 * 60
 * over 120 at margin (0 * 60 + 1 * 60) / 120. */
static void weights_count(void **state) {
  struct rows *rows = *state;
  add_run(rows, 0, 14, RUN, 3);
  add_run(rows, 1, 6, 3 * RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{0.5f, 0.4f}}, 1);
}

static void order_does_not_matter(void **state) {
  struct rows *rows = *state;
  for (int i = 0; i < RUN; i++) { /* the runs of one_violation, interleaved */
    add_run(rows, 3, i < 18, 1, 1);
    add_run(rows, 1, i < 12, 1, 1);
    add_run(rows, 2, i < 8, 1, 1);
    add_run(rows, 0, i < 4, 1, 1);
  }
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{0, 0.2f}, {1.5f, 0.5f}, {3, 0.9f}}, 3);
}

/* n rows without a failure do not prove that there is none. */
static void never_certain(void **state) {
  struct rows *rows = *state;
  add_run(rows, 0, 0, RUN, 1);
  add_run(rows, 1, RUN, RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{0, 0.5f / 40}, {1, 1 - 0.5f / 40}}, 2);
}

static void few_rows(void **state) {
  struct rows *rows = *state;
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{0, 0.5f}}, 1);
  add_run(rows, 3, 1, 1, 1);
  isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{3, 0.5f}}, 1);
  /* Two bins: -1 and 0 make 0, 3 and 3 make 1, less the doubt of 0.5 / 4. */
  rows->count = 0;
  add_run(rows, 3, 2, 2, 1);
  add_run(rows, 0, 0, 1, 1);
  add_run(rows, -1, 0, 1, 1);
  isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{-0.5f, 0.125f}, {3, 0.875f}}, 2);
}

static void all_margins_equal(void **state) {
  struct rows *rows = *state;
  add_run(rows, 7, 30, 5 * RUN, 1);
  struct isotonic isotonic = fit(rows);
  assert_points(&isotonic, (const float[][2]){{7, 0.3f}}, 1);
}

/* Noise, weights and margins of any size: the result stays a rising polygon. */
static void any_rows(void **state) {
  struct rows *rows = *state;
  uint32_t seed = 3;
  for (size_t count = 1; count <= ROWS_MAX; count = count * 3 / 2 + 1) {
    rows->count = count;
    for (size_t i = 0; i < count; i++) {
      seed = seed * 1664525u + 1013904223u;
      rows->margins[i] = ldexpf((float)(seed >> 20) - 2048, (int)(count % 40) - 20);
      rows->outcomes[i] = (float)(seed >> 8 & 255) / 255.0f;
      rows->weights[i] = 0.01f + (float)(seed & 255);
    }
    struct isotonic isotonic = fit(rows);
    assert_well_formed(&isotonic);
  }
}

/* ---- calibration error */

static double error_of(const struct rows *rows) {
  return calibration_error(rows->margins, rows->outcomes, rows->weights, rows->count);
}

static void perfect_predictions(void **state) {
  struct rows *rows = *state;
  add_run(rows, 0.25f, 25, 100, 1);
  add_run(rows, 0.5f, 50, 100, 1);
  add_run(rows, 0.75f, 75, 100, 1);
  assert_true(error_of(rows) < 1e-6);
}

static void bad_predictions(void **state) {
  struct rows *rows = *state;
  add_run(rows, 1, 0, 100, 1); /* certain, and wrong */
  assert_true(fabs(error_of(rows) - 1) < 1e-6);
  add_run(rows, 0, 100, 100, 1);
  assert_true(fabs(error_of(rows) - 1) < 1e-6);
  /* A hundred rows off by 0.25 and three hundred rows that are right. */
  rows->count = 0;
  add_run(rows, 0.75f, 50, 100, 1);
  add_run(rows, 0.5f, 150, 300, 1);
  assert_true(fabs(error_of(rows) - 0.0625) < 1e-6);
  /* The same with weights instead of rows. */
  rows->count = 0;
  add_run(rows, 0.75f, 50, 100, 1);
  add_run(rows, 0.5f, 50, 100, 3);
  assert_true(fabs(error_of(rows) - 0.0625) < 1e-6);
}

static void no_predictions(void **state) {
  assert_true(isnan(error_of(*state)));
}

static int setup(void **state) {
  *state = calloc(1, sizeof(struct rows));
  return *state ? 0 : -1;
}

static int teardown(void **state) {
  free(*state);
  return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(rising),
      TEST(one_violation),
      TEST(pools_pool),
      TEST(weights_count),
      TEST(order_does_not_matter),
      TEST(never_certain),
      TEST(few_rows),
      TEST(all_margins_equal),
      TEST(any_rows),
      TEST(perfect_predictions),
      TEST(bad_predictions),
      TEST(no_predictions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
