/* test_tokens.c - the token estimate against exact o200k counts, and what must hold for
 * any bytes.
 *
 * tests/data/token-counts.ndjson has texts written for this test, with counts made by
 * bench/tokens/count.mjs. The bounds are on the mean relative error of a group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "daemon/router/tokens.h"

static uint64_t estimate(const char *text) {
  return tokens_of_text(span_of(text));
}

/* Pieces whose count follows from the rules of cutting alone, with words that are one
 * token each. */
static void pieces_are_cut_as_o200k_cuts_them(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t tokens;
  } cases[] = {
      {"", 0},
      {"cat", 1},
      {" the cat", 2},
      {"123", 1},
      {"1234", 2},
      {"1234567890", 4},
      {"a 1", 3},          /* a space never joins a digit */
      {"the    cat", 3},   /* three blanks, then the word with its own */
      {"a\n\n\n\nb", 3},   /* line ends together */
      {"one\n    two", 4}, /* line end, three blanks, the word with its own */
      {"getName", 2},      /* a capital begins a piece */
      {"the   ", 2},       /* blanks at the end together */
      {"\xff\xff\xff", 3}, /* a broken byte is U+FFFD */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (estimate(cases[i].text) != cases[i].tokens)
      fail_msg("\"%s\": %llu tokens, expected %llu", cases[i].text,
               (unsigned long long)estimate(cases[i].text), (unsigned long long)cases[i].tokens);
  assert_int_equal(tokens_of_text(span_make(NULL, 0)), 0);
}

/* A group of the vector file: a kind, or a script when the kind is NULL. */
struct bound {
  const char *kind, *script;
  double mape;
  /* filled on the way */
  double error;
  int rows;
};

static bool in_group(const struct bound *bound, const char *kind, const char *script) {
  return (!bound->kind || strcmp(bound->kind, kind) == 0) &&
         (!bound->script || strcmp(bound->script, script) == 0);
}

static void add_vector(const char *line, struct bound *bounds, size_t bounds_count) {
  cJSON *row = cJSON_Parse(line);
  assert_non_null(row);
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "text"));
  const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "kind"));
  const char *script = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "script"));
  double exact = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row, "o200k"));
  assert_true(text && kind && script && exact > 0);
  double off = ((double)estimate(text) - exact) / exact;
  for (size_t i = 0; i < bounds_count; i++) {
    if (!in_group(&bounds[i], kind, script))
      continue;
    bounds[i].error += off < 0 ? -off : off;
    bounds[i].rows++;
  }
  cJSON_Delete(row);
}

static void stays_near_exact_counts(void **state) {
  (void)state;
  /* 5 % for English, 8 % for code, JSON and the four other languages, which have 35 rows
   * each, prose and everyday; no row is in anything that was fitted. The last bound holds
   * every odd kind and rare language as well. */
  struct bound bounds[] = {
      {"prose", "latin", 0.05, 0, 0}, {"exam", NULL, 0.05, 0, 0},     {"code", NULL, 0.08, 0, 0},
      {"json", NULL, 0.08, 0, 0},     {NULL, "arabic", 0.08, 0, 0},   {NULL, "russian", 0.08, 0, 0},
      {NULL, "chinese", 0.08, 0, 0},  {NULL, "japanese", 0.08, 0, 0}, {NULL, "emoji", 0.12, 0, 0},
      {NULL, NULL, 0.07, 0, 0},
  };
  enum { BOUNDS = sizeof bounds / sizeof bounds[0] };
  FILE *file = fopen(TIERD_SOURCE_DIR "/tests/data/token-counts.ndjson", "r");
  assert_non_null(file);
  static char line[65536];
  while (fgets(line, sizeof line, file))
    add_vector(line, bounds, BOUNDS);
  assert_int_equal(fclose(file), 0);
  for (size_t i = 0; i < BOUNDS; i++) {
    assert_true(bounds[i].rows > 0);
    double mape = bounds[i].error / bounds[i].rows;
    if (!(mape <= bounds[i].mape))
      fail_msg("kind %s, script %s: mean error %.3f, at most %.3f",
               bounds[i].kind ? bounds[i].kind : "any", bounds[i].script ? bounds[i].script : "any",
               mape, bounds[i].mape);
  }
  assert_true(bounds[BOUNDS - 1].rows >= 250);
}

/* Every prefix of every kind of bytes, each in a block of its own, so that the
 * sanitizer sees a read past it. A token has at least one byte. */
static void stays_within_the_span(void **state) {
  (void)state;
  static const char text[] = "漢字 and Words\0after 12'll \xff\xe2\x82 ((\t\n naïve été 😀x ' ";
  for (size_t len = 0; len < sizeof text; len++) {
    char *exact = malloc(len ? len : 1);
    memcpy(exact, text, len);
    assert_true(tokens_of_text(span_make(exact, len)) <= len * 2);
    free(exact);
  }
}

/* Texts joined at a line end cost what they cost apart, but for the line end itself. */
static void joining_adds_up(void **state) {
  (void)state;
  static const char *const texts[] = {"The harbour is closed.", "int x = 42;",     "明日は雨です。",
                                      "Почему небо голубое?",   "{\"a\": [1, 2]}", "x"};
  enum { TEXTS = sizeof texts / sizeof texts[0] };
  for (size_t i = 0; i < TEXTS; i++)
    for (size_t k = 0; k < TEXTS; k++) {
      char joined[256];
      (void)snprintf(joined, sizeof joined, "%s\n%s", texts[i], texts[k]);
      uint64_t apart = estimate(texts[i]) + estimate(texts[k]), together = estimate(joined);
      assert_true(together + 2 >= apart && together <= apart + 3);
      assert_true(together >= estimate(texts[i]));
    }
}

/* Tokens by reading all of a text, however long. */
static uint64_t scanned(const char *text, size_t len) {
  struct token_counts counts = {0};
  tokens_scan_text(span_make(text, len), &counts);
  return tokens_of_counts(&counts, TOKENS_O200K, IMAGES_BY_FAMILY);
}

static void huge_texts_scale(void **state) {
  (void)state;
  enum { COPIES = 200000 };
  static const char *const units[] = {
      "the cat 12\n", "aaaaaaaaaaaa", "((((((((((((", "漢字", "   ", "\xff\xfe", "😀", "AbAbAbAb"};
  for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
    size_t len = strlen(units[u]);
    char *text = malloc(len * COPIES);
    assert_non_null(text);
    for (size_t i = 0; i < COPIES; i++)
      memcpy(text + i * len, units[u], len);
    uint64_t once = scanned(text, len * COPIES / 2);
    uint64_t twice = scanned(text, len * COPIES);
    assert_true(twice <= 2 * once + 2 && twice + 2 >= once && twice <= 2 * len * COPIES);
    free(text);
  }
}

/* Memory is gone before a text could be so long, but the sums must hold. */
static void counts_cannot_wrap_round(void **state) {
  (void)state;
  struct conversation c = {.images_count = UINT32_MAX, .files_count = UINT32_MAX};
  assert_true(tokens_of_conversation(&c) > (uint64_t)UINT32_MAX * 2000);
  struct token_counts counts = {.text = {UINT64_C(1) << 60}};
  for (int family = 0; family < TOKENS_FAMILIES; family++)
    assert_true(tokens_of_counts(&counts, (enum token_family)family, IMAGES_BY_FAMILY) >=
                UINT64_C(1) << 53);
}

static void conversations_by_hand(void **state) {
  (void)state;
  const struct turn turns[] = {{TURN_SYSTEM, true, span_of("the cat")},
                               {TURN_USER, true, span_of("cat")},
                               {TURN_USER, false, span_of("cat")}};
  struct conversation c = {.turns = turns, .turns_count = 3};
  /* Words 2 + 1 + 1, two messages of 4, 3 for the reply's beginning. */
  assert_int_equal(tokens_of_conversation(&c), 4 + 8 + 3);
  c.tools_count = 2;
  c.tools_bytes = 400;
  assert_int_equal(tokens_of_conversation(&c), 15 + 2 * 9 + 100);
  c.images_count = 1;
  assert_int_equal(tokens_of_conversation(&c), 133 + 765);
  c.files_count = 2;
  assert_int_equal(tokens_of_conversation(&c), 133 + 765 + 2 * 1500);
  const struct image_part low = {.detail = IMAGE_LOW};
  c.images = &low;
  assert_int_equal(tokens_of_conversation(&c), 133 + 85 + 2 * 1500);
  assert_int_equal(tokens_of_conversation(&(struct conversation){0}), 3);
}

static void families_have_names_and_factors(void **state) {
  (void)state;
  for (int i = 0; i < TOKENS_FAMILIES; i++) {
    enum token_family found;
    assert_true(token_family_find(span_of(token_family_name((enum token_family)i)), &found));
    assert_int_equal(found, i);
  }
  enum token_family none;
  assert_false(token_family_find(span_of("o200"), &none));
  assert_false(token_family_find(span_of(""), &none));
  struct token_counts counts = {0};
  tokens_count_text(span_of("Почему небо голубое? Why is the sky blue?"), &counts);
  uint64_t o200k = tokens_of_counts(&counts, TOKENS_O200K, IMAGES_BY_FAMILY);
  assert_int_equal(tokens_of_counts(&counts, TOKENS_UNKNOWN, IMAGES_BY_FAMILY), o200k);
  assert_true(tokens_of_counts(&counts, TOKENS_CL100K, IMAGES_BY_FAMILY) > o200k);
  assert_true(tokens_of_counts(&counts, TOKENS_CLAUDE_47, IMAGES_BY_FAMILY) >
              tokens_of_counts(&counts, TOKENS_CLAUDE, IMAGES_BY_FAMILY));
  const struct conversation image = {.images_count = 1};
  tokens_count_conversation(&image, &counts);
  assert_int_equal(tokens_of_counts(&counts, TOKENS_CLAUDE, IMAGES_BY_FAMILY), 37 * 37 + 3);
  assert_int_equal(tokens_of_counts(&counts, TOKENS_GEMINI, IMAGES_BY_FAMILY), 1120 + 3);
  assert_int_equal(tokens_of_counts(&counts, TOKENS_GEMINI, IMAGES_GEMINI_2), 4 * 258 + 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_cut_as_o200k_cuts_them),
      cmocka_unit_test(stays_near_exact_counts),
      cmocka_unit_test(stays_within_the_span),
      cmocka_unit_test(joining_adds_up),
      cmocka_unit_test(huge_texts_scale),
      cmocka_unit_test(counts_cannot_wrap_round),
      cmocka_unit_test(conversations_by_hand),
      cmocka_unit_test(families_have_names_and_factors),
  };
  return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
