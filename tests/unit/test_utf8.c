/* test_utf8.c - decoding, classification and folding of single characters.
 *
 * Decoding is held to an encoder written here from RFC 3629: every code point must
 * come back, and every sequence of bytes that the encoder never makes must count as
 * one bad byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/text/utf8.h"

static size_t encode(uint32_t c, unsigned char out[4]) {
  if (c < 0x80) {
    out[0] = (unsigned char)c;
    return 1;
  }
  size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length; i-- > 1; c >>= 6)
    out[i] = (unsigned char)(0x80 | (c & 0x3F));
  out[0] = (unsigned char)(leads[length] | c);
  return length;
}

/* Decodes len bytes from a block of exactly that size, so that the sanitizer sees
 * a read behind them. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *codepoint, bool *bad) {
  unsigned char *copy = malloc(len);
  assert_non_null(copy);
  memcpy(copy, bytes, len);
  *bad = false;
  size_t taken = utf8_decode(copy, copy + len, codepoint, bad);
  free(copy);
  return taken;
}

static void every_character_comes_back(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    unsigned char bytes[4];
    uint32_t got = 0;
    bool bad = false;
    size_t length = encode(c, bytes);
    size_t taken = utf8_decode(bytes, bytes + length, &got, &bad);
    bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (surrogate ? !(bad && taken == 1 && got == UTF8_REPLACEMENT)
                  : !(!bad && taken == length && got == c))
      fail_msg("U+%04X decodes to U+%04X, %zu bytes", (unsigned)c, (unsigned)got, taken);
  }
}

/* Two bytes say all there is to say about what may follow a lead byte. */
static void pairs_of_bytes(void **state) {
  (void)state;
  for (unsigned lead = 0x80; lead < 0x100; lead++)
    for (unsigned next = 0; next < 0x100; next++) {
      const unsigned char bytes[] = {(unsigned char)lead, (unsigned char)next};
      uint32_t got = 0;
      bool bad = false;
      size_t taken = utf8_decode(bytes, bytes + 2, &got, &bad);
      bool good = lead >= 0xC2 && lead <= 0xDF && next >= 0x80 && next <= 0xBF;
      if (bad == good || taken != (good ? 2u : 1u))
        fail_msg("%02X %02X is %s", lead, next, bad ? "refused" : "taken");
    }
}

static void bad_sequences(void **state) {
  static const char *const sequences[] = {
      "\x80",             /* a continuation alone */
      "\xC0\x80",         /* NUL in two bytes */
      "\xC1\xBF",         /* overlong */
      "\xE0\x80\x80",     /* overlong */
      "\xE0\x9F\xBF",     /* overlong */
      "\xED\xA0\x80",     /* first surrogate */
      "\xED\xBF\xBF",     /* last surrogate */
      "\xF0\x80\x80\x80", /* overlong */
      "\xF0\x8F\xBF\xBF", /* overlong */
      "\xF4\x90\x80\x80", /* U+110000 */
      "\xF5\x80\x80\x80", /* beyond every plane */
      "\xF8\x88\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xE4\xBD\x41",     /* third byte is no continuation */
      "\xF0\x9F\x98\x41", /* fourth byte is none */
  };
  (void)state;
  for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
    uint32_t got = 0;
    bool bad = false;
    const unsigned char *bytes = (const unsigned char *)sequences[i];
    assert_int_equal(decode(bytes, strlen(sequences[i]), &got, &bad), 1);
    assert_true(bad);
    assert_int_equal(got, UTF8_REPLACEMENT);
  }
}

/* A character that is cut short costs one byte, and nothing behind it is read. */
static void cut_sequences(void **state) {
  static const uint32_t characters[] = {0xE9, 0x4F60, 0x1F600};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    unsigned char bytes[4];
    size_t length = encode(characters[i], bytes);
    for (size_t len = 1; len < length; len++) {
      uint32_t got = 0;
      bool bad = false;
      assert_int_equal(decode(bytes, len, &got, &bad), 1);
      assert_true(bad);
    }
  }
}

static void good_leaves_bad_alone(void **state) {
  (void)state;
  uint32_t got = 0;
  bool bad = true;
  const unsigned char a[] = "a";
  assert_int_equal(utf8_decode(a, a + 1, &got, &bad), 1);
  assert_true(bad);
}

static const struct {
  uint32_t codepoint;
  enum codepoint_kind kind;
  enum script script; /* of letters */
} characters[] = {
    {0x80, CODEPOINT_SYMBOL, SCRIPT_OTHER},
    {0xA0, CODEPOINT_SPACE, SCRIPT_OTHER},
    {0xBF, CODEPOINT_PUNCTUATION, SCRIPT_OTHER}, /* ¿ */
    {0xD7, CODEPOINT_MATH, SCRIPT_OTHER},        /* × */
    {0xE9, CODEPOINT_LETTER, SCRIPT_LATIN},
    {0x301, CODEPOINT_MARK, SCRIPT_OTHER}, /* combining acute */
    {0x3B1, CODEPOINT_LETTER, SCRIPT_GREEK},
    {0x416, CODEPOINT_LETTER, SCRIPT_CYRILLIC},
    {0x5D0, CODEPOINT_LETTER, SCRIPT_ARABIC}, /* Hebrew goes with it */
    {0x639, CODEPOINT_LETTER, SCRIPT_ARABIC},
    {0x915, CODEPOINT_LETTER, SCRIPT_INDIC},
    {0xE01, CODEPOINT_LETTER, SCRIPT_THAI},
    {0x1EBF, CODEPOINT_LETTER, SCRIPT_LATIN}, /* ế */
    {0x2014, CODEPOINT_PUNCTUATION, SCRIPT_OTHER},
    {0x200D, CODEPOINT_MARK, SCRIPT_OTHER}, /* zero-width joiner */
    {0x20AC, CODEPOINT_SYMBOL, SCRIPT_OTHER},
    {0x2211, CODEPOINT_MATH, SCRIPT_OTHER}, /* ∑ */
    {0x3000, CODEPOINT_SPACE, SCRIPT_OTHER},
    {0x3002, CODEPOINT_PUNCTUATION, SCRIPT_OTHER},
    {0x3042, CODEPOINT_LETTER, SCRIPT_KANA},
    {0x4F60, CODEPOINT_LETTER, SCRIPT_HAN},
    {0xD55C, CODEPOINT_LETTER, SCRIPT_HANGUL},
    {0xFEFF, CODEPOINT_MARK, SCRIPT_OTHER}, /* byte order mark */
    {0xFF1F, CODEPOINT_PUNCTUATION, SCRIPT_OTHER},
    {0x1F600, CODEPOINT_SYMBOL, SCRIPT_OTHER},
    {0x20000, CODEPOINT_LETTER, SCRIPT_HAN},
    {0x10FFFF, CODEPOINT_SYMBOL, SCRIPT_OTHER},
};

static void classes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
    enum script script = SCRIPT_COUNT;
    enum codepoint_kind kind = utf8_classify(characters[i].codepoint, &script);
    if (kind != characters[i].kind || script != characters[i].script)
      fail_msg("U+%04X is of kind %d, script %d", (unsigned)characters[i].codepoint, (int)kind,
               (int)script);
  }
  for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
    enum script script = SCRIPT_COUNT;
    enum codepoint_kind kind = utf8_classify(c, &script);
    assert_true(kind <= CODEPOINT_MARK && script < SCRIPT_COUNT);
  }
}

/* The hints where to begin bring nobody past the range that holds the character. */
static void hints_are_right(void **state) {
  (void)state;
  for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
    enum script script, script_searched;
    enum codepoint_kind kind = utf8_classify(c, &script);
    if (kind != utf8_classify_by_search(c, &script_searched) || script != script_searched)
      fail_msg("U+%04X is of kind %d, script %d", (unsigned)c, (int)kind, (int)script);
  }
}

static void folding(void **state) {
  static const uint32_t pairs[][2] = {
      {'A', 'a'},       {'Z', 'z'},         {'[', '['},     {0xC9, 0xE9},   {0xD7, 0xD7},
      {0xDF, 0xDF},     {0x15E, 0x15F},     {0x179, 0x17A}, {0x17D, 0x17E}, {0x391, 0x3B1},
      {0x3A9, 0x3C9},   {0x416, 0x436},     {0x401, 0x451}, {0x490, 0x491}, {0x1EBE, 0x1EBF},
      {0x4F60, 0x4F60}, {0x1F600, 0x1F600},
  };
  (void)state;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (utf8_fold(pairs[i][0]) != pairs[i][1])
      fail_msg("U+%04X folds to U+%04X", (unsigned)pairs[i][0], (unsigned)utf8_fold(pairs[i][0]));
}

/* Folding what is folded changes nothing, and no letter changes its length in
 * bytes: the callers rely on that. */
static void folding_is_stable(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    unsigned char before[4], after[4];
    uint32_t folded = utf8_fold(c);
    if (utf8_fold(folded) != folded || encode(c, before) != encode(folded, after))
      fail_msg("U+%04X folds to U+%04X", (unsigned)c, (unsigned)folded);
  }
}

static void unspaced_scripts(void **state) {
  (void)state;
  assert_true(script_is_unspaced(SCRIPT_HAN) && script_is_unspaced(SCRIPT_KANA) &&
              script_is_unspaced(SCRIPT_THAI));
  assert_false(script_is_unspaced(SCRIPT_HANGUL) || script_is_unspaced(SCRIPT_LATIN));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_character_comes_back),
      cmocka_unit_test(pairs_of_bytes),
      cmocka_unit_test(bad_sequences),
      cmocka_unit_test(cut_sequences),
      cmocka_unit_test(good_leaves_bad_alone),
      cmocka_unit_test(classes),
      cmocka_unit_test(hints_are_right),
      cmocka_unit_test(folding),
      cmocka_unit_test(folding_is_stable),
      cmocka_unit_test(unspaced_scripts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
