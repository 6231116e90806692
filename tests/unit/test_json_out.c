/* test_json_out.c - what the writer writes, byte for byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/json_out.h"
#include "daemon/router/money.h"

static void assert_written(struct buffer *buffer, const char *expected) {
  assert_false(buffer->failed);
  buffer_add(buffer, "", 1);
  assert_string_equal(buffer->data, expected);
  buffer_reset(buffer, SIZE_MAX);
}

static void commas_and_nesting(void **state) {
  (void)state;
  struct buffer buffer = {0};
  struct json_out out = {.buffer = &buffer};
  json_open(&out, '{');
  json_key(&out, "a");
  json_open(&out, '[');
  json_close(&out, ']');
  json_key(&out, "b");
  json_open(&out, '[');
  json_integer(&out, 1);
  json_open(&out, '{');
  json_close(&out, '}');
  json_null(&out);
  json_close(&out, ']');
  json_key_span(&out, span_of("c\"d"));
  json_bool(&out, true);
  json_key(&out, "e");
  json_bool(&out, false);
  json_key(&out, "f");
  json_raw(&out, span_of("[1, 2]"));
  json_key(&out, "g");
  json_text(&out, "");
  json_close(&out, '}');
  assert_written(&buffer, "{\"a\":[],\"b\":[1,{},null],\"c\\\"d\":true,\"e\":false,"
                          "\"f\":[1, 2],\"g\":\"\"}");
  buffer_deinit(&buffer);
}

static void strings(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len;
    const char *json;
  } cases[] = {
      {"plain", 5, "\"plain\""},
      {"q\"b\\s/", 6, "\"q\\\"b\\\\s/\""},
      {"\n\t\r\x01\x1f\x7f", 6, "\"\\n\\t\\u000d\\u0001\\u001f\\u007f\""},
      {"a\0b", 3, "\"a\\u0000b\""},
      {"Grüße 漢 \xF0\x9F\x98\x80", 16, "\"Grüße 漢 \xF0\x9F\x98\x80\""},
      {"\xff", 1, "\"\xEF\xBF\xBD\""},
      {"x\xe2\x82", 3, NULL}, /* a character cut short: replaced, and nothing beyond read */
      {"\xed\xa0\x80", 3, NULL},
      {"\xc0\xaf", 2, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buffer buffer = {0};
    struct json_out out = {.buffer = &buffer};
    json_string(&out, span_make(cases[i].text, cases[i].len));
    if (!cases[i].json) {
      assert_non_null(memmem(buffer.data, buffer.len, "\xEF\xBF\xBD", 3));
      assert_null(memmem(buffer.data, buffer.len, cases[i].text, cases[i].len));
    } else {
      assert_written(&buffer, cases[i].json);
    }
    buffer_deinit(&buffer);
  }
}

static void integers(void **state) {
  (void)state;
  struct buffer buffer = {0};
  struct json_out out = {.buffer = &buffer};
  json_open(&out, '[');
  json_integer(&out, 0);
  json_integer(&out, -1);
  json_integer(&out, INT64_MAX);
  json_integer(&out, INT64_MIN);
  json_unsigned(&out, UINT64_MAX);
  json_close(&out, ']');
  assert_written(&buffer, "[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]");
  buffer_deinit(&buffer);
}

static void fixed(void **state) {
  (void)state;
  static const struct {
    double value;
    int decimals;
    const char *json;
  } cases[] = {
      {0, 4, "0"},
      {1, 4, "1"},
      {0.5, 4, "0.5"},
      {0.12345, 4, "0.1235"},
      {0.99999, 4, "1"},
      {-0.25, 4, "-0.25"},
      {-0.00001, 4, "0"},
      {12.0625, 2, "12.06"},
      {0.001, 3, "0.001"},
      {1.5, 0, "2"},
      {123456, 0, "123456"},
      {1e-9, 9, "0.000000001"},
      {1e9, 2, "1000000000"},
      {1e10, 2, "null"},
      {NAN, 2, "null"},
      {INFINITY, 2, "null"},
      {-INFINITY, 2, "null"},
      {-1e9, 9, "-1000000000"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buffer buffer = {0};
    struct json_out out = {.buffer = &buffer};
    json_fixed(&out, cases[i].value, cases[i].decimals);
    assert_written(&buffer, cases[i].json);
    buffer_deinit(&buffer);
  }
}

static void money(void **state) {
  (void)state;
  struct buffer buffer = {0};
  struct json_out out = {.buffer = &buffer};
  json_open(&out, '[');
  json_money(&out, 0);
  json_money(&out, 1);
  json_money(&out, 4100000);
  json_money(&out, 2 * NANO_PER_USD);
  json_money(&out, MONEY_UNKNOWN);
  json_close(&out, ']');
  assert_written(&buffer, "[0,0.000000001,0.0041,2,null]");
  buffer_deinit(&buffer);
}

/* Against printf, over values that no rounding can be at odds about. */
static void fixed_agrees_with_printf(void **state) {
  (void)state;
  struct buffer buffer = {0};
  uint64_t random = 88172645463325252U;
  for (int i = 0; i < 200000; i++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    int decimals = i % 10;
    double scale = 1;
    for (int d = 0; d < decimals; d++)
      scale *= 10;
    int64_t scaled = (int64_t)(random >> (20 + i % 44));
    double value = (double)scaled / scale;
    if (value > 1e5 || decimals == 0)
      continue;
    char expected[64];
    int len = snprintf(expected, sizeof expected, "%.*f", decimals, value);
    while (expected[len - 1] == '0')
      len--;
    len -= expected[len - 1] == '.';
    expected[len] = '\0';
    struct json_out out = {.buffer = &buffer};
    json_fixed(&out, value, decimals);
    assert_written(&buffer, expected);
  }
  buffer_deinit(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commas_and_nesting),
      cmocka_unit_test(strings),
      cmocka_unit_test(integers),
      cmocka_unit_test(fixed),
      cmocka_unit_test(fixed_agrees_with_printf),
      cmocka_unit_test(money),
  };
  return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
