/* test_text.c - what one pass over a text counts, on texts counted by hand.
 *
 * Every case scans a block of exactly the text's size, so that the sanitizer sees
 * any look beyond its end.
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

#include "classifier/text/text.h"

static int setup(void **state) {
  *state = malloc(sizeof(struct text_scan));
  return *state ? 0 : -1;
}

static int teardown(void **state) {
  free(*state);
  return 0;
}

/* Adds a piece from a block of its own. */
static void add_piece(struct text_scan *scan, const char *text, size_t len) {
  char *copy = malloc(len);
  assert_true(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, text, len);
  text_scan_span(scan, span_make(copy, len));
  free(copy);
}

static const struct text_counts *scan_bytes(struct text_scan *scan, const char *text, size_t len) {
  text_scan_begin(scan);
  add_piece(scan, text, len);
  return &scan->counts;
}

/* What must hold for any input at all. */
static void check_invariants(const struct text_scan *scan) {
  const struct text_counts *n = &scan->counts;
  uint64_t ascii = 0;
  for (int c = 0; c < 128; c++)
    ascii += n->ascii[c];
  assert_true(n->codepoints <= n->bytes && ascii + n->letters_ascii <= n->codepoints);
  assert_true(n->bad_bytes <= n->codepoints);
  assert_true(n->words_very_long <= n->words_long && n->words_long <= n->words);
  assert_true(n->words <= n->word_letters);
  assert_true(n->lines + n->lines_blank <= n->bytes);
  assert_true(n->line_bytes_max <= n->bytes);
  assert_true(scan->tokens_seen == n->words + n->numbers);
  assert_true(scan->tokens_count ==
              (scan->tokens_seen < TEXT_TOKENS_MAX ? scan->tokens_seen : TEXT_TOKENS_MAX));
}

/* ---- counts */

#define FIELD(name)                                                                                \
  { #name, offsetof(struct text_counts, name) }
static const struct {
  const char *name;
  size_t offset;
} fields[] = {
    FIELD(bytes),
    FIELD(codepoints),
    FIELD(bad_bytes),
    FIELD(punctuation_wide),
    FIELD(math_wide),
    FIELD(symbols_wide),
    FIELD(words),
    FIELD(word_letters),
    FIELD(words_long),
    FIELD(words_very_long),
    FIELD(words_capitalised),
    FIELD(words_upper),
    FIELD(identifiers),
    FIELD(words_single),
    FIELD(numbers),
    FIELD(number_digits),
    FIELD(numbers_decimal),
    FIELD(numbers_large),
    FIELD(number_digits_max),
    FIELD(sentences),
    FIELD(questions),
    FIELD(lines),
    FIELD(lines_blank),
    FIELD(lines_list),
    FIELD(lines_numbered),
    FIELD(lines_option),
    FIELD(lines_table),
    FIELD(lines_heading),
    FIELD(lines_indented),
    FIELD(line_bytes_max),
    FIELD(code_fences),
    FIELD(latex_commands),
    FIELD(urls),
    FIELD(tags),
    FIELD(json_keys),
    FIELD(calls),
};

static uint64_t field(const struct text_counts *counts, const char *name, size_t len) {
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    if (strlen(fields[i].name) == len && memcmp(fields[i].name, name, len) == 0)
      return *(const uint64_t *)(const void *)((const char *)counts + fields[i].offset);
  fail_msg("no such field: %.*s", (int)len, name);
  return 0;
}

/* Each text with the counts to hold, as "name=value name=value". */
static const struct {
  const char *text, *counts;
} counted[] = {
    {"", "bytes=0 codepoints=0 words=0 lines=0 lines_blank=0 sentences=0"},
    {" \t", "bytes=2 words=0 lines=0 lines_blank=1 sentences=0"},
    {"Hello world.", "bytes=12 codepoints=12 words=2 word_letters=10 words_capitalised=1 "
                     "sentences=1 lines=1 line_bytes_max=12 questions=0"},
    {"Why? Because! And so", "sentences=3 questions=1 words=4 words_long=1"},
    {"Version 3.5 of e.g. this.", "sentences=2 numbers=1 numbers_decimal=1"},
    {"extraordinarily long characterisation", "words=3 words_long=2 words_very_long=2"},
    {"a I x NASA GmbH", "words=5 words_single=3 words_upper=1 identifiers=1 words_capitalised=3"},
    {"snake_case camelCase x1 don't", "words=4 identifiers=3 word_letters=25"},
    {"print(x) f (y)", "calls=1 words=4"},
    {"12 3.25 1,000,000 90210", "numbers=4 number_digits=17 numbers_decimal=1 numbers_large=2 "
                                "number_digits_max=7 words=0"},
    {"7.", "numbers=1 numbers_decimal=0 sentences=1"},
    {"one\n\n\ntwo\n", "lines=2 lines_blank=2 line_bytes_max=3"},
    {"one\r\n\r\ntwo", "lines=2 lines_blank=1 words=2"},
    {"- a\n* b\n+ c\n-d\n--- x", "lines_list=3 lines=5"},
    {"1. a\n23) b\n4.5 c\n12345. d", "lines_numbered=2"},
    {"A. x\nB) y\n(C) z\n- (D) w\nE: v\nK. no\nA.no\n(F. no\nA. ", "lines_option=6"},
    {"| a |\n# b\n    c\n\td\n  e", "lines_table=1 lines_heading=1 lines_indented=2"},
    {"```c\nx\n```\n~~~\n``", "code_fences=3"},
    {"\\frac{a}{b} \\\\ \\alpha", "latex_commands=2"},
    {"see https://a.b and http:x", "urls=1"},
    {"<b>x</b> 3 < 4", "tags=2"},
    {"{\"a\": 1, \"b\":2, \"c\"}", "json_keys=2"},
    {"你好，世界。", "codepoints=6 words=4 word_letters=4 punctuation_wide=2 sentences=1"},
    {"何ですか？", "words=4 questions=1 sentences=1"},
    {"안녕 세계", "words=2 word_letters=4"},
    {"Où est Noël?", "words=3 word_letters=9 words_capitalised=2 questions=1"},
    {"naïve Ünal", "words=2 word_letters=9 words_capitalised=0"},
    {"Привет мир", "words=2 word_letters=9"},
    {"∑ × ² → €", "math_wide=3 symbols_wide=2 words=0 lines=1"},
    {"e\xCC\x81t\xC3\xA9", "words=1 word_letters=3 codepoints=4"}, /* a combining accent */
    {"ab\xFF"
     "cd\xC3",
     "bad_bytes=2 words=2 codepoints=6 bytes=6"},
};

static void check_counts(const struct text_counts *counts, const char *text, const char *expected) {
  while (*expected) {
    const char *equals = strchr(expected, '=');
    char *end;
    uint64_t want = strtoull(equals + 1, &end, 10);
    uint64_t got = field(counts, expected, (size_t)(equals - expected));
    if (got != want)
      fail_msg("\"%s\": %.*s, got %llu", text, (int)(end - expected), expected,
               (unsigned long long)got);
    expected = *end ? end + 1 : end;
  }
}

static void counts(void **state) {
  struct text_scan *scan = *state;
  for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
    const struct text_counts *n = scan_bytes(scan, counted[i].text, strlen(counted[i].text));
    check_counts(n, counted[i].text, counted[i].counts);
    check_invariants(scan);
  }
}

static void scripts(void **state) {
  struct text_scan *scan = *state;
  const char *text = "ab é α Ж ש ع क ก 한 あ 你";
  const struct text_counts *n = scan_bytes(scan, text, strlen(text));
  static const uint64_t expected[SCRIPT_COUNT] = {
      [SCRIPT_LATIN] = 3,  [SCRIPT_GREEK] = 1, [SCRIPT_CYRILLIC] = 1,
      [SCRIPT_ARABIC] = 2, [SCRIPT_INDIC] = 1, [SCRIPT_THAI] = 1,
      [SCRIPT_HANGUL] = 1, [SCRIPT_KANA] = 1,  [SCRIPT_HAN] = 1,
  };
  for (int i = 0; i < SCRIPT_COUNT; i++)
    if (n->scripts[i] != expected[i])
      fail_msg("script %d: %llu letters", i, (unsigned long long)n->scripts[i]);
}

static bool is_mark(size_t c) {
  return !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != ' ' &&
         !(c >= '\t' && c <= '\r');
}

/* Every ASCII mark is counted wherever it stands. */
static void marks_are_counted(void **state) {
  struct text_scan *scan = *state;
  char text[4 * 128];
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = (char)(i / 4); /* four of each, NUL among them */
  const struct text_counts *n = scan_bytes(scan, text, sizeof text);
  for (size_t c = 0; c < 128; c++)
    if (n->ascii[c] != (is_mark(c) ? 4u : 0u))
      fail_msg("character %zu was counted %llu times", c, (unsigned long long)n->ascii[c]);
  assert_int_equal(n->codepoints, sizeof text);
  assert_int_equal(n->letters_ascii, 4 * 2 * 26);
}

/* ---- tokens */

static void tokens(void **state) {
  struct text_scan *scan = *state;
  const char *text = "Don't stop\n你好 42 Stopping";
  scan_bytes(scan, text, strlen(text));
  assert_int_equal(scan->tokens_count, 6);
  const struct text_token *t = scan->tokens;
  assert_int_equal(t[0].hash, text_word_hash(span_of("dont")));
  assert_int_equal(t[0].hash, text_word_hash(span_of("DON'T")));
  assert_int_equal(t[1].hash, text_word_hash(span_of("stop")));
  assert_true(t[0].line_start && !t[1].line_start && t[2].line_start && !t[3].line_start);
  assert_true(t[2].kind == TOKEN_UNSPACED && t[3].kind == TOKEN_UNSPACED);
  assert_int_equal(t[2].hash, text_word_hash(span_of("你")));
  assert_true(t[4].kind == TOKEN_NUMBER && t[4].letters == 2);
  /* A word's beginning is that of its first four letters; a word of four has none. */
  assert_int_equal(t[5].letters, 8);
}

/* Numbers are told apart by shape, not by value. */
static void numbers_by_shape(void **state) {
  struct text_scan *scan = *state;
  const char *text = "12 97 123 1.5";
  scan_bytes(scan, text, strlen(text));
  assert_int_equal(scan->tokens_count, 4);
  assert_int_equal(scan->tokens[0].hash, scan->tokens[1].hash);
  assert_int_not_equal(scan->tokens[0].hash, scan->tokens[2].hash);
  assert_int_not_equal(scan->tokens[0].hash, scan->tokens[3].hash);
}

/* Of a text that is too long the first tokens stay, and the last ones. */
static void long_text_keeps_both_ends(void **state) {
  struct text_scan *scan = *state;
  enum { WORDS = 3 * TEXT_TOKENS_MAX, WORD = 5 };
  char *text = malloc(WORDS * WORD + 1);
  assert_non_null(text);
  memset(text, 'm', WORDS * WORD);
  for (size_t i = 0; i < WORDS; i++)
    text[i * WORD + WORD - 1] = ' ';
  memcpy(text, "head", 4);
  memcpy(text + (WORDS - 1) * WORD, "tail", 4);
  const struct text_counts *n = scan_bytes(scan, text, WORDS * WORD);
  free(text);
  check_invariants(scan);
  assert_int_equal(n->words, WORDS);
  assert_int_equal(scan->tokens_seen, WORDS);
  assert_int_equal(scan->tokens[0].hash, text_word_hash(span_of("head")));
  bool tail = false;
  for (size_t i = TEXT_TOKENS_HEAD; i < TEXT_TOKENS_MAX; i++)
    tail |= scan->tokens[i].hash == text_word_hash(span_of("tail"));
  assert_true(tail);
}

/* A word longer than any counter of a token stays one word. */
static void huge_word(void **state) {
  struct text_scan *scan = *state;
  enum { LETTERS = 100000 };
  char *text = malloc(LETTERS);
  assert_non_null(text);
  memset(text, 'w', LETTERS);
  const struct text_counts *n = scan_bytes(scan, text, LETTERS);
  assert_true(n->words == 1 && n->word_letters == LETTERS && scan->tokens[0].letters == 65535);
  memset(text, '7', LETTERS);
  n = scan_bytes(scan, text, LETTERS);
  assert_true(n->numbers == 1 && n->number_digits_max == LETTERS);
  free(text);
}

/* ---- hostile input */

static const char mixed[] =
    "Hello, \"key\": wörld_1 don't f(x) https://x.y 3.14\r\n\n"
    "- (A) ∑x² → 你好。何ですか？ 한국어 \xF0\x9F\x98\x80 שלום ไทย हिन्दी e\xCC\x81 <b> \\frac\n"
    "```\n    | tab\n\t12. A) \xFF\xC3 \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x88";

static void every_prefix_and_suffix(void **state) {
  struct text_scan *scan = *state;
  size_t whole = sizeof mixed - 1;
  for (size_t len = 0; len <= whole; len++) {
    assert_int_equal(scan_bytes(scan, mixed, len)->bytes, len);
    check_invariants(scan);
    scan_bytes(scan, mixed + len, whole - len);
    check_invariants(scan);
  }
}

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

/* Random bytes, half of them from the marks that scanners look ahead of. */
static void random_bytes(void **state) {
  static const char marks[] = "'\".,<\\:/()-*|#`~A1 \t\n\xC3\xE4\xF0\xBD";
  struct text_scan *scan = *state;
  uint64_t seed = 42;
  for (int round = 0; round < 3000; round++) {
    char bytes[96];
    size_t len = next_random(&seed) % sizeof bytes;
    for (size_t i = 0; i < len; i++) {
      uint64_t r = next_random(&seed);
      bytes[i] = r & 256 ? marks[(r >> 16) % (sizeof marks - 1)] : (char)(unsigned char)r;
    }
    assert_int_equal(scan_bytes(scan, bytes, len)->bytes, len);
    check_invariants(scan);
  }
}

/* ---- pieces */

/* Cut at the end of a line, a text in pieces is the same text. */
static void pieces_at_line_ends(void **state) {
  struct text_scan *scan = *state;
  static const char text[] = "Prove it. Now!\n\n1. first f(x)\n- (B) 你好？\n    last";
  scan_bytes(scan, text, sizeof text - 1);
  struct text_scan *whole = malloc(sizeof *whole);
  assert_non_null(whole);
  *whole = *scan;
  text_scan_begin(scan);
  for (const char *p = text, *end; *p; p = end) {
    end = strchr(p, '\n');
    end = end ? end + 1 : p + strlen(p);
    add_piece(scan, p, (size_t)(end - p));
  }
  /* A piece ends the sentence that is open; here one line has no stop of its own. */
  assert_int_equal(scan->counts.sentences, whole->counts.sentences + 1);
  scan->counts.sentences = whole->counts.sentences;
  assert_memory_equal(&scan->counts, &whole->counts, sizeof whole->counts);
  assert_int_equal(scan->tokens_count, whole->tokens_count);
  assert_memory_equal(scan->tokens, whole->tokens, whole->tokens_count * sizeof whole->tokens[0]);
  free(whole);
}

/* A piece ends the word, the number, the line and the sentence that it cuts. */
static void pieces_end_what_they_cut(void **state) {
  struct text_scan *scan = *state;
  text_scan_begin(scan);
  add_piece(scan, "half 12", 7);
  add_piece(scan, "", 0);
  add_piece(scan, "34 way\xE4\xBD", 8);
  add_piece(scan, "\xA0", 1);
  check_counts(&scan->counts, "pieces",
               "words=2 numbers=2 lines=3 sentences=2 bad_bytes=3 bytes=16");
  assert_true(scan->tokens[2].line_start);
  check_invariants(scan);
}

/* Nothing of one text is left for the next. */
static void begin_forgets(void **state) {
  struct text_scan *scan = *state;
  scan_bytes(scan, mixed, sizeof mixed - 1);
  text_scan_begin(scan);
  static const struct text_counts nothing;
  assert_memory_equal(&scan->counts, &nothing, sizeof nothing);
  assert_true(scan->tokens_count == 0 && scan->tokens_seen == 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(counts),
      TEST(scripts),
      TEST(marks_are_counted),
      TEST(tokens),
      TEST(numbers_by_shape),
      TEST(long_text_keeps_both_ends),
      TEST(huge_word),
      TEST(every_prefix_and_suffix),
      TEST(random_bytes),
      TEST(pieces_at_line_ends),
      TEST(pieces_end_what_they_cut),
      TEST(begin_forgets),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
