/* token_hash.h - hashes of neighbouring tokens, shared by the vocabulary (built at
 * compile time) and the n-grams (looked up at run time). */
#ifndef TIERD_FEATURES_TOKEN_HASH_H
#define TIERD_FEATURES_TOKEN_HASH_H

#include <stdint.h>

/* Finaliser of MurmurHash3 (public domain): spreads entropy into every bit. */
static inline uint32_t token_mix(uint32_t h) {
  h ^= h >> 16;
  h *= UINT32_C(0x85EBCA6B);
  h ^= h >> 13;
  h *= UINT32_C(0xC2B2AE35);
  h ^= h >> 16;
  return h;
}

/* Of two tokens in order; differs from that of the reverse. */
static inline uint32_t token_pair_hash(uint32_t first, uint32_t second) {
  return token_mix(first * UINT32_C(31) + 7) ^ second;
}

#endif
