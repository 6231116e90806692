/* ngrams.c - collects distinct n-gram buckets with a bitmap. */
#include "classifier/features/ngrams.h"

#include <string.h>

#include "classifier/features/token_hash.h"

void ngrams_init(struct ngrams *ngrams) {
  memset(ngrams, 0, sizeof *ngrams);
}

/* Clears only the bits that are set: most prompts touch a few hundred of 65,536. */
void ngrams_reset(struct ngrams *ngrams) {
  for (size_t i = 0; i < ngrams->count; i++)
    ngrams->seen[ngrams->buckets[i] / 64] = 0;
  ngrams->count = 0;
}

/* Adds the bucket if it is new; returns how many there are then. Whether a word is new
 * is hard to guess, so the bucket is written either way and counted only then. */
static inline size_t add_bucket(struct ngrams *ngrams, size_t count, uint32_t bucket) {
  uint64_t *word = &ngrams->seen[bucket / 64];
  uint64_t is_new = ~(*word >> (bucket % 64)) & 1;
  *word |= is_new << (bucket % 64);
  ngrams->buckets[count] = (uint16_t)bucket;
  return count + (size_t)is_new;
}

void ngrams_add(struct ngrams *ngrams, const struct text_token *tokens,
                const struct token_buckets *buckets, size_t tokens_count) {
  size_t count = ngrams->count;
  for (size_t i = 0; i < tokens_count; i++) {
    const uint32_t pair = buckets->pair[i];
    count = add_bucket(ngrams, count, buckets->word_bucket[i]);
    if (tokens[i].kind == TOKEN_UNSPACED && pair != 0 && tokens[i - 1].kind == TOKEN_UNSPACED)
      count = add_bucket(ngrams, count, token_mix(pair ^ NGRAM_SALT_PAIR) >> (32 - NGRAM_BITS));
  }
  ngrams->count = count;
}
