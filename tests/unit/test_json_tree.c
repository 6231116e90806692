/* test_json_tree.c - trees over the text itself are those that cJSON makes of a copy.
 *
 * tests/fuzz/fuzz_json_tree.c does the same to whatever a fuzzer finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/json_check.h"
#include "daemon/api/json_in.h"
#include "daemon/api/json_tree.h"

#include "../json_same.h"

static const struct json_limits limits = {JSON_DEPTH_MAX, 100000};

static const char *const texts[] = {
    "0",
    "-0",
    "-0.0",
    "12",
    " 12 ",
    "123456789012345",
    "1234567890123456",
    "99999999999999999999",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "1.5",
    "1e3",
    "-1.25E-7",
    "1e308",
    "4.9e-324",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    "\"exactly fifteen\"",
    "\"exactly sixteen.\"",
    "\"of seventeen byte\"",
    "[]",
    "{}",
    "[[],{},[[]]]",
    "[1,2,3]",
    "[ 1 , [ 2 , 3 ] , 4 ]",
    "{\"a\":1}",
    "{\"a\":1,\"a\":2}",
    "{\"\":\"\"}",
    " {\n\t\"a\" : { \"b\" : [ true , { \"c\" : null } ] } ,\r \"d\" : -1 } ",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"a\\nb\\nc and a longer piece behind the last\\n\"",
    "\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\\u0000\\ud800\\udc00\\ud800 x\"",
    "{\"k\\u0065y\\n\":\"v\\\\\",\"l\":[\"\\\"\",\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"]}",
    "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"",
    "[\"\\\\\",\"\\\\\\\\\",\"\\\\\\\"\"]"};

static char *copy_exactly(const char *text, size_t len) {
  char *copy = malloc(len); /* any access beyond it is the sanitizer's */
  assert_non_null(copy);
  memcpy(copy, text, len);
  return copy;
}

static void check_same(const char *source, size_t len) {
  struct arena arena;
  arena_init(&arena, SIZE_MAX);
  char *text = copy_exactly(source, len);
  assert_int_equal(json_check(text, len, &limits, NULL), JSON_OK);
  cJSON *expected = cJSON_ParseWithLength(text, len);
  cJSON *tree = json_tree(&arena, text, len);
  assert_non_null(expected);
  assert_non_null(tree);
  if (!json_same(tree, expected))
    fail_msg("%.*s became %s", (int)len, source, cJSON_PrintUnformatted(tree));
  cJSON_Delete(expected);
  free(text);
  arena_deinit(&arena);
}

static void test_same_as_cjson(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    check_same(texts[i], strlen(texts[i]));
}

/* Nesting as deep as the checker lets pass: there is a level of the stack for each. */
static void test_deepest(void **state) {
  (void)state;
  char text[2 * JSON_DEPTH_MAX];
  memset(text, '[', JSON_DEPTH_MAX);
  memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
  check_same(text, sizeof text);
}

/* A mark at every place of a string, so that each lies in and between blocks of sixteen. */
static void test_every_place(void **state) {
  (void)state;
  for (size_t at = 0; at < 50; at++) {
    char text[64];
    memset(text, 'x', sizeof text);
    text[0] = text[55] = '"';
    memcpy(text + 1 + at, at % 2 ? "\\n" : "\\\"", 2);
    check_same(text, 56);
  }
}

static void test_where_it_stands(void **state) {
  (void)state;
  struct arena arena;
  struct json_error err;
  arena_init(&arena, SIZE_MAX);
  char text[] = "{\"prompt\": \"two\\nlines\", \"prompt\": 2}";
  const cJSON *tree = json_in_parse(&arena, text, sizeof text - 1, &limits, &err);
  const cJSON *prompt = json_member(tree, "prompt");
  assert_string_equal(prompt->valuestring, "two\nlines");
  assert_true(prompt->valuestring == text + 12); /* no copy */
  assert_null(json_member(tree, "promp"));
  assert_null(json_member(prompt, "prompt"));
  assert_null(json_member(NULL, "prompt"));
  arena_deinit(&arena);
}

static void test_arena_full(void **state) {
  (void)state;
  struct arena arena;
  struct json_error err;
  for (size_t limit = 0; limit < 4 * sizeof(cJSON); limit += 16) {
    char text[] = "[1,[2,3]]"; /* five nodes */
    arena_init(&arena, limit);
    assert_null(json_in_parse(&arena, text, sizeof text - 1, &limits, &err));
    assert_int_equal(err.status, JSON_OK);
    arena_deinit(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_as_cjson), cmocka_unit_test(test_deepest),
      cmocka_unit_test(test_every_place),   cmocka_unit_test(test_where_it_stands),
      cmocka_unit_test(test_arena_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
