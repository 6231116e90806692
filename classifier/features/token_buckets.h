/* token_buckets.h - the hashes of a few tokens and of what they form with their
 * neighbours, worked out side by side.
 *
 * Each hash is a handful of multiplications that depend on nothing else, so a compiler
 * makes vector instructions of the loop: token_buckets.inc is compiled for the baseline
 * and once more for AVX2. Internal to classifier/features. */
#ifndef TIERD_FEATURES_TOKEN_BUCKETS_H
#define TIERD_FEATURES_TOKEN_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/text/text.h"

enum { TOKEN_BUCKETS_MAX = 64 };

/* Of up to TOKEN_BUCKETS_MAX tokens in order. */
struct token_buckets {
  uint32_t pair[TOKEN_BUCKETS_MAX];        /* token_pair_hash with the one before */
  uint32_t word_bucket[TOKEN_BUCKETS_MAX]; /* of the n-gram that is the word itself */
};

/* Fills out for the count tokens at tokens; previous is the hash of the one before. */
typedef void (*token_buckets_fn)(const struct text_token *tokens, size_t count, uint32_t previous,
                                 struct token_buckets *out);

/* The fastest variant on this machine. All give the same results. */
token_buckets_fn token_buckets_best(void);

void token_buckets_generic(const struct text_token *tokens, size_t count, uint32_t previous,
                           struct token_buckets *out);
#if defined(__x86_64__)
void token_buckets_avx2(const struct text_token *tokens, size_t count, uint32_t previous,
                        struct token_buckets *out);
#endif

#endif
