/* shard_row.c - the numbers of a row as a line of libsvm's text, and back.
 *
 * Going out, n-grams and words are counted by bucket and bit; coming back, each count
 * becomes that many entries, which to training are the same as what the text gave: it
 * looks at no more bits than these and not at the order. A line from elsewhere is
 * trusted in nothing. */
#include "classifier/train/shard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IGNORED_BITS = NGRAM_BITS - MODEL_KIND_BITS };

static int by_word(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a;
  uint32_t y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Sorts by counting, which for a few hundred of 4096 buckets is faster than comparing. */
static void take_ngrams(struct shard_row *row, const struct ngrams *ngrams) {
  uint16_t counts[MODEL_KIND_BUCKETS] = {0};
  for (size_t i = 0; i < ngrams->count; i++)
    counts[ngrams->buckets[i] >> IGNORED_BITS]++;
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++)
    for (uint16_t n = 0; n < counts[bucket]; n++)
      row->ngrams[row->ngrams_count++] = (uint16_t)(bucket << IGNORED_BITS);
}

void shard_row_take(struct shard_row *row, const struct features *features, bool bare) {
  memcpy(row->x, features->x, sizeof row->x);
  row->ngrams_count = row->words_count = 0;
  if (bare)
    return;
  take_ngrams(row, &features->ngrams);
  for (size_t i = 0; i < features->scan.tokens_count; i++)
    if (features->scan.tokens[i].kind != TOKEN_NUMBER)
      row->words[row->words_count++] =
          model_word_bit(DATASET_WORDS_BITS, features->scan.tokens[i].hash);
  qsort(row->words, row->words_count, sizeof *row->words, by_word);
}

static void print_index(struct shard_text *out, size_t index) {
  shard_text_add(out, " ", 1);
  shard_text_integer(out, index);
  shard_text_add(out, ":", 1);
}

void shard_row_print(struct shard_text *out, int class, const struct shard_row *row) {
  shard_text_string(out, class < 0 ? "-" : "");
  shard_text_integer(out, (uint64_t)abs(class));
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    if (row->x[d] == 0 && !signbit(row->x[d]))
      continue;
    print_index(out, d + 1);
    shard_text_float(out, row->x[d]);
  }
  for (size_t i = 0, next; i < row->ngrams_count; i = next) {
    for (next = i + 1; next < row->ngrams_count && row->ngrams[next] == row->ngrams[i];)
      next++;
    print_index(out, SHARD_NGRAMS_FIRST + (row->ngrams[i] >> IGNORED_BITS));
    shard_text_integer(out, next - i);
  }
  for (size_t i = 0, next; i < row->words_count; i = next) {
    for (next = i + 1; next < row->words_count && row->words[next] == row->words[i];)
      next++;
    print_index(out, SHARD_WORDS_FIRST + (size_t)row->words[i]);
    shard_text_integer(out, next - i);
  }
  shard_text_add(out, "\n", 1);
}

/* ---- and back */

/* A decimal number up to a blank, a colon or the end. strtof() takes more than that: hex,
 * "inf", white space. */
static bool take_number(const char **at, float *out) {
  char *end;
  size_t len = strspn(*at, "0123456789+-.e");
  if (len == 0 || len > 32)
    return false;
  *out = strtof(*at, &end);
  bool ok = end == *at + len && isfinite(*out);
  *at = end;
  return ok;
}

static bool take_index(const char **at, uint32_t *out) {
  uint32_t value = 0;
  const char *from = *at;
  for (; **at >= '0' && **at <= '9' && value <= SHARD_INDEX_MAX; (*at)++)
    value = value * 10 + (uint32_t)(**at - '0');
  *out = value;
  return *at > from && value >= 1 && value <= SHARD_INDEX_MAX;
}

/* A count of n-grams or words as that many entries. */
static bool take_count(struct shard_row *row, uint32_t index, float value) {
  bool words = index >= SHARD_WORDS_FIRST;
  size_t left = words ? TEXT_TOKENS_MAX - row->words_count : NGRAMS_MAX - row->ngrams_count;
  if (!(value >= 1 && value <= (float)left) || value != floorf(value))
    return false;
  for (size_t n = (size_t)value; n > 0; n--)
    if (words)
      row->words[row->words_count++] = index - SHARD_WORDS_FIRST;
    else
      row->ngrams[row->ngrams_count++] = (uint16_t)((index - SHARD_NGRAMS_FIRST) << IGNORED_BITS);
  return true;
}

enum labelled_status shard_row_parse(struct shard_row *row, const char *text, size_t len,
                                     struct labelled_complaint *complaint) {
  const char *at = text;
  uint32_t index = 0;
  float value;
  memset(row->x, 0, sizeof row->x);
  row->ngrams_count = row->words_count = 0;
  if (!take_number(&at, &value))
    return labelled_complain(complaint, "a number first", "the row has no class");
  while (at < text + len) {
    uint32_t before = index;
    size_t byte = (size_t)(at - text);
    if (*at++ != ' ' || !take_index(&at, &index) || *at++ != ':' || !take_number(&at, &value))
      return labelled_complain(complaint, "\" INDEX:VALUE\" with a decimal number, INDEX from 1 on",
                               "byte %zu begins no pair", byte);
    if (index <= before)
      return labelled_complain(complaint, "indices that rise", "index %u follows %u",
                               (unsigned)index, (unsigned)before);
    if (index <= FEATURES_COUNT)
      row->x[index - 1] = value;
    else if (!take_count(row, index, value))
      return labelled_complain(complaint, "a whole number, and no more words than a prompt has",
                               "the count at index %u", (unsigned)index);
  }
  return LABELLED_OK;
}
