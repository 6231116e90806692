/* test_cost.c - what a call costs, in nano-dollars done by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/router/cost.h"

/* 3 USD in and 15 USD out a million tokens: 3,000 and 15,000 nano a token. */
static struct catalog_model model(void) {
  return (struct catalog_model){
      .name = "m",
      .price = {.input = 3 * NANO_PER_USD,
                .output = 15 * NANO_PER_USD,
                .cache_read = NANO_PER_USD * 3 / 10,
                .cache_write = MONEY_UNKNOWN,
                .batch_input = NANO_PER_USD * 3 / 2,
                .batch_output = NANO_PER_USD * 15 / 2},
  };
}

/* 1,000 tokens in and exactly 200 out, so that there is no spread. */
static struct usage_estimate usage(void) {
  return (struct usage_estimate){.input = 1000, .output_p50 = 200, .output_p90 = 200};
}

static void assert_cost(struct cost cost, int64_t low, int64_t expected, int64_t high) {
  assert_int_equal(cost.low, low);
  assert_int_equal(cost.expected, expected);
  assert_int_equal(cost.high, high);
}

static void plain(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  struct cost cost = cost_estimate(&m, &u);
  /* 1000 * 3000 + 200 * 15000, and the input a tenth less and more. */
  assert_cost(cost, 5700000, 6000000, 6300000);
  assert_int_equal(cost.cached, 0);
  assert_false(cost.batch);
}

static void cached_prefix(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.cached = 400;
  /* 600 * 3000 + 400 * 300 + 200 * 15000. */
  assert_cost(cost_estimate(&m, &u), 4620000, 4920000, 5220000);
  u.cached = 5000; /* no more than there is: 1000 * 300 + 3000000 */
  struct cost cost = cost_estimate(&m, &u);
  assert_int_equal(cost.cached, 1000);
  assert_cost(cost, 3300000, 3300000, 3600000); /* fresh input is 0, 0 and 100 tokens */
}

static void no_discount(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.cached = 400;
  m.cache_tokens_min = 1001; /* the prompt is too short to be cached */
  assert_cost(cost_estimate(&m, &u), 5700000, 6000000, 6300000);
  m.cache_tokens_min = 1000;
  assert_int_equal(cost_estimate(&m, &u).expected, 4920000);
  m.price.cache_read = MONEY_UNKNOWN;
  assert_int_equal(cost_estimate(&m, &u).expected, 6000000);
  assert_int_equal(cost_estimate(&m, &u).cached, 0);
}

static void batch(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.batch = true;
  u.cached = 400; /* no provider is known to stack the two */
  struct cost cost = cost_estimate(&m, &u);
  assert_true(cost.batch);
  assert_int_equal(cost.cached, 0);
  assert_cost(cost, 2850000, 3000000, 3150000);
  m.price.batch_output = MONEY_UNKNOWN;
  cost = cost_estimate(&m, &u);
  assert_false(cost.batch);
  assert_int_equal(cost.expected, 4920000);
}

static void spread_of_the_output(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = 1000, .output_p50 = 100, .output_p90 = 400};
  /* sigma = ln 4 / 1.28155 = 1.08173, mean = 100 * exp(0.58507) = 179.5 -> 180;
   * p10 = 100 * 100 / 400 = 25. */
  assert_cost(cost_estimate(&m, &u), 2700000 + 25 * 15000, 3000000 + 180 * 15000,
              3300000 + 400 * 15000);
  /* The mean of a heavy tail would be 6,000 tokens; p90 is the most that is promised. */
  u = (struct usage_estimate){.input = 0, .output_p50 = 10, .output_p90 = 1000};
  assert_cost(cost_estimate(&m, &u), 0, 15000000, 15000000);
}

static void limits_of_the_output(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = 0, .output_p50 = 100, .output_p90 = 400, .output_limit = 50};
  struct cost cost = cost_estimate(&m, &u);
  assert_cost(cost, 25 * 15000, 50 * 15000, 50 * 15000);
  assert_true(cost.output_p50 == 50 && cost.output_p90 == 50);
  m.output_max = 30;
  assert_int_equal(cost_estimate(&m, &u).expected, 30 * 15000);
  u.output_limit = 0;
  assert_int_equal(cost_estimate(&m, &u).expected, 30 * 15000);
}

static void unknown_stays_unknown(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  m.price.output = MONEY_UNKNOWN;
  assert_cost(cost_estimate(&m, &u), MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN);
  m = model();
  m.price.input = MONEY_UNKNOWN;
  assert_cost(cost_estimate(&m, &u), MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN);
}

static void free_is_zero(void **state) {
  (void)state;
  struct catalog_model m = {.price = {.cache_read = MONEY_UNKNOWN,
                                      .batch_input = MONEY_UNKNOWN,
                                      .batch_output = MONEY_UNKNOWN}};
  struct usage_estimate u = usage();
  assert_cost(cost_estimate(&m, &u), 0, 0, 0);
}

static void long_context(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  m.long_context_above = 1000;
  m.long_price = m.price;
  m.long_price.input = 6 * NANO_PER_USD;
  assert_int_equal(cost_estimate(&m, &u).expected, 6000000);
  u.input = 1001; /* then all of it is dearer: 1001 * 6000 + 3000000 */
  assert_int_equal(cost_estimate(&m, &u).expected, 9006000);
}

static void huge_amounts_saturate(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = UINT64_C(1) << 60, .output_p50 = 1e15, .output_p90 = 1e18};
  struct cost cost = cost_estimate(&m, &u);
  assert_true(cost.expected > 0 && cost.expected <= MONEY_MAX);
  assert_true(cost.high >= cost.expected && cost.high <= MONEY_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain),
      cmocka_unit_test(cached_prefix),
      cmocka_unit_test(no_discount),
      cmocka_unit_test(batch),
      cmocka_unit_test(spread_of_the_output),
      cmocka_unit_test(limits_of_the_output),
      cmocka_unit_test(unknown_stays_unknown),
      cmocka_unit_test(free_is_zero),
      cmocka_unit_test(long_context),
      cmocka_unit_test(huge_amounts_saturate),
  };
  return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
