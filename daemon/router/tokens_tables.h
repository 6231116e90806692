/* tokens_tables.h - what the estimate knows of the o200k vocabulary: 16 KB of bytes
 * that bench/tokens/fit.mjs fitted to exact counts. The 32 KB that are known of other
 * alphabets are in tokens_spellings.c.
 *
 * Costs are in 1/64 token. A context cost is what a character adds to the tokens of
 * its piece, given the characters before it; contexts share an entry when their
 * hashes agree, and the fit knew that. */
#ifndef TIERD_ROUTER_TOKENS_TABLES_H
#define TIERD_ROUTER_TOKENS_TABLES_H

#include <stdint.h>

enum {
  TOKENS_UNIT = 64, /* one token */
  TOKENS_ASCII_BITS = 12,
  TOKENS_ALPHA_BITS = 12,
  TOKENS_WORD_BITS = 13,
  TOKENS_PREFIXES = 128
};

/* Letters and marks of ASCII, and the letters of every alphabet that tokens_spellings.c
 * does not spell: two characters of context. */
extern const unsigned char tokens_ascii[1 << TOKENS_ASCII_BITS];
extern const unsigned char tokens_alpha[1 << TOKENS_ALPHA_BITS];
/* What a mark adds that stands before a word without a space; the last entry is for
 * all marks beyond ASCII. */
extern const unsigned char tokens_prefix[TOKENS_PREFIXES];
/* Words that the contexts get wrong: five bits of the hash, then whole tokens, 1 to 7;
 * 0 is an empty entry. */
extern const unsigned char tokens_words[1 << TOKENS_WORD_BITS];
/* What 's, 't, 're, 've, 'm, 'll or 'd adds to the word that it hangs on. */
extern const unsigned char tokens_suffix;

/* The entry, among 1 << bits, of c behind a and b, the characters before it
 * (TOKENS_AFTER_* at a piece's beginning). The same function stands in fit.mjs. */
static inline uint32_t tokens_context(uint32_t a, uint32_t b, uint32_t c, unsigned bits) {
  uint32_t h = (a * 0x9E3779B1u) ^ (b * 0x85EBCA77u) ^ (c * 0xC2B2AE3Du);
  h ^= h >> 15;
  return (h * 0x2C1B3C6Du) >> (32 - bits);
}

/* What a piece begins behind; as characters these do not occur in pieces. */
enum { TOKENS_AFTER_SPACE = 1, TOKENS_AFTER_NOTHING = 2 };

#endif
