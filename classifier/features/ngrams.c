/* ngrams.c - collects distinct n-gram buckets with a bitmap. */
#include "classifier/features/ngrams.h"

#include <string.h>

void ngrams_init(struct ngrams *ngrams) {
  memset(ngrams, 0, sizeof *ngrams);
}

/* Clears only the bits that are set: most prompts touch a few hundred of 65,536. */
void ngrams_reset(struct ngrams *ngrams) {
  for (size_t i = 0; i < ngrams->count; i++)
    ngrams->seen[ngrams->buckets[i] / 64] = 0;
  ngrams->count = 0;
}

/* Adds the bucket if it is new and present is 1; returns how many there are then.
 * Whether a word is new is hard to guess, so the bucket is written either way and
 * counted only then. */
static inline size_t add_bucket(struct ngrams *ngrams, size_t count, uint32_t bucket,
                                uint32_t present) {
  uint64_t *word = &ngrams->seen[bucket / 64];
  uint64_t is_new = (~(*word >> (bucket % 64)) & 1) & present;
  *word |= is_new << (bucket % 64);
  ngrams->buckets[count] = (uint16_t)bucket;
  return count + (size_t)is_new;
}

void ngrams_add(struct ngrams *ngrams, const struct text_token *tokens,
                const struct token_buckets *buckets, size_t tokens_count) {
  size_t count = ngrams->count;
  for (size_t i = 0; i < tokens_count; i++) {
    count = add_bucket(ngrams, count, buckets->word_bucket[i], 1);
    count = add_bucket(ngrams, count, buckets->prefix_bucket[i], tokens[i].prefix != 0);
    count = add_bucket(ngrams, count, buckets->pair_bucket[i], buckets->pair[i] != 0);
  }
  ngrams->count = count;
}
