/* test_json_check.c - the JSON checker: every status, every truncation, every rewrite.
 *
 * Each text is copied into a heap block of exactly its size, so that a build with
 * AddressSanitizer stops at the first byte read past the end. That the tree builder
 * takes whatever passes is the business of tests/fuzz/fuzz_json_check.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/json_check.h"

static const struct json_limits limits = {.depth_max = 64, .nodes_max = 1000};

/* A text of known length: texts with NUL bytes are among the cases. */
struct json_case {
  const char *text;
  size_t len;
  enum json_status status;
  size_t offset; /* expected in the error; not looked at for JSON_OK */
};

#define CASE(text, status, offset)                                                                 \
  { text, sizeof(text) - 1, status, offset }
#define GOOD(text) CASE(text, JSON_OK, 0)

static char *copy_exactly(const char *text, size_t len) {
  char *copy = malloc(len); /* of size 0 too: any access is then an error */
  assert_true(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, text, len);
  return copy;
}

static enum json_status check_with(const char *text, size_t len, const struct json_limits *with,
                                   struct json_error *err) {
  char *copy = copy_exactly(text, len);
  enum json_status status = json_check(copy, len, with, err);
  free(copy);
  return status;
}

static void run_cases(const struct json_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct json_error err = {JSON_OK, SIZE_MAX, SIZE_MAX};
    enum json_status status = check_with(cases[i].text, cases[i].len, &limits, &err);
    bool same = status == cases[i].status && err.status == status &&
                (status == JSON_OK || err.offset == cases[i].offset);
    if (!same)
      fail_msg("case %zu, %s: got %s at %zu, expected %s at %zu", i, cases[i].text,
               json_status_text(status), err.offset, json_status_text(cases[i].status),
               cases[i].offset);
  }
}

#define RUN(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* Checks input, expects success, and compares what it was rewritten to. */
static void assert_rewritten(const char *input, const char *expected) {
  size_t len = strlen(input);
  char *copy = copy_exactly(input, len);
  assert_int_equal(json_check(copy, len, &limits, NULL), JSON_OK);
  assert_int_equal(len, strlen(expected));
  if (memcmp(copy, expected, len) != 0)
    fail_msg("%s became %.*s, expected %s", input, (int)len, copy, expected);
  free(copy);
}

static void accepts_values(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      GOOD("null"),
      GOOD("true"),
      GOOD("false"),
      GOOD("0"),
      GOOD("-0"),
      GOOD("\"\""),
      GOOD("[]"),
      GOOD("{}"),
      GOOD(" \t\r\n[ ]\n"),
      GOOD("[1,2,3]"),
      GOOD("{\"a\":{\"b\":[{},[],null]},\"c\":\"d\"}"),
      GOOD("{\"a\":1,\"a\":2}"),
      GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\""),
      GOOD("\"\x7f\""), /* DEL is not among the control characters of the RFC */
  };
  RUN(cases);
}

static void accepts_numbers(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      GOOD("10"),      GOOD("-1.5"),
      GOOD("1e5"),     GOOD("1E+05"),
      GOOD("0.0e-0"),  GOOD("1.7976931348623157e308"),
      GOOD("1e-9999"), GOOD("0e99999999999999999999999"),
      GOOD("5e-324"),  GOOD("0.00001e312"),
  };
  RUN(cases);
}

static void refuses_bad_numbers(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("01", JSON_BAD_NUMBER, 1),    CASE("[-01]", JSON_BAD_NUMBER, 3),
      CASE("1.", JSON_BAD_NUMBER, 2),    CASE("[1.]", JSON_BAD_NUMBER, 3),
      CASE(".5", JSON_BAD_NUMBER, 0),    CASE("+1", JSON_BAD_NUMBER, 0),
      CASE("1e", JSON_BAD_NUMBER, 2),    CASE("[1e+]", JSON_BAD_NUMBER, 4),
      CASE("-", JSON_BAD_NUMBER, 1),     CASE("-a", JSON_BAD_NUMBER, 1),
      CASE("1.e5", JSON_BAD_NUMBER, 2),  CASE("-Infinity", JSON_BAD_NUMBER, 1),
      CASE("[0x10]", JSON_SYNTAX, 2),    CASE("[1_000]", JSON_SYNTAX, 2),
      CASE("NaN", JSON_SYNTAX, 0),       CASE("Infinity", JSON_SYNTAX, 0),
      CASE("[1.5.2]", JSON_SYNTAX, 4),   CASE("1.5.2", JSON_TRAILING, 3),
      CASE("[-.5]", JSON_BAD_NUMBER, 2), CASE("[1e1.5]", JSON_SYNTAX, 4),
  };
  RUN(cases);
}

static void refuses_numbers_beyond_a_double(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("1e999", JSON_NUMBER_RANGE, 0),
      CASE("[-1e309]", JSON_NUMBER_RANGE, 1),
      CASE("[1, 10e308]", JSON_NUMBER_RANGE, 4),
      CASE("1.8e308", JSON_NUMBER_RANGE, 0),
      CASE("1e99999999999999999999999999", JSON_NUMBER_RANGE, 0),
      CASE("0.00001e314", JSON_NUMBER_RANGE, 0),
      /* 2^1024 - 2^970, half way past the largest double, rounds up; below it is fine */
      CASE("1.797693134862315808e308", JSON_NUMBER_RANGE, 0),
      GOOD("1.797693134862315807e308"),
  };
  RUN(cases);
}

static void numbers_without_exponent_overflow_too(void **state) {
  (void)state;
  char digits[320];
  struct json_error err;
  memset(digits, '1', sizeof digits);
  assert_int_equal(check_with(digits, 309, &limits, &err), JSON_OK);
  assert_int_equal(check_with(digits, 310, &limits, &err), JSON_NUMBER_RANGE);
  memset(digits, '9', sizeof digits);
  assert_int_equal(check_with(digits, 308, &limits, &err), JSON_OK);
  assert_int_equal(check_with(digits, 309, &limits, &err), JSON_NUMBER_RANGE);
}

/* The tree builder reads 63 characters of a number and would choke on the rest.
 * What stands there afterwards is shorter, of the same value, and padded. */
static void assert_shortened(const char *number) {
  size_t len = strlen(number);
  char copy[1024];
  assert_true(len > 63 && len < sizeof copy - 2);
  snprintf(copy, sizeof copy, "[%s]", number);
  assert_int_equal(json_check(copy, len + 2, &limits, NULL), JSON_OK);
  assert_int_equal(copy[len + 1], ']');
  assert_true(strcspn(copy + 1, " ") <= 63);
  assert_int_equal(strspn(copy + 1 + strcspn(copy + 1, " "), " ") + strcspn(copy + 1, " "), len);
  double before = strtod(number, NULL);
  double after = strtod(copy + 1, NULL);
  if (memcmp(&before, &after, sizeof before) != 0) /* -0 is not 0 here */
    fail_msg("%s became %s", number, copy);
  assert_int_equal(json_check(copy, len + 2, &limits, NULL), JSON_OK);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void shortens_overlong_numbers(void **state) {
  (void)state;
  assert_shortened("-0." ZEROS);
  assert_shortened("25" ZEROS);
  assert_shortened("-1." ZEROS "e-7");
  assert_shortened("0." ZEROS "12345678901");
  assert_shortened("0." ZEROS "17e372");
  assert_shortened("1e-" ZEROS "5");
  assert_shortened("0." ZEROS "1e-250"); /* small, but not yet 0 */
  assert_shortened("1e-1" ZEROS);
  assert_shortened("3.14159265358979323846264338327950288419716939937510582097494459230781640");
  assert_shortened("17976931348623157081452742373170435679807056752584499659891747680315726");
}

static void refuses_what_is_not_json(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("nul1", JSON_SYNTAX, 3),
      CASE("True", JSON_SYNTAX, 0),
      CASE("'a'", JSON_SYNTAX, 0),
      CASE("[1,]", JSON_SYNTAX, 3),
      CASE("[,1]", JSON_SYNTAX, 1),
      CASE("[1 2]", JSON_SYNTAX, 3),
      CASE("[1}", JSON_SYNTAX, 2),
      CASE("{\"a\":1]", JSON_SYNTAX, 6),
      CASE("{\"a\":1,}", JSON_SYNTAX, 7),
      CASE("{,}", JSON_SYNTAX, 1),
      CASE("{a:1}", JSON_SYNTAX, 1),
      CASE("{\"a\" 1}", JSON_SYNTAX, 5),
      CASE("{\"a\":}", JSON_SYNTAX, 5),
      CASE("{1:2}", JSON_SYNTAX, 1),
      CASE("]", JSON_SYNTAX, 0),
      CASE("}", JSON_SYNTAX, 0),
      CASE("\xef\xbb\xbf{}", JSON_SYNTAX, 0),
      CASE("[1\0]", JSON_SYNTAX, 2),
      CASE("[1\f]", JSON_SYNTAX, 2),
      CASE("/* c */ 1", JSON_SYNTAX, 0),
      CASE("[\xc2\xa0]", JSON_SYNTAX, 1),
      CASE(":", JSON_SYNTAX, 0),
  };
  RUN(cases);
}

static void refuses_nothing_and_more_than_one(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("", JSON_EMPTY, 0),           CASE(" \t\r\n", JSON_EMPTY, 4),
      CASE("1 2", JSON_TRAILING, 2),     CASE("{}{}", JSON_TRAILING, 2),
      CASE("null,", JSON_TRAILING, 4),   CASE("[]]", JSON_TRAILING, 2),
      CASE("\"a\"\0", JSON_TRAILING, 3), CASE("truefalse", JSON_TRAILING, 4),
  };
  RUN(cases);
  assert_int_equal(json_check(NULL, 0, &limits, NULL), JSON_EMPTY);
}

static void refuses_texts_cut_short(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("[", JSON_TRUNCATED, 1),          CASE("{\"a\"", JSON_TRUNCATED, 4),
      CASE("{\"a\":  ", JSON_TRUNCATED, 7),  CASE("tru", JSON_TRUNCATED, 3),
      CASE("\"", JSON_TRUNCATED, 1),         CASE("\"\\", JSON_TRUNCATED, 2),
      CASE("\"\\u12", JSON_TRUNCATED, 5),    CASE("\"\\ud83d\\ud", JSON_TRUNCATED, 10),
      CASE("\"\xe2\x82", JSON_TRUNCATED, 3), CASE("\"\xf0\x9f\x98", JSON_TRUNCATED, 4),
      CASE("[1,", JSON_TRUNCATED, 3),
  };
  RUN(cases);
}

static void refuses_bad_strings(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("\"\\a\"", JSON_BAD_ESCAPE, 1),      CASE("\"\\'\"", JSON_BAD_ESCAPE, 1),
      CASE("\"\\u12g4\"", JSON_BAD_ESCAPE, 1),  CASE("\"\\U0041\"", JSON_BAD_ESCAPE, 1),
      CASE("\"\\u12\"", JSON_BAD_ESCAPE, 1),    CASE("\"\\\0\"", JSON_BAD_ESCAPE, 1),
      CASE("\"ab\ncd\"", JSON_CONTROL_CHAR, 3), CASE("\"\t\"", JSON_CONTROL_CHAR, 1),
      CASE("\"a\0\"", JSON_CONTROL_CHAR, 2),    CASE("{\"\x1f\":1}", JSON_CONTROL_CHAR, 2),
  };
  RUN(cases);
}

static void accepts_utf8(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      GOOD("\"\xc2\x80\xdf\xbf\""),                 /* U+0080, U+07FF */
      GOOD("\"\xe0\xa0\x80\xef\xbf\xbf\""),         /* U+0800, U+FFFF */
      GOOD("\"\xed\x9f\xbf\xee\x80\x80\""),         /* both neighbours of the surrogates */
      GOOD("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""), /* U+10000, U+10FFFF */
      GOOD("{\"\xe6\x97\xa5\xe6\x9c\xac\":\"\xf0\x9f\x98\x80\"}"),
  };
  RUN(cases);
}

static void refuses_bad_utf8(void **state) {
  (void)state;
  static const struct json_case cases[] = {
      CASE("\"\x80\"", JSON_BAD_UTF8, 1),             /* continuation without a lead */
      CASE("\"\xc0\x80\"", JSON_BAD_UTF8, 1),         /* overlong NUL */
      CASE("\"\xc1\xbf\"", JSON_BAD_UTF8, 1),         /* overlong, two bytes */
      CASE("\"\xe0\x9f\xbf\"", JSON_BAD_UTF8, 1),     /* overlong, three */
      CASE("\"\xf0\x8f\xbf\xbf\"", JSON_BAD_UTF8, 1), /* overlong, four */
      CASE("\"\xed\xa0\x80\"", JSON_BAD_UTF8, 1),     /* U+D800 */
      CASE("\"\xed\xbf\xbf\"", JSON_BAD_UTF8, 1),     /* U+DFFF */
      CASE("\"\xf4\x90\x80\x80\"", JSON_BAD_UTF8, 1), /* U+110000 */
      CASE("\"\xf5\x80\x80\x80\"", JSON_BAD_UTF8, 1),
      CASE("\"\xff\"", JSON_BAD_UTF8, 1),
      CASE("\"a\xc3\"", JSON_BAD_UTF8, 2), /* lead byte before the closing quote */
      CASE("\"\xe2\x82\"", JSON_BAD_UTF8, 1),
      CASE("\"\xf0\x9f\x98\"", JSON_BAD_UTF8, 1),
      CASE("\"\xe2(", JSON_BAD_UTF8, 1), /* cut short, but wrong already */
      CASE("{\"\xff\":1}", JSON_BAD_UTF8, 2),
  };
  RUN(cases);
}

static void rewrites_poisonous_escapes(void **state) {
  (void)state;
  assert_rewritten("\"a\\u0000b\"", "\"a\\uFFFDb\"");
  assert_rewritten("\"\\ud800\"", "\"\\uFFFD\"");
  assert_rewritten("\"\\uDFFFx\"", "\"\\uFFFDx\"");
  assert_rewritten("\"\\uD83D\\uDE00\"", "\"\\uD83D\\uDE00\""); /* a pair stays */
  assert_rewritten("\"\\uDE00\\uD83D\"", "\"\\uFFFD\\uFFFD\""); /* the wrong way round */
  assert_rewritten("\"\\ud83d\\ud83d\\ude00\"", "\"\\uFFFD\\ud83d\\ude00\"");
  assert_rewritten("\"\\ud83d\\n\"", "\"\\uFFFD\\n\"");
  assert_rewritten("\"\\ud83d\\u0041\"", "\"\\uFFFD\\u0041\"");
  assert_rewritten("\"\\ud83dxxxxxx\"", "\"\\uFFFDxxxxxx\"");
  assert_rewritten("{\"\\u0000\":0}", "{\"\\uFFFD\":0}");
  assert_rewritten("\"\\\\u0000\"", "\"\\\\u0000\""); /* a backslash, then text */
  assert_rewritten("\"\\uFFFF\\u0001\"", "\"\\uFFFF\\u0001\"");
}

static void holds_the_depth_limit(void **state) {
  (void)state;
  struct json_limits two = {.depth_max = 2, .nodes_max = 100};
  struct json_limits none = {.depth_max = 0, .nodes_max = 100};
  struct json_error err;
  assert_int_equal(check_with("[{}]", 4, &two, &err), JSON_OK);
  assert_int_equal(check_with("[[],[],{}]", 10, &two, &err), JSON_OK);
  assert_int_equal(check_with("[{\"a\":[]}]", 10, &two, &err), JSON_TOO_DEEP);
  assert_int_equal(err.offset, 6);
  assert_int_equal(check_with("1", 1, &none, &err), JSON_OK);
  assert_int_equal(check_with("[]", 2, &none, &err), JSON_TOO_DEEP);
}

/* A limit above JSON_DEPTH_MAX means JSON_DEPTH_MAX: the stack holds no more. */
static void holds_its_own_depth_limit(void **state) {
  (void)state;
  struct json_limits deep = {.depth_max = SIZE_MAX, .nodes_max = SIZE_MAX};
  char text[2 * JSON_DEPTH_MAX + 2];
  struct json_error err;
  memset(text, '[', sizeof text);
  memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
  assert_int_equal(check_with(text, 2 * JSON_DEPTH_MAX, &deep, &err), JSON_OK);
  memset(text, '[', JSON_DEPTH_MAX + 1);
  memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
  assert_int_equal(check_with(text, sizeof text, &deep, &err), JSON_TOO_DEEP);
  assert_int_equal(err.offset, JSON_DEPTH_MAX);
}

static void holds_the_node_limit(void **state) {
  (void)state;
  struct json_limits four = {.depth_max = 9, .nodes_max = 4};
  struct json_limits none = {.depth_max = 9, .nodes_max = 0};
  struct json_error err;
  assert_int_equal(check_with("[1,2,3]", 7, &four, &err), JSON_OK);
  assert_int_equal(check_with("[1,2,3,4]", 9, &four, &err), JSON_TOO_MANY_NODES);
  assert_int_equal(err.offset, 7);
  /* keys are not counted */
  assert_int_equal(check_with("{\"a\":1,\"b\":2,\"c\":3}", 19, &four, &err), JSON_OK);
  assert_int_equal(check_with("1", 1, &none, &err), JSON_TOO_MANY_NODES);
}

static void names_the_line(void **state) {
  (void)state;
  struct json_error err;
  assert_int_equal(check_with("x", 1, &limits, &err), JSON_SYNTAX);
  assert_int_equal(err.line, 1);
  assert_int_equal(check_with("{\n\"a\": 1,\r\n  oops}", 18, &limits, &err), JSON_SYNTAX);
  assert_int_equal(err.line, 3);
  assert_int_equal(err.offset, 13);
  assert_int_equal(check_with("x", 1, &limits, NULL), JSON_SYNTAX); /* err is optional */
}

/* One of everything, so that cutting it anywhere cuts into something else. */
static const char sample[] =
    "{\"k\\u00e9y\": [true, false, null, -12.5e+3, 0],\n"
    " \"\xe6\x97\xa5\": {\"\": \"\\ud83d\\ude00 \\\" \xf0\x9f\x98\x80\"},\n"
    " \"n\": [[[]], {}, 1e-7, \"\\\\\"]}";

static void every_truncation_is_an_error(void **state) {
  (void)state;
  size_t len = sizeof sample - 1;
  struct json_error err;
  assert_int_equal(check_with(sample, len, &limits, &err), JSON_OK);
  for (size_t cut = 0; cut < len; cut++) {
    enum json_status status = check_with(sample, cut, &limits, &err);
    bool expected = status == JSON_TRUNCATED || (cut == 0 && status == JSON_EMPTY) ||
                    (status == JSON_BAD_NUMBER && strchr("-.e+", sample[cut - 1]) != NULL);
    if (!expected || err.offset != cut)
      fail_msg("cut to %zu bytes: %s at %zu", cut, json_status_text(status), err.offset);
  }
}

/* Every byte value in every place: nothing is read past the end, and the verdict
 * is one of the statuses. */
static void every_altered_byte_is_survived(void **state) {
  (void)state;
  size_t len = sizeof sample - 1;
  for (size_t at = 0; at < len; at++) {
    for (int byte = 0; byte < 256; byte++) {
      struct json_error err;
      char *copy = copy_exactly(sample, len);
      copy[at] = (char)byte;
      enum json_status status = json_check(copy, len, &limits, &err);
      free(copy);
      assert_true(status <= JSON_NUMBER_RANGE && err.offset <= len);
    }
  }
}

static void every_status_has_a_text(void **state) {
  (void)state;
  for (int a = JSON_OK; a <= JSON_NUMBER_RANGE; a++) {
    assert_string_not_equal(json_status_text((enum json_status)a), "unknown status");
    for (int b = JSON_OK; b < a; b++)
      assert_string_not_equal(json_status_text((enum json_status)a),
                              json_status_text((enum json_status)b));
  }
  assert_string_equal(json_status_text((enum json_status)999), "unknown status");
}

static void assert_blanked(const char *input, const char *expected) {
  size_t len = strlen(input);
  char *copy = copy_exactly(input, len);
  json_blank_comments(copy, len);
  assert_int_equal(len, strlen(expected));
  if (len > 0 && memcmp(copy, expected, len) != 0)
    fail_msg("%s became %.*s", input, (int)len, copy);
  free(copy);
}

static void blanks_comments(void **state) {
  (void)state;
  assert_blanked("", "");
  assert_blanked("1 // one\n", "1       \n");
  assert_blanked("//", "  ");
  assert_blanked("/**/1", "    1");
  assert_blanked("/*a\nb*/1", "   \n   1"); /* lines stay */
  assert_blanked("[1,/*\"*/2]", "[1,     2]");
  assert_blanked("// a \" quote\n\"b//c\"", "            \n\"b//c\"");
  assert_blanked("/* // */ 1", "         1");
  assert_blanked("// /*\n1", "     \n1");
}

static void leaves_the_rest_alone(void **state) {
  (void)state;
  assert_blanked("\"// no\"", "\"// no\"");
  assert_blanked("\"/* no */\"", "\"/* no */\"");
  assert_blanked("\"\\\"// no\"", "\"\\\"// no\"");
  assert_blanked("\"\\\\\"// c", "\"\\\\\"    ");
  assert_blanked("\"open // ", "\"open // ");
  assert_blanked("\"\\", "\"\\");
  assert_blanked("1 / 2", "1 / 2");
  assert_blanked("/", "/");
  assert_blanked("/*/", "/*/"); /* opens, never ends */
  assert_blanked("1 /* open", "1 /* open");
  assert_blanked("/* almost *", "/* almost *");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_values),
      cmocka_unit_test(accepts_numbers),
      cmocka_unit_test(refuses_bad_numbers),
      cmocka_unit_test(refuses_numbers_beyond_a_double),
      cmocka_unit_test(numbers_without_exponent_overflow_too),
      cmocka_unit_test(shortens_overlong_numbers),
      cmocka_unit_test(refuses_what_is_not_json),
      cmocka_unit_test(refuses_nothing_and_more_than_one),
      cmocka_unit_test(refuses_texts_cut_short),
      cmocka_unit_test(refuses_bad_strings),
      cmocka_unit_test(accepts_utf8),
      cmocka_unit_test(refuses_bad_utf8),
      cmocka_unit_test(rewrites_poisonous_escapes),
      cmocka_unit_test(holds_the_depth_limit),
      cmocka_unit_test(holds_its_own_depth_limit),
      cmocka_unit_test(holds_the_node_limit),
      cmocka_unit_test(names_the_line),
      cmocka_unit_test(every_truncation_is_an_error),
      cmocka_unit_test(every_altered_byte_is_survived),
      cmocka_unit_test(every_status_has_a_text),
      cmocka_unit_test(blanks_comments),
      cmocka_unit_test(leaves_the_rest_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
