/* test_risk.c - bounds on failures: by hand, and whether they hold on fresh rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "classifier/train/risk.h"

enum { ROWS = 4000 };

static float probability[ROWS], good[ROWS], weight[ROWS];

/* From the surest down: failures 0 of 1, 0 of 2, 1 of 3 and 2 of 4, so the risks are
 * 1/2, 1/3, 2/4 and 3/5. From below: 0.6 at 0.6, 0.5 at 0.7, 1/3 at 0.8; 1/2 at 0.9 is
 * no better than what a lower probability promised. */
static void bounds_by_hand(void **state) {
  static float p[] = {0.8f, 0.6f, 0.9f, 0.7f}, g[] = {1, 0, 1, 0}, w[] = {1, 1, 1, 1};
  struct risk_rows rows = {4, p, g, w};
  struct model_risks risks;
  (void)state;
  assert_true(risk_fit(&risks, &rows));
  assert_int_equal(risks.count, 3);
  assert_float_equal(risks.probability[0], 0.6f, 0);
  assert_float_equal(risks.risk[0], 0.6f, 1e-6);
  assert_float_equal(risks.probability[1], 0.7f, 0);
  assert_float_equal(risks.risk[1], 0.5f, 1e-6);
  assert_float_equal(risks.probability[2], 0.8f, 0);
  assert_float_equal(risks.risk[2], 1.0f / 3, 1e-6);
  assert_float_equal(risk_threshold(&risks, 0.5), 0.7f, 0);
  assert_float_equal(risk_threshold(&risks, 0.1), 2.0f, 0); /* nothing is that sure */
  assert_float_equal(risk_threshold(&risks, 0.25), 2.0f, 0);
  assert_float_equal(risk_threshold(&risks, 0.4), 0.8f, 0);
  assert_float_equal(risk_realised(&risks, &rows, 0.5), 1.0 / 3, 1e-9);
  assert_true(isnan(risk_realised(&risks, &rows, 0.1)));
}

static void equal_probabilities_go_together(void **state) {
  static float p[] = {0.5f, 0.5f, 0.5f}, g[] = {1, 1, 0}, w[] = {1, 1, 1};
  struct risk_rows rows = {3, p, g, w};
  struct model_risks risks;
  (void)state;
  assert_true(risk_fit(&risks, &rows));
  assert_int_equal(risks.count, 1);
  assert_float_equal(risks.risk[0], 0.5f, 1e-6); /* (1 + 1) / (3 + 1) */
  rows.count = 0;
  assert_true(risk_fit(&risks, &rows));
  assert_int_equal(risks.count, 0);
}

/* A row of weight 2 among equals counts for more, and n is Kish's: 4 * 4 / 6. */
static void weights_count(void **state) {
  static float p[] = {0.5f, 0.5f, 0.5f}, g[] = {1, 1, 0}, w[] = {1, 1, 2};
  struct risk_rows rows = {3, p, g, w};
  struct model_risks risks;
  double n = 16.0 / 6;
  (void)state;
  assert_true(risk_fit(&risks, &rows));
  assert_float_equal(risks.risk[0], (float)((n * 0.5 + 1) / (n + 1)), 1e-6);
}

static double uniform(void) {
  return (double)rand() / (double)RAND_MAX;
}

static void draw(void) {
  for (size_t i = 0; i < ROWS; i++) {
    probability[i] = (float)uniform();
    good[i] = uniform() < 2 * (double)probability[i] - 1;
    weight[i] = 1;
  }
}

/* Bounds from one draw hold on the next, on average over many. Probabilities overstate:
 * of those above p the mean failure is 1 - p, so that the table and not 1 - p decides
 * when the bound is 0.1. */
static void bounds_hold_on_fresh_rows(void **state) {
  struct risk_rows rows = {ROWS, probability, good, weight};
  double failed = 0;
  enum { DRAWS = 60 };
  (void)state;
  srand(11);
  for (int i = 0; i < DRAWS; i++) {
    struct model_risks risks;
    draw();
    assert_true(risk_fit(&risks, &rows));
    for (size_t k = 1; k < risks.count; k++)
      assert_true(risks.probability[k] > risks.probability[k - 1] &&
                  risks.risk[k] < risks.risk[k - 1]);
    assert_true(fabs((double)risk_threshold(&risks, 0.1) - 0.9) < 0.09);
    draw();
    failed += risk_realised(&risks, &rows, 0.1) / DRAWS;
  }
  assert_true(failed > 0.08 && failed < 0.102);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_by_hand),
      cmocka_unit_test(equal_probabilities_go_together),
      cmocka_unit_test(weights_count),
      cmocka_unit_test(bounds_hold_on_fresh_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
