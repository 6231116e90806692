/* test_cut.c - a text is cut before a blank, or else before a character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/cut.h"

static void cuts_before_the_last_blank(void **state) {
  (void)state;
  struct span text = span_of("The harbour\nis closed.");
  assert_int_equal(text_cut(text, 0), 0);
  assert_int_equal(text_cut(text, 2), 2); /* no blank before it */
  assert_int_equal(text_cut(text, 3), 3);
  assert_int_equal(text_cut(text, 10), 3);
  assert_int_equal(text_cut(text, 11), 11);
  assert_int_equal(text_cut(text, text.len - 1), 14);
  assert_int_equal(text_cut(text, text.len), text.len);
}

static void cuts_no_character(void **state) {
  (void)state;
  struct span text = span_of("漢字漢字漢字漢字漢字漢字漢字漢字");
  for (size_t at = 0; at < text.len; at++)
    assert_int_equal(text_cut(text, at), at / 3 * 3);
  text = span_of("😀😀😀😀😀😀😀😀😀😀😀😀");
  for (size_t at = 0; at < text.len; at++)
    assert_int_equal(text_cut(text, at), at / 4 * 4);
}

/* A blank further back than it looks, and bytes that begin no character at all. */
static void cuts_where_it_was_asked_to(void **state) {
  (void)state;
  char text[200];
  memset(text, 'x', sizeof text);
  text[10] = ' ';
  assert_int_equal(text_cut(span_make(text, sizeof text), 10 + TEXT_CUT_BACK - 1), 10);
  assert_int_equal(text_cut(span_make(text, sizeof text), 10 + TEXT_CUT_BACK), 10 + TEXT_CUT_BACK);
  memset(text, '\x80', sizeof text);
  for (size_t at = 0; at < sizeof text; at++)
    assert_int_equal(text_cut(span_make(text, sizeof text), at), at);
  assert_int_equal(text_cut(span_make(NULL, 0), 0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_before_the_last_blank),
      cmocka_unit_test(cuts_no_character),
      cmocka_unit_test(cuts_where_it_was_asked_to),
  };
  return cmocka_run_group_tests_name("cut", tests, NULL, NULL);
}
