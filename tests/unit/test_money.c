/* test_money.c - money never overflows, never rounds the wrong way, and what is
 * unknown stays unknown. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/money.h"

static void for_tokens_is_exact(void **state) {
  (void)state;
  const int64_t three_usd = 3 * NANO_PER_USD;
  assert_true(money_for_tokens(0, three_usd) == 0);
  assert_true(money_for_tokens(1000, 0) == 0);
  assert_true(money_for_tokens(1, three_usd) == 3000);
  assert_true(money_for_tokens(1000000, three_usd) == three_usd);
  assert_true(money_for_tokens(1234567, three_usd) == INT64_C(3703701000));
  /* The smallest published price: 0.003 USD a million. */
  assert_true(money_for_tokens(1, 3000000) == 3);
  assert_true(money_for_tokens(123456789, 3000000) == INT64_C(370370367));
}

static void for_tokens_rounds_half_up(void **state) {
  (void)state;
  assert_true(money_for_tokens(1, 499999) == 0);
  assert_true(money_for_tokens(1, 500000) == 1);
  assert_true(money_for_tokens(1, 1499999) == 1);
  assert_true(money_for_tokens(1, 1500000) == 2);
  assert_true(money_for_tokens(3, 500000) == 2); /* 1.5 */
  /* The fractions of both factors together make the whole. */
  assert_true(money_for_tokens(999999, 999999) == 999998);
}

static void for_tokens_saturates(void **state) {
  (void)state;
  assert_true(money_for_tokens(UINT64_MAX, 1000000) == MONEY_MAX);
  assert_true(money_for_tokens(UINT64_MAX, MONEY_MAX) == MONEY_MAX);
  assert_true(money_for_tokens(UINT64_MAX, INT64_MAX) == MONEY_MAX);
  assert_true(money_for_tokens(999999, INT64_MAX) == MONEY_MAX);
  assert_true(money_for_tokens(1000000, MONEY_MAX) == MONEY_MAX);
  assert_true(money_for_tokens(1000000, MONEY_MAX - 1) == MONEY_MAX - 1);
  assert_true(money_for_tokens(UINT64_MAX, 0) == 0);
  assert_true(money_for_tokens(UINT64_MAX, 1) == INT64_C(18446744073710));
  assert_true(money_for_tokens(7, MONEY_UNKNOWN) == MONEY_UNKNOWN);
  assert_true(money_for_tokens(0, MONEY_UNKNOWN) == MONEY_UNKNOWN);
}

/* Against the same sum in wider arithmetic. */
static void for_tokens_agrees_with_128_bits(void **state) {
  (void)state;
  __extension__ typedef unsigned __int128 wide;
  uint64_t random = 88172645463325252U;
  for (int i = 0; i < 100000; i++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    const uint64_t tokens = random >> (i % 60);
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    const uint64_t price = (random >> 1) >> (i % 53);
    const wide exact = ((wide)tokens * price + 500000) / 1000000;
    const int64_t expected = exact > (wide)MONEY_MAX ? MONEY_MAX : (int64_t)exact;
    assert_true(money_for_tokens(tokens, (int64_t)price) == expected);
  }
}

static void times_ppm_is_exact(void **state) {
  (void)state;
  assert_true(money_times_ppm(660000000, 2000000) == 1320000000);
  assert_true(money_times_ppm(3000000, 500000) == 1500000);
  assert_true(money_times_ppm(3, 500000) == 2); /* half up */
  assert_true(money_times_ppm(2, 250000) == 1);
  assert_true(money_times_ppm(0, 100000000) == 0);
  assert_true(money_times_ppm(MONEY_MAX, 1000001) == MONEY_MAX);
  assert_true(money_times_ppm(MONEY_UNKNOWN, 500000) == MONEY_UNKNOWN);
}

static void add_saturates_and_keeps_unknown(void **state) {
  (void)state;
  assert_true(money_add(2, 3) == 5);
  assert_true(money_add(5, -8) == -3);
  assert_true(money_add(MONEY_MAX, 1) == MONEY_MAX);
  assert_true(money_add(-MONEY_MAX, -1) == -MONEY_MAX);
  assert_true(money_add(INT64_MAX, INT64_MAX) == MONEY_MAX);
  assert_true(money_add(INT64_MIN + 1, INT64_MIN + 1) == -MONEY_MAX);
  assert_true(money_add(MONEY_UNKNOWN, 1) == MONEY_UNKNOWN);
  assert_true(money_add(1, MONEY_UNKNOWN) == MONEY_UNKNOWN);
  assert_true(money_add(MONEY_UNKNOWN, MONEY_UNKNOWN) == MONEY_UNKNOWN);
}

static void from_usd_rounds_and_refuses(void **state) {
  (void)state;
  assert_true(money_from_usd(0) == 0);
  assert_true(money_from_usd(-0.0) == 0);
  assert_true(money_from_usd(0.1) == 100000000);
  assert_true(money_from_usd(0.003) == 3000000);
  assert_true(money_from_usd(2.09) == 2090000000);
  assert_true(money_from_usd(0.0000000004) == 0);
  assert_true(money_from_usd(0.0000000006) == 1);
  assert_true(money_from_usd(1e9) == NANO_PER_USD * NANO_PER_USD);
  assert_true(money_from_usd(-1e-9) == MONEY_UNKNOWN);
  assert_true(money_from_usd(-1e-300) == MONEY_UNKNOWN);
  assert_true(money_from_usd((double)NAN) == MONEY_UNKNOWN);
  assert_true(money_from_usd((double)INFINITY) == MONEY_UNKNOWN);
  assert_true(money_from_usd(1e300) == MONEY_UNKNOWN);
  assert_true(money_from_usd(ldexp(1, 61) / 1e9) == MONEY_UNKNOWN); /* MONEY_MAX + 1 */
  assert_true(money_from_usd(2305843009.0) == INT64_C(2305843009000000000));
}

static void print_is_plain_decimal(void **state) {
  (void)state;
  static const struct {
    int64_t nano;
    const char *text;
  } cases[] = {
      {0, "0"},
      {1, "0.000000001"},
      {4100000, "0.0041"},
      {NANO_PER_USD, "1"},
      {10 * NANO_PER_USD, "10"},
      {1500000000, "1.5"},
      {-500000000, "-0.5"},
      {-3 * NANO_PER_USD, "-3"},
      {MONEY_MAX, "2305843009.213693951"},
      {INT64_MAX, "9223372036.854775807"},
      {INT64_MIN + 1, "-9223372036.854775807"},
      {MONEY_UNKNOWN, "null"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[MONEY_TEXT_MAX];
    const size_t len = money_print(cases[i].nano, text);
    assert_string_equal(text, cases[i].text);
    assert_int_equal(len, strlen(cases[i].text));
  }
}

/* Against printf, over amounts of every length and with every number of zeros. */
static void print_agrees_with_printf(void **state) {
  (void)state;
  uint64_t random = 88172645463325252U;
  for (int i = 0; i < 300000; i++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    uint64_t nano = (random >> 1) >> (i % 62);
    for (int zeros = i % 11; zeros > 0; zeros--)
      nano = nano / 10 * 10 < UINT64_MAX / 20 ? nano * 10 : nano;
    nano &= INT64_MAX;
    char expected[64], text[MONEY_TEXT_MAX];
    int len =
        snprintf(expected, sizeof expected, "%s%llu.%09llu", i & 1 && nano ? "-" : "",
                 (unsigned long long)(nano / 1000000000), (unsigned long long)(nano % 1000000000));
    while (expected[len - 1] == '0')
      len--;
    len -= expected[len - 1] == '.';
    expected[len] = '\0';
    assert_int_equal(money_print(i & 1 ? -(int64_t)nano : (int64_t)nano, text), len);
    assert_string_equal(text, expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(for_tokens_is_exact),
      cmocka_unit_test(for_tokens_rounds_half_up),
      cmocka_unit_test(for_tokens_saturates),
      cmocka_unit_test(for_tokens_agrees_with_128_bits),
      cmocka_unit_test(times_ppm_is_exact),
      cmocka_unit_test(add_saturates_and_keeps_unknown),
      cmocka_unit_test(from_usd_rounds_and_refuses),
      cmocka_unit_test(print_is_plain_decimal),
      cmocka_unit_test(print_agrees_with_printf),
  };
  return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
