/* test_policy.c - the tier that is worth its cost: by hand, and against trying all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "classifier/svm/policy.h"

enum { TIERS = 4, ROUNDS = 2000 };

static void values_by_hand(void **state) {
  static const float good[] = {0.80f, 0.90f, 1.0f};
  static const double shares[] = {0.1, 0.4, 1};
  (void)state;
  assert_int_equal(policy_tier(good, shares, 3, 0), 2);   /* 0.80 0.90 1.00 */
  assert_int_equal(policy_tier(good, shares, 3, 0.1), 2); /* 0.79 0.86 0.90 */
  assert_int_equal(policy_tier(good, shares, 3, 0.2), 1); /* 0.78 0.82 0.80 */
  assert_int_equal(policy_tier(good, shares, 3, 0.5), 0); /* 0.75 0.70 0.50 */
  assert_int_equal(policy_tier(good, shares, 1, 0.5), 0); /* nothing to choose */
  /* At 0.2 the top has 0.80 without its cost; the first pays 0.02 and needs 0.84 to
   * reach the second's 0.82. */
  assert_float_equal(policy_needed(good, shares, 3, 0.2, 0), 0.84, 1e-6);
  assert_float_equal(policy_needed(good, shares, 3, 0.2, 1), 0.88, 1e-6);
  assert_float_equal(policy_needed(good, shares, 3, 0.2, 2), 0, 0);
}

static void the_cheaper_of_equals(void **state) {
  static const float good[] = {0.5f, 0.75f, 1.0f};
  static const double shares[] = {0, 0.5, 1};
  (void)state;
  assert_int_equal(policy_tier(good, shares, 3, 0.5), 0); /* 0.5 each */
}

/* What a tier needs is what decides: just above it the tier beats all dearer ones, just
 * below it one of them wins. A higher lambda never picks a dearer tier. */
static void needed_is_the_brink(void **state) {
  (void)state;
  srand(7);
  for (int round = 0; round < ROUNDS; round++) {
    float good[TIERS];
    double shares[TIERS];
    float g = 0;
    double s = 0;
    for (size_t t = 0; t < TIERS; t++) {
      g += (1 - g) * (float)(rand() % 100) / 150.0f;
      s += 0.01 + (double)(rand() % 100) / 400.0;
      good[t] = t + 1 == TIERS ? 1.0f : g;
      shares[t] = s;
    }
    double lambda = (double)(rand() % 100) / 100.0;
    size_t chosen = policy_tier(good, shares, TIERS, lambda);
    assert_true(policy_tier(good, shares, TIERS, lambda + 0.1) <= chosen);
    for (size_t t = 0; t + 1 < TIERS; t++) {
      double needed = policy_needed(good, shares, TIERS, lambda, t);
      size_t best = t + policy_tier(good + t, shares + t, TIERS - t, lambda);
      if ((double)good[t] > needed + 1e-6)
        assert_int_equal(best, t);
      else if ((double)good[t] < needed - 1e-6)
        assert_true(best > t);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_by_hand),
      cmocka_unit_test(the_cheaper_of_equals),
      cmocka_unit_test(needed_is_the_brink),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
