/* tokens_spellings.c - runs of Han, kana, Hangul, Cyrillic and Arabic as tokens.
 *
 * A run is cut from its beginning into the longest tokens that o200k has. o200k itself
 * merges the commonest pairs first; on everyday sentences the counts differ by 1 to 3 %.
 * Which tokens there are is kept as an xor filter of 31 KB, made by
 * bench/tokens/spellings.mjs: ten bits in each of its three thirds, and a token is known when
 * they give the fingerprint of its hash. One guess in 1024 is wrongly taken for a token.
 * Tokens too rare to be kept are spelled in shorter ones, which a rate for each alphabet
 * makes up for. Where runs begin and end is left to tokens_scan.c. */
#include "daemon/router/tokens_spellings.h"

#include "daemon/router/tokens_spellings.inc"
#include "daemon/router/tokens_tables.h"

bool tokens_spells(uint32_t letter) {
  return (letter >= 0x0400 && letter < 0x0530) || (letter >= 0x0600 && letter < 0x0700) ||
         (letter >= 0x1100 && letter < 0x1200) || (letter >= 0x2E80 && letter < 0xA000) ||
         (letter >= 0xA960 && letter < 0xA980) || (letter >= 0xAC00 && letter < 0xD800) ||
         (letter >= 0xF900 && letter < 0xFB00) || (letter >= 0xFF66 && letter < 0xFFE0) ||
         (letter >= 0x20000 && letter < 0x40000);
}

/* The hash is that of spellings.mjs: one step a code point, then this. */
static inline uint64_t hash_step(uint64_t hash, uint32_t codepoint) {
  return (hash ^ codepoint) * 0x9E3779B97F4A7C15u;
}

/* The ninth and tenth bit of a place, lowest. */
static inline unsigned more_bits(uint64_t place) {
  return (unsigned)filter_more[place >> 2] >> (2 * (place & 3));
}

static inline bool in_filter(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93u;
  hash ^= hash >> 32;
  /* 18 bits of the hash choose a place in each third. */
  uint64_t a = ((hash & 0x3FFFF) * FILTER_THIRD) >> 18;
  uint64_t b = (((hash >> 18 & 0x3FFFF) * FILTER_THIRD) >> 18) + FILTER_THIRD;
  uint64_t c = (((hash >> 36 & 0x3FFFF) * FILTER_THIRD) >> 18) + (uint64_t)2 * FILTER_THIRD;
  if ((filter[a] ^ filter[b] ^ filter[c]) != (hash >> 54 & 0xFF))
    return false;
  return ((more_bits(a) ^ more_bits(b) ^ more_bits(c)) & 3) == hash >> 62;
}

/* Tokens of a symbol or emoji alone, 1 to 3; 0 when it is in no table. */
static unsigned symbol_tokens(uint32_t codepoint) {
  /* Two bits a symbol, four symbols a byte. */
  if (codepoint >= 0x2000 && codepoint < 0x2C00)
    return (unsigned)symbols_low[(codepoint - 0x2000) >> 2] >> (2 * (codepoint & 3)) & 3u;
  if (codepoint >= 0x1F000 && codepoint < 0x1FB00)
    return (unsigned)symbols_high[(codepoint - 0x1F000) >> 2] >> (2 * (codepoint & 3)) & 3u;
  return 0;
}

/* A code point that no longer token takes. */
static unsigned lone_tokens(uint32_t codepoint, bool known) {
  if (known || codepoint < 0x80)
    return 1;
  unsigned symbol = symbol_tokens(codepoint);
  if (symbol)
    return symbol;
  return codepoint < 0x10000 ? 2 : 3;
}

/* The length of the longest token that points begin with, 0 when there is none. Fewer
 * guesses are fewer wrong ones: CJK has few tokens of more than five letters. */
static size_t longest_token(const uint32_t *points, size_t count) {
  size_t longest = 0;
  uint64_t hash = 0;
  size_t max = count > 1 && points[1] >= 0x1100 ? 5 : 12;
  for (size_t i = 0; i < count && i < max; i++) {
    hash = hash_step(hash, points[i]);
    if (in_filter(hash))
      longest = i + 1;
  }
  return longest;
}

/* How much of what a piece costs beyond its first token is real, by its last letter. */
static unsigned rate_of(uint32_t letter) {
  if (letter >= 0x0400 && letter < 0x0530)
    return RATE_CYRILLIC;
  if (letter >= 0x0600 && letter < 0x0700)
    return RATE_ARABIC;
  return letter >= 0xAC00 && letter < 0xD800 ? RATE_HANGUL : TOKENS_UNIT;
}

uint64_t tokens_spelling_cost(const uint32_t *points, size_t count) {
  if (count == 0)
    return 0;
  uint64_t tokens = 0;
  /* A space joins the first byte of a symbol that has no token of its own. */
  size_t first = count > 1 && points[0] == ' ' && symbol_tokens(points[1]) > 1 ? 1 : 0;
  for (size_t i = first; i < count;) {
    size_t len = longest_token(points + i, count - i);
    tokens += len > 1 ? 1 : lone_tokens(points[i], len == 1);
    i += len > 1 ? len : 1;
  }
  return TOKENS_UNIT + (tokens - 1) * rate_of(points[count - 1]);
}
