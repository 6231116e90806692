/* test_log_line.c - the parts of a log line: time, numbers, labels, hashes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/decision_line.h"
#include "daemon/api/json_compact.h"

static const char *compact(double value) {
  static char text[64];
  const float number = (float)value;
  struct buffer buffer = {0};
  struct json_out out = {.buffer = &buffer};
  json_compact(&out, &number, 1);
  /* Without the brackets of the list. */
  assert_true(buffer.len >= 3 && buffer.len < sizeof text);
  memcpy(text, buffer.data + 1, buffer.len - 2);
  text[buffer.len - 2] = '\0';
  buffer_deinit(&buffer);
  return text;
}

static void numbers_have_four_digits(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {-1, "-1"},
      {10, "10"},
      {123456, "123500"},
      {9999.6, "10000"},
      {0.99996, "1"},
      {2.6390573, "2.639"},
      {0.1, "0.1"},
      {0.0833333, "0.08333"},
      {0.000002, "0.000002"},
      {0.00012345678, "0.0001235"},
      {100.5, "100.5"},
      {1e9, "1e+09"},
      {-2.5e-9, "-2.5e-09"},
      {999950000, "1000000000"},
      {1e-40, "0"},
      {12.5, "12.5"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_string_equal(compact(cases[i].value), cases[i].text);
  assert_string_equal(compact((double)NAN), "null");
  assert_string_equal(compact((double)INFINITY), "null");
}

static void lists_have_commas(void **state) {
  (void)state;
  static const float numbers[] = {0, 0.5F, -3, 1e-20F};
  struct buffer buffer = {0};
  struct json_out out = {.buffer = &buffer};
  json_compact(&out, numbers, 0);
  json_compact(&out, numbers, 4);
  json_null(&out);
  buffer_add(&buffer, "", 1);
  assert_string_equal(buffer.data, "[],[0,0.5,-3,1e-20],null");
  buffer_deinit(&buffer);
}

/* Over all sizes: near the value, and as short as printf would have it. */
static void numbers_are_near(void **state) {
  (void)state;
  for (double value = 1e-8; value < 1e11; value *= 1.0137) {
    const double back = strtod(compact(value), NULL);
    if (fabs(back - value) > value * 0.0005001)
      fail_msg("%.17g became %s", value, compact(value));
    assert_true(strlen(compact(value)) <= 11);
    assert_true(strtod(compact(-value), NULL) + back > -1e-30);
  }
}

static void times_are_utc_with_milliseconds(void **state) {
  (void)state;
  char text[LOG_TIME_MAX];
  log_time_print(0, text);
  assert_string_equal(text, "1970-01-01T00:00:00.000Z");
  log_time_print(INT64_C(1772409599007), text);
  assert_string_equal(text, "2026-03-01T23:59:59.007Z");
}

static struct labels labels_of(cJSON *tree) {
  struct labels labels;
  labels_parse(tree, &labels);
  return labels;
}

static void labels_are_bounded(void **state) {
  (void)state;
  char text[4096];
  int at =
      snprintf(text, sizeof text, "{\"n\":1,\"\":\"x\",\"a\":\"b\",\"a\":\"c\",\"%0*d\":\"y\",",
               LABEL_KEY_BYTES_MAX + 1, 0);
  at += snprintf(text + at, sizeof text - (size_t)at, "\"long\":\"%0*d\xC3\xA9\"",
                 LABEL_VALUE_BYTES_MAX - 1, 0);
  for (int i = 0; i < 10; i++)
    at += snprintf(text + at, sizeof text - (size_t)at, ",\"k%d\":\"v\"", i);
  snprintf(text + at, sizeof text - (size_t)at, "}");
  cJSON *tree = cJSON_Parse(text);
  struct labels labels = labels_of(tree);
  assert_int_equal(labels.count, LABELS_MAX);
  assert_true(span_is(labels.list[0].key, "a") && span_is(labels.list[0].value, "b"));
  /* The character that would be split goes as a whole. */
  assert_int_equal(labels_find(&labels, "long").len, LABEL_VALUE_BYTES_MAX - 1);
  assert_true(span_is(labels.list[7].key, "k5"));
  assert_null(labels_find(&labels, "n").ptr);
  cJSON_Delete(tree);
  assert_int_equal(labels_of(NULL).count, 0);
}

/* Equal conversations have equal hashes, and what differs anywhere differs. */
static void conversations_hash_by_content(void **state) {
  (void)state;
  const struct hash_key key = {{1}}, other = {{2}};
  struct turn turns[] = {{TURN_SYSTEM, true, span_of("ab")}, {TURN_USER, true, span_of("c")}};
  const struct conversation conversation = {.turns = turns, .turns_count = 2};
  const uint64_t hash = conversation_hash(&key, &conversation);
  assert_true(hash == conversation_hash(&key, &conversation));
  assert_true(hash != conversation_hash(&other, &conversation));
  turns[0].text = span_of("a");
  turns[1].text = span_of("bc");
  assert_true(hash != conversation_hash(&key, &conversation));
  turns[0].text = span_of("ab");
  turns[1].text = span_of("c");
  assert_true(hash == conversation_hash(&key, &conversation));
  turns[1].role = TURN_TOOL;
  assert_true(hash != conversation_hash(&key, &conversation));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_have_four_digits), cmocka_unit_test(lists_have_commas),
      cmocka_unit_test(numbers_are_near),         cmocka_unit_test(times_are_utc_with_milliseconds),
      cmocka_unit_test(labels_are_bounded),       cmocka_unit_test(conversations_hash_by_content),
  };
  return cmocka_run_group_tests_name("log_line", tests, NULL, NULL);
}
