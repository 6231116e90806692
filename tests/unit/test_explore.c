/* test_explore.c - close choices by hand, and that what is drawn adds up to what is logged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/router/explore.h"

/* At lambda 0.2 the values are 0.78, 0.82 and 0.80. */
static void neighbours_by_hand(void **state) {
  static const float good[] = {0.80f, 0.90f, 1.0f};
  static const double shares[] = {0.1, 0.4, 1};
  double gap = -1;
  (void)state;
  assert_int_equal(explore_neighbour(good, shares, 3, 0.2, 1, &gap), 2);
  assert_float_equal(gap, 0.02, 1e-6);
  assert_int_equal(explore_neighbour(good, shares, 2, 0.2, 1, &gap), 0);
  assert_float_equal(gap, 0.04, 1e-6);
  assert_int_equal(explore_neighbour(good, shares, 3, 0.2, 0, &gap), 1);
  assert_float_equal(gap, -0.04, 1e-6);
  assert_int_equal(explore_neighbour(good, shares, 1, 0.2, 0, &gap), -1);
}

static void nothing_is_drawn_without_a_share(void **state) {
  struct explore explore;
  (void)state;
  explore_init(&explore, 7);
  for (uint64_t number = 0; number < 100; number++) {
    const struct explore_draw draw = explore_draw(&explore, 0, number);
    assert_false(draw.at < draw.chance);
  }
}

/* The same seed repeats, another one does not. */
static void the_seed_decides(void **state) {
  struct explore a, b, other;
  size_t differ = 0;
  (void)state;
  explore_init(&a, 7);
  explore_init(&b, 7);
  explore_init(&other, 8);
  for (uint64_t number = 0; number < 100; number++) {
    assert_true(explore_draw(&a, 0.1, number).at == explore_draw(&b, 0.1, number).at);
    differ += explore_draw(&a, 0.1, number).at != explore_draw(&other, 0.1, number).at;
  }
  assert_int_equal(differ, 100);
}

/* One decision in four is close. About share of all explore in the end, and the inverse
 * propensities of those that did sum to the number of close ones: they are exact. */
static void share_and_propensity(void **state) {
  enum { DECISIONS = 400000, SETTLED = 20000 };
  struct explore explore;
  double explored = 0, close = 0, inverse = 0;
  (void)state;
  explore_init(&explore, 12345);
  srand(3);
  for (uint64_t number = 0; number < DECISIONS; number++) {
    const struct explore_draw draw = explore_draw(&explore, 0.05, number);
    const bool is_close = rand() % 4 == 0;
    assert_true(draw.chance > 0 && draw.chance <= EXPLORE_CHANCE_MAX);
    assert_true(draw.at >= 0 && draw.at < 1);
    explore_learn(&explore, is_close);
    if (!is_close)
      continue;
    close += 1;
    if (draw.at < draw.chance) {
      explored += number >= SETTLED;
      inverse += 1 / draw.chance;
    }
  }
  const double share = explored / (DECISIONS - SETTLED);
  assert_true(share > 0.048 && share < 0.052);
  assert_true(inverse / close > 0.98 && inverse / close < 1.02);
}

/* Where hardly anything is close, what is close still mostly goes the policy's way. */
static void the_chance_is_bounded(void **state) {
  struct explore explore;
  (void)state;
  explore_init(&explore, 1);
  for (size_t i = 0; i < 100000; i++)
    explore_learn(&explore, false);
  assert_true(explore_draw(&explore, 0.1, 0).chance == EXPLORE_CHANCE_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neighbours_by_hand),    cmocka_unit_test(nothing_is_drawn_without_a_share),
      cmocka_unit_test(the_seed_decides),      cmocka_unit_test(share_and_propensity),
      cmocka_unit_test(the_chance_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
