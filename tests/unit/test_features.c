/* test_features.c - the feature table, and what the features must not depend on.
 *
 * Three promises are held: whatever comes in, every feature is a finite number; the
 * same bytes give the same numbers, whatever was extracted before; and what stands
 * around the question changes the conversation's features alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/features/features.h"

static const char question_text[] =
    "Prove that the sum of two even numbers is even. Then write f(x) = 2x in C.\n"
    "1. Explain why.\n2. Résumez en français, 再用中文总结。\n";

struct fixture {
  struct features *features, *other;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->features = malloc(sizeof *f->features);
  f->other = malloc(sizeof *f->other);
  assert_true(f->features && f->other);
  /* What an uninitialised field would read is made visible. */
  memset(f->features, 0xA5, sizeof *f->features);
  memset(f->other, 0x5A, sizeof *f->other);
  features_init(f->features);
  features_init(f->other);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  free(f->features);
  free(f->other);
  free(f);
  return 0;
}

static void extract_text(struct features *features, const char *text, size_t len) {
  struct turn turn = {TURN_USER, true, span_make(text, len)};
  struct conversation conversation = {.turns = &turn, .turns_count = 1};
  features_extract(features, &conversation);
}

static void assert_all_finite(const struct features *features, const char *what) {
  for (size_t i = 0; i < FEATURES_COUNT; i++)
    if (!isfinite(features->x[i]))
      fail_msg("%s: %s is %g", what, features_table()[i].name, (double)features->x[i]);
}

static float feature(const struct features *features, const char *name) {
  for (size_t i = 0; i < FEATURES_COUNT; i++)
    if (strcmp(features_table()[i].name, name) == 0)
      return features->x[i];
  fail_msg("no feature %s", name);
  return 0;
}

/* ---- the table */

static void table_is_complete(void **state) {
  const struct feature *table = features_table();
  (void)state;
  assert_true(FEATURES_COUNT >= 80);
  for (size_t i = 0; i < FEATURES_COUNT; i++) {
    assert_true(table[i].name[0] != '\0' && strlen(table[i].name) < 64);
    assert_int_equal(strspn(table[i].name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                     strlen(table[i].name));
    assert_true(table[i].meaning[0] != '\0');
    assert_true(table[i].group <= GROUP_DOMAIN);
    for (size_t k = 0; k < i; k++)
      assert_string_not_equal(table[i].name, table[k].name);
  }
  assert_string_equal(table[FEATURE_INDEX_bytes_log].name, "bytes_log");
}

static void schema_hash_is_stable(void **state) {
  struct fixture *f = *state;
  uint64_t hash = features_schema_hash();
  assert_true(hash != 0);
  extract_text(f->features, question_text, sizeof question_text - 1);
  assert_true(features_schema_hash() == hash);
}

/* ---- values worked out by hand */

static void known_values(void **state) {
  struct fixture *f = *state;
  static const char text[] = "Why is 2 + 2 = 4?";
  extract_text(f->features, text, sizeof text - 1);
  assert_float_equal(feature(f->features, "bytes_log"), logf(18.0f), 1e-6);
  assert_float_equal(feature(f->features, "words_log"), logf(3.0f), 1e-6);
  assert_float_equal(feature(f->features, "numbers_log"), logf(4.0f), 1e-6);
  assert_float_equal(feature(f->features, "numbers_share"), 3.0f / 9.0f, 1e-6);
  assert_float_equal(feature(f->features, "operators_log"), logf(3.0f), 1e-6);
  assert_float_equal(feature(f->features, "equals_log"), logf(2.0f), 1e-6);
  assert_float_equal(feature(f->features, "word_length"), 2.5f, 1e-6);
  assert_float_equal(feature(f->features, "short_question"), 1.0f, 0);
  assert_float_equal(feature(f->features, "latin_share"), 5.0f / 9.0f, 1e-6);
  assert_float_equal(feature(f->features, "opens_wh_deep"), 1.0f, 0);
  assert_float_equal(feature(f->features, "count_wh_deep"), logf(2.0f), 1e-6);
  assert_float_equal(feature(f->features, "turns_log"), logf(2.0f), 1e-6);
  assert_float_equal(feature(f->features, "system_bytes_log"), 0.0f, 0);
}

static void vocabulary_in_other_languages(void **state) {
  struct fixture *f = *state;
  static const char *const deep[] = {"Warum ist das so?", "pourquoi ?", "ПОЧЕМУ небо синее?",
                                     "為什麼 なぜ", "por qué no"};
  for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++) {
    extract_text(f->features, deep[i], strlen(deep[i]));
    if (feature(f->features, "count_wh_deep") <= 0)
      fail_msg("\"%s\" does not ask for an explanation", deep[i]);
  }
}

static void context_is_counted(void **state) {
  struct fixture *f = *state;
  const struct turn turns[] = {
      {TURN_SYSTEM, true, span_of("0123456789")},
      {TURN_USER, true, span_of("abcde")},
      {TURN_ASSISTANT, true, span_of("fg")},
      {TURN_TOOL, true, span_of("h")},
      {TURN_USER, true, span_of("<rules>r</rules>Why not?")},
  };
  struct conversation c = {.turns = turns,
                           .turns_count = 5,
                           .tools_count = 3,
                           .images_count = 1,
                           .files_count = 1,
                           .wants_json = true};
  features_extract(f->features, &c);
  assert_float_equal(feature(f->features, "turns_log"), logf(6.0f), 1e-6);
  assert_float_equal(feature(f->features, "user_turns_log"), logf(3.0f), 1e-6);
  assert_float_equal(feature(f->features, "system_bytes_log"), logf(11.0f), 1e-6);
  assert_float_equal(feature(f->features, "history_bytes_log"), logf(9.0f), 1e-6);
  assert_float_equal(feature(f->features, "envelope_bytes_log"), logf(17.0f), 1e-6);
  assert_float_equal(feature(f->features, "tool_results_log"), logf(2.0f), 1e-6);
  assert_float_equal(feature(f->features, "tools_log"), logf(4.0f), 1e-6);
  assert_float_equal(feature(f->features, "attachments_log"), logf(3.0f), 1e-6);
  assert_float_equal(feature(f->features, "wants_json"), 1.0f, 0);
  assert_float_equal(feature(f->features, "inherited"), 0.0f, 0);
}

/* ---- hostile input */

static void nothing_is_finite(void **state) {
  struct fixture *f = *state;
  struct conversation nothing = {0};
  features_extract(f->features, &nothing);
  assert_all_finite(f->features, "no turns");
  extract_text(f->features, NULL, 0);
  assert_all_finite(f->features, "empty");
  extract_text(f->features, "\0\0\0\0", 4);
  assert_all_finite(f->features, "NULs");
  assert_int_equal(f->features->scan.tokens_seen, 0);
}

static void one_byte_a_million_times(void **state) {
  struct fixture *f = *state;
  static const char bytes[] = {'a', '7', ' ', '\n', '?', '<', '\'', '\0', '\x80', '\xF0', '\xFF'};
  const size_t len = 1024 * 1024;
  char *text = malloc(len);
  assert_non_null(text);
  for (size_t i = 0; i < sizeof bytes; i++) {
    char what[32];
    (void)snprintf(what, sizeof what, "1 MB of 0x%02x", (unsigned)(unsigned char)bytes[i]);
    memset(text, bytes[i], len);
    extract_text(f->features, text, len);
    assert_all_finite(f->features, what);
  }
  /* As many words as can be kept, then such as are never the same. */
  for (size_t stride = 2; stride <= 6; stride += 4) {
    for (size_t i = 0; i < len; i++)
      text[i] = i % stride == stride - 1 ? ' ' : (char)('a' + (i * 2654435761u >> 13) % 26);
    extract_text(f->features, text, len);
    assert_all_finite(f->features, "1 MB of words");
    assert_true(f->features->ngrams.count <= NGRAMS_MAX);
    assert_true(stride > 2 || f->features->scan.tokens_count == TEXT_TOKENS_MAX);
  }
  free(text);
}

static void random_bytes(void **state) {
  struct fixture *f = *state;
  uint32_t seed = 7;
  for (int round = 0; round < 500; round++) {
    size_t len = (size_t)round;
    char *text = malloc(len);
    assert_true(text != NULL || len == 0);
    for (size_t i = 0; i < len; i++) {
      seed = seed * 1664525u + 1013904223u;
      text[i] = (char)(unsigned char)(seed >> 24);
    }
    extract_text(f->features, text, len);
    assert_all_finite(f->features, "random bytes");
    free(text);
  }
}

/* Numbers so large that a careless sum would overflow. */
static void huge_context_is_finite(void **state) {
  struct fixture *f = *state;
  struct turn turn = {TURN_USER, true, span_of("Why?")};
  struct conversation c = {.turns = &turn,
                           .turns_count = 1,
                           .tools_count = UINT32_MAX,
                           .tools_bytes = SIZE_MAX,
                           .images_count = UINT32_MAX,
                           .files_count = UINT32_MAX};
  features_extract(f->features, &c);
  assert_all_finite(f->features, "huge context");
  assert_true(feature(f->features, "attachments_log") > 22.0f); /* log of 2^33 less 2 */
}

/* ---- nothing leaks from one request to the next */

static bool same_bucket_set(const struct ngrams *a, const struct ngrams *b) {
  return a->count == b->count &&
         memcmp(a->buckets, b->buckets, a->count * sizeof a->buckets[0]) == 0 &&
         memcmp(a->seen, b->seen, sizeof a->seen) == 0;
}

static void reuse_changes_nothing(void **state) {
  struct fixture *f = *state;
  extract_text(f->other, question_text, sizeof question_text - 1);
  extract_text(f->features, "Ein ganz anderer Text: 12 + 3? ```c", 35);
  extract_text(f->features, question_text, sizeof question_text - 1);
  assert_memory_equal(f->features->x, f->other->x, sizeof f->other->x);
  assert_true(same_bucket_set(&f->features->ngrams, &f->other->ngrams));
}

static void ngrams_are_distinct(void **state) {
  struct fixture *f = *state;
  extract_text(f->features, "dog dog dog dog", 15);
  assert_int_equal(f->features->ngrams.count, 1);
  extract_text(f->features, "a b", 3);
  assert_int_equal(f->features->ngrams.count, 2); /* two words are no pair */
}

/* Where letters stand without spaces, two of them are about a word. */
static void unspaced_letters_pair(void **state) {
  struct fixture *f = *state;
  extract_text(f->features, "天地", 6);
  assert_int_equal(f->features->ngrams.count, 3);
  uint16_t pair = f->features->ngrams.buckets[2];
  extract_text(f->features, "地天", 6);
  assert_int_equal(f->features->ngrams.count, 3);
  assert_int_not_equal(f->features->ngrams.buckets[2], pair); /* order matters */
  extract_text(f->features, "天 b 地 天 1", 15);
  assert_int_equal(f->features->ngrams.count, 5); /* four distinct tokens, and one pair */
}

/* ---- the envelope does not drown the question */

static void assert_same_question(const struct fixture *f, const char *what) {
  const struct feature *table = features_table();
  for (size_t i = 0; i < FEATURES_COUNT; i++)
    if (table[i].group != GROUP_CONVERSATION && f->features->x[i] != f->other->x[i])
      fail_msg("%s: %s is %g instead of %g", what, table[i].name, (double)f->other->x[i],
               (double)f->features->x[i]);
  assert_true(same_bucket_set(&f->features->ngrams, &f->other->ngrams));
}

static void envelope_immunity(void **state) {
  struct fixture *f = *state;
  enum { SYSTEM = 50000, USER = 40000 };
  static const char reminder[] = "<system-reminder>Solve integrals; prove theorems. def f(x):\n"
                                 "1. a 2. b</system-reminder>\n";
  char *system = malloc(SYSTEM);
  char *user = malloc(USER);
  assert_true(system && user);
  for (size_t i = 0; i < SYSTEM; i++)
    system[i] = "You are an expert in quantum chemistry.\n"[i % 40];
  size_t len = 0;
  for (int i = 0; i < 5; i++)
    len += (size_t)snprintf(user + len, USER - len, "%s", reminder);
  len += (size_t)snprintf(user + len, USER - len, "%s%s", question_text, reminder);
  const struct turn turns[] = {{TURN_SYSTEM, true, span_make(system, SYSTEM)},
                               {TURN_USER, true, span_make(user, len)}};
  struct conversation c = {.turns = turns,
                           .turns_count = 2,
                           .tools_count = 32,
                           .tools_bytes = 60000,
                           .wants_json = true};
  extract_text(f->features, question_text, sizeof question_text - 1);
  features_extract(f->other, &c);
  assert_same_question(f, "in an envelope");
  assert_true(feature(f->other, "envelope_bytes_log") > 6.0f);
  assert_true(feature(f->other, "system_bytes_log") > 10.0f);
  free(system);
  free(user);
}

static void thirtieth_turn(void **state) {
  struct fixture *f = *state;
  struct turn turns[60];
  for (size_t i = 0; i < 60; i++)
    turns[i] = (struct turn){i % 2 ? TURN_ASSISTANT : TURN_USER, true,
                             span_of("Hi! Tell me of cats, please: 12 facts, as a table.")};
  turns[58].text = span_make(question_text, sizeof question_text - 1);
  struct conversation c = {.turns = turns, .turns_count = 59};
  extract_text(f->features, question_text, sizeof question_text - 1);
  features_extract(f->other, &c);
  assert_same_question(f, "at turn 30");
  assert_float_equal(feature(f->other, "inherited"), 0.0f, 0);
  /* The turn after, "continue", is about the same question. */
  turns[59].role = TURN_USER;
  turns[59].text = span_of("Continue.");
  c.turns_count = 60;
  features_extract(f->other, &c);
  assert_same_question(f, "carried on");
  assert_float_equal(feature(f->other, "inherited"), 1.0f, 0);
}

/* A question with pages of something else between its head and its tail. */
static char *pages_between(const char *page, size_t pages_bytes, size_t *len) {
  static const char head[] = "Read what follows.\n", tail[] = "\nProve the last theorem.";
  *len = sizeof head - 1 + pages_bytes + sizeof tail - 1;
  char *text = malloc(*len);
  assert_non_null(text);
  memcpy(text, head, sizeof head - 1);
  for (size_t i = 0; i < pages_bytes; i++)
    text[sizeof head - 1 + i] = page[i % strlen(page)];
  memcpy(text + *len - (sizeof tail - 1), tail, sizeof tail - 1);
  return text;
}

/* Of a long question both ends count and its length, but not what stands in the middle. */
static void long_questions_count_by_their_ends(void **state) {
  struct fixture *f = *state;
  enum { PAGES = 60000, MIDDLE = 30000 };
  size_t len;
  char *text = pages_between("The cat sat on the mat. ", PAGES, &len);
  extract_text(f->features, text, len);
  assert_all_finite(f->features, "long");
  assert_float_equal(feature(f->features, "bytes_log"), logf(1.0f + (float)len), 1e-4f);
  assert_true(f->features->scan.counts.codepoints <=
              FEATURES_HEAD_BYTES + FEATURES_TAIL_BYTES + sizeof "cat ");
  static const char other[] = "```\nint x = 1; /* Quoi ? */\n```\n";
  memcpy(text + MIDDLE, other, sizeof other - 1);
  extract_text(f->other, text, len);
  assert_memory_equal(f->features->x, f->other->x, sizeof f->features->x);
  /* At either end it is seen. */
  memcpy(text + FEATURES_HEAD_BYTES - 200, other, sizeof other - 1);
  extract_text(f->other, text, len);
  assert_true(feature(f->other, "code_fences") > feature(f->features, "code_fences"));
  extract_text(f->features, text, len);
  memcpy(text + len - FEATURES_TAIL_BYTES + 200, other, sizeof other - 1);
  extract_text(f->other, text, len);
  assert_true(feature(f->other, "code_fences") > feature(f->features, "code_fences"));
  free(text);
}

/* In one piece or in many, a long question is the same. */
static void long_questions_in_pieces(void **state) {
  struct fixture *f = *state;
  enum { PAGES = 40000, PIECES = 8 };
  size_t len;
  char *text = pages_between("Was it a cat I saw? ", PAGES, &len);
  struct turn turns[PIECES];
  size_t piece = len / PIECES, at = 0;
  for (size_t i = 0; i < PIECES; i++, at += piece)
    turns[i] =
        (struct turn){TURN_USER, i == 0, span_make(text + at, i + 1 < PIECES ? piece : len - at)};
  struct conversation c = {.turns = turns, .turns_count = PIECES};
  extract_text(f->features, text, len);
  features_extract(f->other, &c);
  assert_float_equal(feature(f->features, "bytes_log"), feature(f->other, "bytes_log"), 1e-3f);
  assert_float_equal(feature(f->features, "chars_log"), feature(f->other, "chars_log"), 0.01f);
  assert_float_equal(feature(f->features, "words_log"), feature(f->other, "words_log"), 0.01f);
  free(text);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(table_is_complete),
      TEST(schema_hash_is_stable),
      TEST(known_values),
      TEST(vocabulary_in_other_languages),
      TEST(context_is_counted),
      TEST(nothing_is_finite),
      TEST(one_byte_a_million_times),
      TEST(random_bytes),
      TEST(huge_context_is_finite),
      TEST(reuse_changes_nothing),
      TEST(ngrams_are_distinct),
      TEST(unspaced_letters_pair),
      TEST(envelope_immunity),
      TEST(thirtieth_turn),
      TEST(long_questions_count_by_their_ends),
      TEST(long_questions_in_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
