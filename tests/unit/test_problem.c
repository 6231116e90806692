/* test_problem.c - problem details: statuses, types that stay, and hostile details. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/json_check.h"
#include "daemon/api/problem.h"

/* Clients switch on these, so a change here is a change of the interface. */
static void types_are_stable(void **state) {
  (void)state;
  static const struct {
    enum problem_type type;
    int status;
    const char *name;
  } types[] = {
      {PROBLEM_BAD_REQUEST, 400, "bad-request"},
      {PROBLEM_BAD_JSON, 400, "bad-json"},
      {PROBLEM_ORIGIN, 403, "origin"},
      {PROBLEM_NOT_FOUND, 404, "not-found"},
      {PROBLEM_METHOD, 405, "method-not-allowed"},
      {PROBLEM_TIMEOUT, 408, "timeout"},
      {PROBLEM_LOG_OFF, 409, "log-off"},
      {PROBLEM_LENGTH_REQUIRED, 411, "length-required"},
      {PROBLEM_BODY_TOO_LARGE, 413, "body-too-large"},
      {PROBLEM_URL_TOO_LONG, 414, "url-too-long"},
      {PROBLEM_MEDIA_TYPE, 415, "media-type"},
      {PROBLEM_INVALID_FIELD, 422, "invalid-field"},
      {PROBLEM_NO_MODEL_FITS, 422, "no-model-fits"},
      {PROBLEM_HEADERS_TOO_LARGE, 431, "headers-too-large"},
      {PROBLEM_INTERNAL, 500, "internal"},
      {PROBLEM_OVERLOADED, 503, "overloaded"},
      {PROBLEM_LOG_FULL, 503, "log-full"},
      {PROBLEM_LEAVING, 503, "leaving"},
  };
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    struct buffer buffer = {0};
    struct problem problem;
    char expected[64];
    assert_false(problem_set(&problem, types[i].type, "", "why"));
    assert_int_equal(problem_status(types[i].type), types[i].status);
    problem_write(&buffer, &problem, span_make(NULL, 0));
    buffer_add(&buffer, "", 1);
    snprintf(expected, sizeof expected, "{\"type\":\"/problems/%s\",", types[i].name);
    assert_memory_equal(buffer.data, expected, strlen(expected));
    snprintf(expected, sizeof expected, "\"status\":%d,\"detail\":\"why\"}", types[i].status);
    assert_non_null(strstr(buffer.data, expected));
    buffer_deinit(&buffer);
  }
}

/* Every type of the enum has a title: a new one cannot be forgotten in the table. */
static void every_type_is_in_the_table(void **state) {
  (void)state;
  for (int type = PROBLEM_NONE; type < PROBLEM_TYPES; type++)
    assert_true(problem_status((enum problem_type)type) >= 400);
}

static void pointer_and_request_id(void **state) {
  (void)state;
  struct buffer buffer = {0};
  struct problem problem;
  problem_set(&problem, PROBLEM_INVALID_FIELD, "/routing/a~1b", "%s: expected %d", "a/b", 3);
  problem_write(&buffer, &problem, span_of("7"));
  buffer_add(&buffer, "", 1);
  assert_string_equal(buffer.data,
                      "{\"type\":\"/problems/invalid-field\",\"title\":\"A field is not valid\","
                      "\"status\":422,\"detail\":\"a/b: expected 3\","
                      "\"pointer\":\"/routing/a~1b\",\"request_id\":7}");
  buffer_deinit(&buffer);
}

/* What a client sent ends up in details and pointers: too long, broken in the middle
 * of a character, full of quotes. It has to be valid JSON all the same. */
static void hostile_texts(void **state) {
  (void)state;
  static const char *const units[] = {"\"", "\\", "\n", "\x01", "\xe2\x82", "\xff", "漢", "%s"};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    char text[2000] = "";
    while (strlen(text) + 8 < sizeof text)
      strcat(text, units[i]);
    struct buffer buffer = {0};
    struct problem problem;
    problem_set(&problem, PROBLEM_BAD_JSON, text, "%s", text);
    problem_write(&buffer, &problem, span_make(NULL, 0));
    struct json_limits limits = {4, 20};
    struct json_error err;
    assert_int_equal(json_check(buffer.data, buffer.len, &limits, &err), JSON_OK);
    buffer_deinit(&buffer);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(types_are_stable),
      cmocka_unit_test(every_type_is_in_the_table),
      cmocka_unit_test(pointer_and_request_id),
      cmocka_unit_test(hostile_texts),
  };
  return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
