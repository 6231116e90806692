/* ngrams.c - collects distinct n-gram buckets with a bitmap. */
#include "classifier/features/ngrams.h"

#include <string.h>

#include "classifier/features/token_hash.h"

/* Keeps the three kinds of n-gram apart though they share one table. */
enum { SALT_WORD = 0, SALT_PREFIX = 0x5bd1e995, SALT_PAIR = 0x1b873593 };

void ngrams_init(struct ngrams *ngrams) {
  memset(ngrams, 0, sizeof *ngrams);
}

/* Clears only the bits that are set: most prompts touch a few hundred of 65,536. */
void ngrams_reset(struct ngrams *ngrams) {
  for (size_t i = 0; i < ngrams->count; i++)
    ngrams->seen[ngrams->buckets[i] / 64] = 0;
  ngrams->count = 0;
}

/* Adds the bucket of hash if it is new and present is 1; returns how many there are
 * then. Whether a word is new is hard to guess, so the bucket is written either way and
 * counted only then. */
static inline size_t add_bucket(struct ngrams *ngrams, size_t count, uint32_t hash,
                                uint32_t present) {
  uint32_t bucket = token_mix(hash) >> (32 - NGRAM_BITS);
  uint64_t *word = &ngrams->seen[bucket / 64];
  uint64_t is_new = (~(*word >> (bucket % 64)) & 1) & present;
  *word |= is_new << (bucket % 64);
  ngrams->buckets[count] = (uint16_t)bucket;
  return count + (size_t)is_new;
}

void ngrams_add(struct ngrams *ngrams, const struct text_token *tokens, size_t tokens_count) {
  size_t count = ngrams->count;
  uint32_t previous = 0;
  for (size_t i = 0; i < tokens_count; i++) {
    uint32_t hash = tokens[i].hash, prefix = tokens[i].prefix;
    uint32_t pair = i ? token_pair_hash(previous, hash) : 0;
    count = add_bucket(ngrams, count, hash ^ SALT_WORD, 1);
    count = add_bucket(ngrams, count, prefix ^ SALT_PREFIX, prefix != 0);
    count = add_bucket(ngrams, count, pair ^ SALT_PAIR, pair != 0);
    previous = hash;
  }
  ngrams->count = count;
}
