/* test_tokens_sample.c - a long text counted by a sample, against all of it.
 *
 * Texts are joined from tests/data/token-counts.ndjson, kind by kind, in an order drawn
 * with a fixed seed, so that each is about something else every few lines: worse than a
 * document, whose pages are more alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "classifier/text/splitmix.h"
#include "daemon/router/tokens.h"
#include "daemon/router/tokens_tables.h"

enum { ROOM = 1024 * 1024, PARTS_MAX = 1000 };

static uint64_t tokens_by(void (*count)(struct span, struct token_counts *), struct span text) {
  struct token_counts counts = {0};
  count(text, &counts);
  return tokens_of_counts(&counts, TOKENS_O200K, IMAGES_BY_FAMILY);
}

/* The share by which the sample is off, with its sign. */
static double off_by(struct span text) {
  double exact = (double)tokens_by(tokens_scan_text, text);
  return ((double)tokens_by(tokens_count_text, text) - exact) / exact;
}

struct corpus {
  cJSON *rows[PARTS_MAX];
  size_t count;
};

static int load(void **state) {
  static struct corpus corpus;
  static char line[65536];
  FILE *file = fopen(TIERD_SOURCE_DIR "/tests/data/token-counts.ndjson", "r");
  assert_non_null(file);
  corpus.count = 0;
  while (fgets(line, sizeof line, file) && corpus.count < PARTS_MAX) {
    corpus.rows[corpus.count] = cJSON_Parse(line);
    assert_non_null(corpus.rows[corpus.count++]);
  }
  assert_int_equal(fclose(file), 0);
  assert_true(corpus.count >= 250);
  *state = &corpus;
  return 0;
}

static int unload(void **state) {
  struct corpus *corpus = *state;
  for (size_t i = 0; i < corpus->count; i++)
    cJSON_Delete(corpus->rows[i]);
  return 0;
}

static const char *field(const cJSON *row, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, name));
}

/* Fills room with rows of that kind, drawn by the seed; all kinds when it is NULL. */
static struct span draw_text(const struct corpus *corpus, const char *kind, uint64_t seed,
                             char *room, size_t size) {
  size_t used = 0;
  for (uint64_t i = 0; used < size; i++) {
    const cJSON *row = corpus->rows[splitmix(seed * 1000003 + i) % corpus->count];
    if (kind && strcmp(field(row, "kind"), kind) != 0)
      continue;
    const char *text = field(row, "text");
    size_t len = strlen(text), left = size - used;
    memcpy(room + used, text, len < left ? len : left);
    used += len < left ? len : left;
    if (used < size)
      room[used++] = '\n';
  }
  return span_make(room, used);
}

static void short_texts_are_read_whole(void **state) {
  char *room = malloc(ROOM);
  assert_non_null(room);
  for (size_t len = TOKENS_WHOLE_BYTES - 300; len < TOKENS_WHOLE_BYTES; len += 23) {
    struct span text = draw_text(*state, NULL, len, room, len);
    assert_int_equal(tokens_by(tokens_count_text, text), tokens_by(tokens_scan_text, text));
  }
  free(room);
}

static void long_texts_are_near(void **state) {
  static const struct {
    size_t len;
    double mean, bias;
  } sizes[] = {{TOKENS_WHOLE_BYTES, 0.02, 0.01},
               {50000, 0.02, 0.01},
               {200000, 0.01, 0.005},
               {ROOM, 0.006, 0.004}};
  static const char *const kinds[] = {"prose", "code", "json", "exam", NULL};
  enum { KINDS = 5, DRAWS = 8 };
  char *room = malloc(ROOM);
  assert_non_null(room);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    double sum = 0, sum_of_sizes = 0;
    for (size_t k = 0; k < KINDS; k++)
      for (uint64_t seed = 0; seed < DRAWS; seed++) {
        double off = off_by(draw_text(*state, kinds[k], seed, room, sizes[i].len));
        sum += off;
        sum_of_sizes += off < 0 ? -off : off;
      }
    double mean = sum_of_sizes / (KINDS * DRAWS), bias = sum / (KINDS * DRAWS);
    if (!(mean <= sizes[i].mean && bias <= sizes[i].bias && bias >= -sizes[i].bias))
      fail_msg("%zu bytes: mean error %.4f, at most %.4f; bias %.4f, at most %.4f", sizes[i].len,
               mean, sizes[i].mean, bias, sizes[i].bias);
  }
  free(room);
}

/* Rows as long as a block, as two and as a round of draws, each with a dear half. */
static void tables_show_no_pattern(void **state) {
  (void)state;
  char *room = malloc(ROOM);
  assert_non_null(room);
  for (size_t row = 252; row <= 1008; row *= 2) {
    for (size_t at = 0; at < ROOM; at++) {
      size_t column = at % row;
      room[at] = column == row - 1  ? '\n'
                 : column < row / 2 ? "((;!%&="[column % 7]
                 : column % 6 == 5  ? ' '
                                    : "table"[column % 6];
    }
    double off = off_by(span_make(room, ROOM));
    if (!(off > -0.03 && off < 0.03))
      fail_msg("rows of %zu bytes: off by %.4f", row, off);
  }
  free(room);
}

/* Three digits are a token wherever the blocks are. */
static void runs_of_digits_are_exact(void **state) {
  (void)state;
  enum { TOKENS = 20000 };
  char *digits = malloc(3 * TOKENS);
  assert_non_null(digits);
  memset(digits, '7', 3 * TOKENS);
  for (size_t tokens = TOKENS - 100; tokens <= TOKENS; tokens += 7)
    assert_int_equal(tokens_by(tokens_count_text, span_make(digits, 3 * tokens)), tokens);
  free(digits);
}

/* Each in a block of its own, so that the sanitizer sees a read past it. */
static void any_bytes_will_do(void **state) {
  (void)state;
  for (unsigned fill = 0; fill < 256; fill += 5)
    for (size_t extra = 0; extra < 600; extra += 97) {
      size_t len = TOKENS_WHOLE_BYTES + extra;
      char *text = malloc(len);
      assert_non_null(text);
      memset(text, (int)fill, len);
      struct token_counts once = {0}, twice = {0};
      tokens_count_text(span_make(text, len), &once);
      for (int i = 0; i < 2; i++)
        tokens_count_text(span_make(text, len), &twice);
      for (size_t i = 0; i < TOKENS_PARTS; i++) {
        assert_true(once.text[i] <= 2 * TOKENS_UNIT * (uint64_t)len);
        assert_true(twice.text[i] == 2 * once.text[i]); /* added, and the same each time */
      }
      free(text);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(short_texts_are_read_whole), cmocka_unit_test(long_texts_are_near),
      cmocka_unit_test(tables_show_no_pattern),     cmocka_unit_test(runs_of_digits_are_exact),
      cmocka_unit_test(any_bytes_will_do),
  };
  return cmocka_run_group_tests_name("tokens_sample", tests, load, unload);
}
