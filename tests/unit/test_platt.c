/* test_platt.c - the two-parameter calibration against curves that are known.
 *
 * Soft outcomes that lie on a logistic curve have to give that curve back, but for the
 * one made-up row of either class; the polygon has to agree with its curve.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "classifier/train/platt.h"

enum { COUNT = 2000 };

struct rows {
  float margins[COUNT], outcomes[COUNT], weights[COUNT];
};

static double curve(double slope, double offset, double margin) {
  return 1 / (1 + exp(-(slope * margin + offset)));
}

/* Margins from -2 to 1, evenly. */
static struct rows *make_rows(double slope, double offset) {
  struct rows *rows = malloc(sizeof *rows);
  assert_non_null(rows);
  for (size_t i = 0; i < COUNT; i++) {
    rows->margins[i] = -2.0f + 3.0f * (float)i / COUNT;
    rows->outcomes[i] = (float)curve(slope, offset, (double)rows->margins[i]);
    rows->weights[i] = 0.1f;
  }
  return rows;
}

static void known_curve_comes_back(void **state) {
  static const double known[][2] = {{3, 1}, {0.5, -2}, {5, 2}};
  (void)state;
  for (size_t k = 0; k < 3; k++) {
    struct rows *rows = make_rows(known[k][0], known[k][1]);
    struct platt platt;
    platt_fit(&platt, rows->margins, rows->outcomes, rows->weights, COUNT);
    assert_true(fabs(platt.slope - known[k][0]) < 0.05 * known[k][0]);
    assert_true(fabs(platt.offset - known[k][1]) < 0.05 * fabs(known[k][1]));
    free(rows);
  }
}

/* Doubling a row's weight is the same as having it twice. */
static void weights_count_as_rows(void **state) {
  const float margins[] = {0, 1, 2, 3, 3}, outcomes[] = {0, 1, 0, 1, 1};
  const float ones[] = {1, 1, 1, 1, 1}, doubled[] = {0.5f, 0.5f, 0.5f, 1, 0};
  struct platt twice, once;
  (void)state;
  platt_fit(&twice, margins, outcomes, ones, 5);
  platt_fit(&once, margins, outcomes, doubled, 4);
  /* Only the made-up rows weigh a little more among four rows than among five. */
  assert_float_equal(once.slope, twice.slope, 0.1);
  assert_true(once.slope > 0.2);
}

/* Rows that part cleanly, are all alike, run the wrong way, or are none at all. */
static void extremes_stay_finite(void **state) {
  const float margins[] = {-2, -1, 1, 2}, parted[] = {0, 0, 1, 1}, reversed[] = {1, 1, 0, 0};
  const float good[] = {1, 1, 1, 1}, ones[] = {1, 1, 1, 1}, same[] = {1, 1, 1, 1};
  struct platt platt;
  (void)state;
  platt_fit(&platt, margins, parted, ones, 4);
  assert_true(platt.slope > 0 && isfinite(platt.slope) && isfinite(platt.offset));
  assert_true(platt_probability(&platt, 2) > 0.6 && platt_probability(&platt, -2) < 0.4);
  platt_fit(&platt, margins, reversed, ones, 4);
  assert_true(platt.slope == 0);
  assert_float_equal(platt_probability(&platt, 5), 0.5, 1e-6);
  platt_fit(&platt, margins, good, ones, 4);
  assert_true(platt_probability(&platt, 0) > 0.7 && platt_probability(&platt, 0) < 1);
  platt_fit(&platt, same, parted, ones, 4);
  assert_true(platt.slope == 0);
  assert_float_equal(platt_probability(&platt, 1), 0.5, 1e-6);
  platt_fit(&platt, NULL, NULL, NULL, 0);
  assert_float_equal(platt_probability(&platt, 3), 0.5, 1e-9);
}

static void table_follows_the_curve(void **state) {
  const struct platt platt = {.slope = 4, .offset = 1}, flat = {.offset = 2};
  struct isotonic table;
  (void)state;
  platt_table(&platt, &table);
  assert_in_range(table.count, 20, ISOTONIC_POINTS_MAX);
  for (size_t i = 0; i < table.count; i++) {
    assert_float_equal(table.probability[i], curve(4, 1, (double)table.margin[i]), 1e-4);
    assert_true(i == 0 || (table.margin[i] > table.margin[i - 1] &&
                           table.probability[i] > table.probability[i - 1]));
  }
  assert_true(table.probability[0] < 0.003 && table.probability[table.count - 1] > 0.997);
  platt_table(&flat, &table);
  assert_int_equal(table.count, 1);
  assert_float_equal(table.probability[0], curve(0, 2, 0), 1e-6);
}

/* A margin that tells good from bad loses less than one that does not. */
static void loss_prefers_what_tells(void **state) {
  struct rows *rows = make_rows(6, 3);
  float *noise = malloc(COUNT * sizeof *noise);
  assert_non_null(noise);
  (void)state;
  for (size_t i = 0; i < COUNT; i++)
    noise[i] = rows->margins[(i * 709) % COUNT];
  double told = platt_loss(rows->margins, rows->outcomes, rows->weights, COUNT);
  double guessed = platt_loss(noise, rows->outcomes, rows->weights, COUNT);
  assert_true(told > 0 && told < guessed - 0.2);
  free(noise);
  free(rows);
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(known_curve_comes_back),  TEST(weights_count_as_rows),   TEST(extremes_stay_finite),
      TEST(table_follows_the_curve), TEST(loss_prefers_what_tells),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
