/* test_word_batch.c - the ways to take a word are held to each other.
 *
 * Texts made by chance from what words, their ends and their neighbours are made of go
 * through text_scan_span_by() letter by letter and with every variant of the batch.
 * Counts and tokens must agree to the byte. Texts are scanned in blocks of exactly their
 * size, so that the sanitizer sees any look beyond the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/word_batch.h"

#include "draw.h"

enum { TEXT_MAX = 400 };

static struct text_scan by_letter, by_batch;

static const char *const fragments[] = {
    "a",
    "I",
    "word",
    "Word",
    "WORD",
    "camelCase",
    "abcdefghijklmno",
    "abcdefghijklmnop",
    "qrs",
    "x1",
    "a_b",
    "_",
    "'",
    "don't",
    "(",
    "://",
    ".",
    ", ",
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\xC3\xA9",
    "1",
    "1.5",
    "@",
    "[",
    "`",
    "{",
    "\x7F",
    "\xFF",
    "z",
    "Z",
    "\t",
    "GmbH",
    "\xE4\xBD\xA0",
    "\xCC\x81",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
};

static size_t make_text(char *out, size_t len) {
  size_t at = 0;
  while (at < len) {
    const char *fragment = fragments[draw(sizeof fragments / sizeof fragments[0])];
    size_t left = len - at, take = strlen(fragment) < left ? strlen(fragment) : left;
    memcpy(out + at, fragment, take);
    at += take;
  }
  return at;
}

static void scan_by(struct text_scan *scan, const char *text, size_t len,
                    word_batch_flush_fn flush) {
  memset(scan, 0, sizeof *scan); /* so that whole tokens can be compared */
  text_scan_begin(scan);
  char *copy = malloc(len ? len : 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  text_scan_span_by(scan, span_make(copy, len), flush);
  free(copy);
}

static void compare(const char *text, size_t len, word_batch_flush_fn flush) {
  scan_by(&by_letter, text, len, NULL);
  scan_by(&by_batch, text, len, flush);
  if (memcmp(&by_letter, &by_batch, sizeof by_letter) != 0)
    fail_msg("differs for: %.*s", (int)len, text);
}

static void check_variant(word_batch_flush_fn flush) {
  char text[TEXT_MAX];
  for (size_t i = 0; i < 20000; i++)
    compare(text, make_text(text, draw(TEXT_MAX)), flush);
  for (unsigned c = 0; c < 256; c++) /* each byte behind a word, and before one */
    for (size_t len = 60; len < 70; len++) {
      memset(text, 'w', len);
      text[2] = text[13] = text[31] = text[47] = text[len - 1] = (char)c;
      compare(text, len, flush);
    }
}

static void plain(void **state) {
  (void)state;
  check_variant(word_batch_flush_plain);
}

static void avx2(void **state) {
  (void)state;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    check_variant(word_batch_flush_avx2);
    return;
  }
#endif
  skip();
}

/* Tokens that are given up again, beyond TEXT_TOKENS_MAX, do not come back. */
static void long_text(void **state) {
  (void)state;
  size_t len = 6 * TEXT_TOKENS_MAX;
  char *text = malloc(len);
  assert_non_null(text);
  compare(text, make_text(text, len), word_batch_flush());
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain),
      cmocka_unit_test(avx2),
      cmocka_unit_test(long_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
