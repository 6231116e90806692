/* ngrams.h - the distinct hashed words, word beginnings and pairs of a question.
 *
 * A trained table of weights over the buckets condenses them to a few scalars
 * (classifier/svm); this module only says which buckets occur. */
#ifndef TIERD_FEATURES_NGRAMS_H
#define TIERD_FEATURES_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/text/text.h"

enum { NGRAM_BITS = 16, NGRAM_BUCKETS = 1 << NGRAM_BITS, NGRAMS_MAX = 3 * TEXT_TOKENS_MAX };

struct ngrams {
  size_t count;
  uint16_t buckets[NGRAMS_MAX]; /* distinct, in order of first occurrence */
  uint64_t seen[NGRAM_BUCKETS / 64];
};

/* Empties ngrams; the first call on fresh memory must be ngrams_init. */
void ngrams_init(struct ngrams *ngrams);
void ngrams_reset(struct ngrams *ngrams);

/* Adds the word itself, its beginning, and the pair that it forms with the token
 * before it, by token_pair_hash (0 for none). */
void ngrams_add(struct ngrams *ngrams, const struct text_token *token, uint32_t pair_hash);

#endif
