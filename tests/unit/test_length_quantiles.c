/* test_length_quantiles.c - the scatter of answers' lengths by kind, by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/train/length_quantiles.h"

enum { ROWS = 60, ANSWERS = 11, KINDS = 3 };

/* Kind 0 answers alike, kind 1 apart: residuals 0, 0.01 .. 0.1 and 0, 1 .. 10 of each row.
 * Of kind 2 there is no row. Margins are 5 everywhere. */
struct by_hand {
  struct dataset dataset;
  struct example examples[ROWS];
  float lengths[ROWS][ANSWERS];
  float margins[ROWS];
  float posteriors[ROWS][KINDS];
  struct kinds kinds;
  const struct kinds *folds[ROWS];
};

static int setup(void **state) {
  struct by_hand *made = calloc(1, sizeof *made);
  assert_non_null(made);
  made->dataset.examples = made->examples;
  made->dataset.count = ROWS;
  made->kinds = (struct kinds){.count = KINDS, .posteriors = &made->posteriors[0][0]};
  for (size_t i = 0; i < ROWS; i++) {
    const uint32_t kind = i < ROWS / 2 ? 0 : 1;
    made->folds[i] = &made->kinds;
    made->margins[i] = 5;
    made->posteriors[i][kind] = 1;
    made->examples[i] = (struct example){
        .kind = kind, .log_tokens = 5, .lengths = made->lengths[i], .lengths_count = ANSWERS};
    for (size_t a = 0; a < ANSWERS; a++)
      made->lengths[i][a] = 5 + (float)a * (kind ? 1.0f : 0.01f);
  }
  *state = made;
  return 0;
}

static int teardown(void **state) {
  free(*state);
  return 0;
}

/* All 660 residuals, sorted: of each kind 30 times each value, 60 times 0. Number 593 of
 * 0 to 659, the 90th percentile, is among the last 90, so 8; number 329 is among the
 * first 330, all of kind 0 but for the zeros of kind 1: 0.09. Kind 0 has p90 0.09 of its
 * own (number 296 of 0 to 329), kind 1 has 9; each is the mean of its own and all's, 30
 * rows each. Kind 2 gets all's. */
static void drawn_to_all(void **state) {
  struct by_hand *made = *state;
  struct length_quantiles got;
  double coverage;
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, made->folds, &coverage));
  assert_float_equal(got.p90[2], 8, 1e-5);
  assert_float_equal(got.p50[2], 0.09, 1e-5);
  assert_float_equal(got.p90[0], (0.09 + 8) / 2, 1e-4);
  assert_float_equal(got.p90[1], (9 + 8.0) / 2, 1e-4);
  assert_float_equal(got.p50[0], (0.05 + 0.09) / 2, 1e-4);
  assert_float_equal(got.p50[1], (5 + 0.09) / 2, 1e-4);
}

/* p90 of the even rows, 15 of each kind: drawn by 30 to 8, so that of kind 1 is below 9
 * and covers 9 of 11 answers; kind 0's covers all. */
static void coverage_is_of_the_other_half(void **state) {
  struct by_hand *made = *state;
  struct length_quantiles got;
  double coverage;
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, made->folds, &coverage));
  assert_float_equal(coverage, (9.0 / 11 + 1) / 2, 1e-6);
  made->dataset.count = 1; /* no odd one */
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, made->folds, &coverage));
  assert_true(isnan(coverage));
}

static void all_one_kind(void **state) {
  struct by_hand *made = *state;
  struct length_quantiles got;
  double coverage;
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, NULL, &coverage));
  assert_float_equal(got.p50[0], 0.09, 1e-5);
  assert_float_equal(got.p90[0], 8, 1e-5);
  length_quantiles_fill(&got, KINDS, 1, 2);
  for (size_t k = 0; k < KINDS; k++)
    assert_true(got.p50[k] == 1 && got.p90[k] == 2);
}

/* Rows whose lengths nobody knows, and none at all. */
static void rows_without_lengths(void **state) {
  struct by_hand *made = *state;
  struct length_quantiles got;
  double coverage;
  for (size_t i = 0; i < ROWS / 2; i++)
    made->examples[i].log_tokens = NAN;
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, made->folds, &coverage));
  assert_float_equal(got.p90[0], 9, 1e-5); /* all's, which is kind 1's */
  made->dataset.count = 0;
  assert_true(length_quantiles_fit(&got, &made->dataset, made->margins, made->folds, &coverage));
  assert_true(isnan(coverage));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(drawn_to_all, setup, teardown),
      cmocka_unit_test_setup_teardown(coverage_is_of_the_other_half, setup, teardown),
      cmocka_unit_test_setup_teardown(all_one_kind, setup, teardown),
      cmocka_unit_test_setup_teardown(rows_without_lengths, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
