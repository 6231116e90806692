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

static void add_bucket(struct ngrams *ngrams, uint32_t hash) {
  uint32_t bucket = token_mix(hash) >> (32 - NGRAM_BITS);
  uint64_t bit = UINT64_C(1) << (bucket % 64);
  if (ngrams->seen[bucket / 64] & bit)
    return;
  ngrams->seen[bucket / 64] |= bit;
  ngrams->buckets[ngrams->count++] = (uint16_t)bucket;
}

void ngrams_add(struct ngrams *ngrams, const struct text_token *token, uint32_t pair_hash) {
  add_bucket(ngrams, token->hash ^ SALT_WORD);
  if (token->prefix != 0)
    add_bucket(ngrams, token->prefix ^ SALT_PREFIX);
  if (pair_hash != 0)
    add_bucket(ngrams, pair_hash ^ SALT_PAIR);
}
