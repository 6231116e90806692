/* test_tokens.c - the token estimate, by sums done by hand with the rates that stand
 * at the head of tokens.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/tokens.h"

static void texts_by_hand(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t tokens;
  } cases[] = {
      {"", 0},
      {"cat", 1},
      {"kitchen", 1},              /* seven letters, the longest of one token */
      {"internationalization", 4}, /* 20 letters: 1 + 13 * 0.19 = 3.47 */
      {"two words", 2},
      {"   \t\r", 0}, /* spaces belong to the words behind them */
      {"123", 1},
      {"1234", 2},
      {"1234567890", 4},
      {"!", 1},            /* 0.62 */
      {"!!", 2},           /* 1.24 */
      {"\n", 1},           /* 0.55 */
      {"\n\n", 2},         /* 1.10 */
      {"f(x) = 1;", 6},    /* f, x, 1, and four marks of 0.62: 5.48 */
      {"漢字", 2},         /* 2 * 0.78 */
      {"。", 1},           /* wide punctuation: 1 */
      {"\xff", 2},         /* a broken byte is a symbol: 1.8 */
      {"\xff\xff\xff", 6}, /* 5.4 */
      {"über", 2},         /* 0.38 for ü, 1 for the rest */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (tokens_of_text(span_of(cases[i].text)) != cases[i].tokens)
      fail_msg("\"%s\": %llu tokens, expected %llu", cases[i].text,
               (unsigned long long)tokens_of_text(span_of(cases[i].text)),
               (unsigned long long)cases[i].tokens);
  assert_int_equal(tokens_of_text(span_make(NULL, 0)), 0);
}

/* A NUL or half a character at the end must not make it read on. */
static void stays_within_the_span(void **state) {
  (void)state;
  static const char text[] = "漢字 and words\0after";
  for (size_t len = 0; len < sizeof text; len++) {
    char *exact = malloc(len ? len : 1);
    memcpy(exact, text, len);
    assert_true(tokens_of_text(span_make(exact, len)) <= len * 2);
    free(exact);
  }
}

static void is_linear_in_the_text(void **state) {
  (void)state;
  enum { COPIES = 100000 };
  static const char unit[] = "word 12 \n";
  size_t len = sizeof unit - 1;
  char *text = malloc(len * COPIES);
  for (size_t i = 0; i < COPIES; i++)
    memcpy(text + i * len, unit, len);
  /* 1 + 1 + 0.55 each. */
  assert_int_equal(tokens_of_text(span_make(text, len * COPIES)), COPIES * 255 / 100);
  free(text);
}

static void conversations_by_hand(void **state) {
  (void)state;
  const struct turn turns[] = {{TURN_SYSTEM, true, span_of("Be brief")},
                               {TURN_USER, true, span_of("cat")},
                               {TURN_USER, false, span_of("cat")}};
  struct conversation c = {.turns = turns, .turns_count = 3};
  /* Words 2 + 1 + 1, two messages of 4, 3 for the reply's beginning. */
  assert_int_equal(tokens_of_conversation(&c), 4 + 8 + 3);
  c.tools_count = 2;
  c.tools_bytes = 400;
  assert_int_equal(tokens_of_conversation(&c), 15 + 2 * 9 + 100);
  c.images_count = 1;
  assert_int_equal(tokens_of_conversation(&c), 133 + 1000);
  c.files_count = 2;
  assert_int_equal(tokens_of_conversation(&c), 1133 + 2 * 1500);
  assert_int_equal(tokens_of_conversation(&(struct conversation){0}), 3);
}

static void counts_cannot_wrap_round(void **state) {
  (void)state;
  struct conversation c = {.images_count = UINT32_MAX, .files_count = UINT32_MAX};
  assert_true(tokens_of_conversation(&c) > (uint64_t)UINT32_MAX * 2000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_by_hand),
      cmocka_unit_test(stays_within_the_span),
      cmocka_unit_test(is_linear_in_the_text),
      cmocka_unit_test(conversations_by_hand),
      cmocka_unit_test(counts_cannot_wrap_round),
  };
  return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
