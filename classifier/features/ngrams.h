/* ngrams.h - the distinct hashed words of a question, and the pairs of neighbouring
 * letters where a script has no spaces.
 *
 * A trained table of weights over the buckets condenses them to a few scalars
 * (classifier/svm); this module only says which buckets occur. */
#ifndef TIERD_FEATURES_NGRAMS_H
#define TIERD_FEATURES_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/features/token_buckets.h"
#include "classifier/text/text.h"

/* Keeps the two kinds of n-gram apart though they share one table. */
enum { NGRAM_SALT_WORD = 0, NGRAM_SALT_PAIR = 0x1b873593 };

enum { NGRAM_BITS = 16, NGRAM_BUCKETS = 1 << NGRAM_BITS, NGRAMS_MAX = 2 * TEXT_TOKENS_MAX };

struct ngrams {
  size_t count;
  uint16_t buckets[NGRAMS_MAX + 1]; /* distinct, in order of first occurrence; the one
                                       behind the last is scratch */
  uint64_t seen[NGRAM_BUCKETS / 64];
};

/* Empties ngrams; the first call on fresh memory must be ngrams_init. */
void ngrams_init(struct ngrams *ngrams);
void ngrams_reset(struct ngrams *ngrams);

/* Adds of each token the word itself and, where it and the token before it are letters
 * of a script without spaces, the pair of both, for there a word is some two letters.
 * Pairs of words, and their beginnings, follow the wording rather than the matter. A
 * pair of hash 0 is none; where pair[0] is not 0, tokens[-1] is the token before. Not
 * more than TEXT_TOKENS_MAX tokens between two resets. */
void ngrams_add(struct ngrams *ngrams, const struct text_token *tokens,
                const struct token_buckets *buckets, size_t tokens_count);

#endif
