/* vocabulary.h - which categories of vocabulary.txt a token belongs to. */
#ifndef TIERD_FEATURES_VOCABULARY_H
#define TIERD_FEATURES_VOCABULARY_H

#include <stdint.h>

#define VOCABULARY_WANT_ENUM
#include "vocabulary_table.inc"
#undef VOCABULARY_WANT_ENUM

/* Bits by enum vocabulary_category of the token, or pair of tokens
 * (token_pair_hash), with this hash; 0 when it is in no category. */
uint32_t vocabulary_lookup(uint32_t hash);

/* Continues a schema hash over the whole vocabulary. */
uint64_t vocabulary_hash(uint64_t hash);

#endif
