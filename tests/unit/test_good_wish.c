/* test_good_wish.c - lambdas that can be worked out, on streams that change. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/ops/good_wish.h"

static int setup(void **state) {
  *state = good_wish_create();
  srand(1);
  return *state ? 0 : -1;
}

static int teardown(void **state) {
  good_wish_destroy(*state);
  return 0;
}

/* The cheap tier is free and good enough with a probability drawn from low to 1; the dear one
 * is always good enough. Of each so many, every fixed_of-th is not free to choose and gets 1. */
static void stream(struct good_wish *wish, size_t decisions, double low, size_t fixed_of) {
  for (size_t i = 0; i < decisions; i++) {
    struct good_choice choice = {.shares = {0, 1}, .count = 2, .chosen = 1};
    choice.good[0] = (float)(low + (1 - low) * rand() / RAND_MAX);
    choice.good[1] = 1;
    if (fixed_of > 0 && (i / GOOD_WISH_EVERY) % fixed_of == 0)
      choice.count = 0;
    good_wish_note(wish, &choice);
  }
}

static void assert_lambda(const struct good_wish *wish, double least, double expected) {
  double lambda = -1;
  assert_true(good_wish_lambda(wish, least, &lambda));
  /* The next lower point of the grid, or the one at it, as the sample has it. */
  if (!(lambda <= expected * 1.05 + 1e-9 && lambda >= expected / 1.35))
    fail_msg("%g: %g instead of %g", least, lambda, expected);
}

static void the_grid(void **state) {
  (void)state;
  assert_true(good_wish_grid(0) <= 0);
  assert_true(fabs(good_wish_grid(1) - GOOD_WISH_LAMBDA_LEAST) < 1e-9);
  assert_true(fabs(good_wish_grid(GOOD_WISH_GRID - 1) - GOOD_WISH_LAMBDA_GREATEST) < 1e-9);
}

static void nothing_is_known_at_first(void **state) {
  double lambda;
  stream(*state, GOOD_WISH_EVERY * (GOOD_WISH_FIRST - 1), 0, 0);
  assert_false(good_wish_lambda(*state, 0.9, &lambda));
  stream(*state, GOOD_WISH_EVERY, 0, 0);
  assert_true(good_wish_lambda(*state, 0.9, &lambda));
}

/* From 0 to 1: cheap is taken from 1 - lambda on, so that the mean is 1 - lambda^2 / 2. Half
 * is kept whatever lambda, so that a wish below it asks for none. */
static void lambdas_worked_out(void **state) {
  struct good_wish *wish = *state;
  stream(wish, 40000, 0, 0);
  assert_lambda(wish, 0.9, sqrt(0.2));
  assert_lambda(wish, 0.98, 0.2);
  assert_lambda(wish, 1, 0);
  assert_lambda(wish, 0.3, GOOD_WISH_LAMBDA_GREATEST);
}

/* From 0.5 to 1 the densities are twice those: 1 - lambda^2. */
static void a_change_is_followed(void **state) {
  struct good_wish *wish = *state;
  stream(wish, 40000, 0, 0);
  stream(wish, 8 * GOOD_WISH_EVERY * GOOD_WISH_EPOCH, 0.5, 0);
  assert_lambda(wish, 0.9, sqrt(0.1));
  stream(wish, 8 * GOOD_WISH_EVERY * GOOD_WISH_EPOCH, 0, 0);
  assert_lambda(wish, 0.9, sqrt(0.2));
}

/* Every second one is served by the dear tier anyway: 1 - lambda^2 / 4. */
static void fixed_ones_leave_room(void **state) {
  struct good_wish *wish = *state;
  stream(wish, 40000, 0, 2);
  assert_lambda(wish, 0.9, sqrt(0.4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_grid),
      cmocka_unit_test_setup_teardown(nothing_is_known_at_first, setup, teardown),
      cmocka_unit_test_setup_teardown(lambdas_worked_out, setup, teardown),
      cmocka_unit_test_setup_teardown(a_change_is_followed, setup, teardown),
      cmocka_unit_test_setup_teardown(fixed_ones_leave_room, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
