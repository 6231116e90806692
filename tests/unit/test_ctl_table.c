/* test_ctl_table.c - widths, cleaning, figures and layout of tierctl's tables.
 *
 * Output is caught in memory and compared to the last space, since alignment is
 * the thing that is tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/term.h"

/* A stream whose bytes can be looked at. */
struct capture {
  struct term term;
  char *text;
  size_t len;
};

static void capture_open(struct capture *capture, bool colour, bool interactive) {
  FILE *out = open_memstream(&capture->text, &capture->len);
  assert_non_null(out);
  capture->term = (struct term){out, colour, interactive};
}

static void capture_expect(struct capture *capture, const char *expected) {
  assert_int_equal(fclose(capture->term.out), 0);
  assert_string_equal(capture->text, expected);
  free(capture->text);
}

static void test_width(void **state) {
  (void)state;
  assert_int_equal(term_width(span_of("")), 0);
  assert_int_equal(term_width(span_of("abc")), 3);
  assert_int_equal(term_width(span_of("caf\xC3\xA9")), 4);
  assert_int_equal(term_width(span_of("cafe\xCC\x81")), 4); /* combining acute */
  assert_int_equal(term_width(span_of("\xE6\xA8\xA1\xE5\x9E\x8B")), 4);
  assert_int_equal(term_width(span_of("\xEA\xB0\x80")), 2);     /* Hangul */
  assert_int_equal(term_width(span_of("\xF0\x9F\x98\x80")), 2); /* emoji */
  assert_int_equal(term_width(span_of("\xEF\xBC\xA1")), 2);     /* fullwidth A */
  assert_int_equal(term_width(span_of("\xFF\xFE")), 2);         /* shown as two U+FFFD */
}

static void expect_clean(const char *text, size_t len, size_t columns_max, const char *expected) {
  char *clean = term_clean(span_make(text, len), columns_max);
  assert_non_null(clean);
  assert_string_equal(clean, expected);
  free(clean);
}

#define EXPECT_CLEAN(text, max, expected) expect_clean(text, sizeof(text) - 1, max, expected)
#define BAD "\xEF\xBF\xBD"

static void test_clean_takes_the_teeth_out(void **state) {
  (void)state;
  EXPECT_CLEAN("\x1b]0;owned\x07", 0, BAD "]0;owned" BAD);
  EXPECT_CLEAN("a\nb\tc\rd", 0, "a b c d");
  EXPECT_CLEAN("a\0b", 0, "a" BAD "b");
  EXPECT_CLEAN("\x7f", 0, BAD);
  EXPECT_CLEAN("\xC2\x9B[2J", 0, BAD "[2J");          /* C1: CSI in one character */
  EXPECT_CLEAN("\x9b[2J", 0, BAD "[2J");              /* the same as a bare byte */
  EXPECT_CLEAN("x\xE2\x80\xAEgpj", 0, "x" BAD "gpj"); /* right-to-left override */
  EXPECT_CLEAN("\xE2\x81\xA6q", 0, BAD "q");          /* isolate */
  EXPECT_CLEAN("\xED\xA0\x80", 0, BAD BAD BAD);       /* a surrogate is no UTF-8 */
  EXPECT_CLEAN("\xC0\x9B", 0, BAD BAD);               /* overlong escape */
  EXPECT_CLEAN("\xE6\xA8", 0, BAD BAD);               /* ends within a character */
  EXPECT_CLEAN("\xE6\xA8\xA1 ok", 0, "\xE6\xA8\xA1 ok");
}

static void test_clean_cuts_to_columns(void **state) {
  (void)state;
  EXPECT_CLEAN("abcdef", 6, "abcdef");
  EXPECT_CLEAN("abcdefg", 6, "abcde\xE2\x80\xA6");
  EXPECT_CLEAN("abcdefg", 1, "\xE2\x80\xA6");
  /* Three wide characters in five columns: two would leave no room to say so,
   * and half a character cannot be shown. */
  EXPECT_CLEAN("\xE4\xB8\x80\xE4\xBA\x8C\xE4\xB8\x89", 5, "\xE4\xB8\x80\xE4\xBA\x8C\xE2\x80\xA6");
  EXPECT_CLEAN("\xE4\xB8\x80\xE4\xBA\x8C\xE4\xB8\x89", 4, "\xE4\xB8\x80\xE2\x80\xA6");
}

static void test_raw_depends_on_the_stream(void **state) {
  (void)state;
  struct capture capture;
  capture_open(&capture, false, false);
  term_put_raw(&capture.term, span_of("{\"a\":\"\x1b[31m\xC2\x9B\"}\r\n"));
  capture_expect(&capture, "{\"a\":\"\x1b[31m\xC2\x9B\"}\r\n");
  capture_open(&capture, false, true);
  term_put_raw(&capture.term, span_of("{\t\"\x1b[31m\xC2\x9B\"}\r\n"));
  capture_expect(&capture, "{\t\"" BAD "[31m" BAD "\"} \n");
}

static void test_is_text(void **state) {
  (void)state;
  size_t offset = 99;
  assert_true(term_is_text(span_of("h\xC3\xA9\n\x1b"), &offset));
  assert_false(term_is_text(span_make("ab\0c", 4), &offset));
  assert_int_equal(offset, 2);
  assert_false(term_is_text(span_of("\xE6\xA8\xA1\xFF"), &offset));
  assert_int_equal(offset, 3);
}

static const struct table_column columns[] = {{"name", TABLE_LEFT, 0, TERM_PLAIN},
                                              {"cost", TABLE_DECIMAL, 0, TERM_PLAIN},
                                              {"n", TABLE_RIGHT, 0, TERM_PLAIN},
                                              {"note", TABLE_LEFT, 8, TERM_PLAIN}};

#define ROW(...) ((const char *const[]){__VA_ARGS__})

static void test_table_aligns(void **state) {
  (void)state;
  struct capture capture;
  struct ctl_table *table = ctl_table_create(columns, 4);
  ctl_table_add(table, TERM_PLAIN, ROW("a", "$0.00012", "7", NULL));
  ctl_table_add(table, TERM_PLAIN,
                ROW("\xE6\xA8\xA1\xE5\x9E\x8B", "$15.00", "1,234", "long as it is"));
  ctl_table_add(table, TERM_PLAIN, ROW("b\x1b", "unknown", "", "x"));
  assert_int_equal(ctl_table_rows(table), 3);
  capture_open(&capture, false, false);
  assert_true(ctl_table_print(table, &capture.term));
  assert_int_equal(ctl_table_rows(table), 0);
  capture_expect(&capture, "name       cost      n  note\n"
                           "a      $0.00012      7\n"
                           "\xE6\xA8\xA1\xE5\x9E\x8B  $15.00     1,234  long as\xE2\x80\xA6\n"
                           "b" BAD "      unknown         x\n");
  ctl_table_destroy(table);
}

static void test_table_in_portions(void **state) {
  (void)state;
  struct capture capture;
  struct ctl_table *table = ctl_table_create(columns, 4);
  capture_open(&capture, false, false);
  ctl_table_add(table, TERM_PLAIN, ROW("wide name", "1.5", "1", "x"));
  assert_true(ctl_table_print(table, &capture.term));
  ctl_table_add(table, TERM_PLAIN, ROW("b", "2.25", "1", "y"));
  assert_true(ctl_table_print(table, &capture.term));
  /* One header, and the second portion keeps the width of the first. */
  capture_expect(&capture, "name       cost  n  note\n"
                           "wide name   1.5  1  x\n"
                           "b          2.25  1  y\n");
  ctl_table_destroy(table);
}

static void test_table_without_header(void **state) {
  (void)state;
  static const struct table_column two[] = {{NULL, TABLE_LEFT, 0, TERM_BOLD},
                                            {NULL, TABLE_LEFT, 0, TERM_PLAIN}};
  struct capture capture;
  struct ctl_table *table = ctl_table_create(two, 2);
  ctl_table_indent(table, 2);
  ctl_table_add(table, TERM_PLAIN, ROW("tier", "economy"));
  ctl_table_add(table, TERM_BAD, ROW("x", "no"));
  capture_open(&capture, true, true);
  assert_true(ctl_table_print(table, &capture.term));
  capture_expect(&capture, "  \x1b[1mtier\x1b[0m  economy\n"
                           "  \x1b[31mx\x1b[0m     \x1b[31mno\x1b[0m\n");
  ctl_table_destroy(table);
}

static void test_table_tolerates_null(void **state) {
  (void)state;
  struct term term = {stdout, false, false};
  ctl_table_add(NULL, TERM_PLAIN, ROW("a"));
  assert_false(ctl_table_print(NULL, &term));
  ctl_table_destroy(NULL);
}

typedef char *amount_function(double value, char *out);

static void expect_amount(amount_function *form, double value, const char *expected) {
  char text[AMOUNT_TEXT_MAX];
  assert_string_equal(form(value, text), expected);
}

static void test_usd(void **state) {
  (void)state;
  expect_amount(amount_usd, (double)NAN, "unknown");
  expect_amount(amount_usd, (double)INFINITY, "unknown");
  expect_amount(amount_usd, 0, "$0.00");
  expect_amount(amount_usd, 0.05, "$0.05");
  expect_amount(amount_usd, 0.0123456, "$0.0123");
  expect_amount(amount_usd, 0.00000001234, "$0.000000012");
  expect_amount(amount_usd, 1e-11, "<$0.000000001");
  expect_amount(amount_usd, 12.5, "$12.50");
  expect_amount(amount_usd, -0.002, "-$0.002");
  expect_amount(amount_usd, 1e300, "$1e+300");
}

static void test_counts_and_shares(void **state) {
  (void)state;
  expect_amount(amount_count, 0, "0");
  expect_amount(amount_count, 999, "999");
  expect_amount(amount_count, 1234567, "1,234,567");
  expect_amount(amount_count, -1234, "-1,234");
  expect_amount(amount_count, 1e308, "1e+308");
  expect_amount(amount_count, (double)NAN, "unknown");
  expect_amount(amount_percent, 0.9731, "97.3 %");
  expect_amount(amount_percent, -0.0001, "0.0 %");
  expect_amount(amount_percent, -1e20, "-1e+22 %");
  expect_amount(amount_percent, 1e308, "unknown"); /* overflows as per cent */
  expect_amount(amount_probability, 0.93444, "0.934");
  expect_amount(amount_probability, -1e308, "-1e+308");
}

static void test_durations(void **state) {
  (void)state;
  expect_amount(amount_duration, 59.9, "59 s");
  expect_amount(amount_duration, 61, "1 min 1 s");
  expect_amount(amount_duration, 7320, "2 h 2 min");
  expect_amount(amount_duration, 93784, "1 d 2 h");
  expect_amount(amount_duration, 1e300, "1e+300 s");
  expect_amount(amount_duration, -1, "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_width),
      cmocka_unit_test(test_clean_takes_the_teeth_out),
      cmocka_unit_test(test_clean_cuts_to_columns),
      cmocka_unit_test(test_raw_depends_on_the_stream),
      cmocka_unit_test(test_is_text),
      cmocka_unit_test(test_table_aligns),
      cmocka_unit_test(test_table_in_portions),
      cmocka_unit_test(test_table_without_header),
      cmocka_unit_test(test_table_tolerates_null),
      cmocka_unit_test(test_usd),
      cmocka_unit_test(test_counts_and_shares),
      cmocka_unit_test(test_durations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
