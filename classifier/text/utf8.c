/* utf8.c - decoding and coarse classification of characters.
 *
 * Classification is by block, not by the full Unicode database: features and
 * token estimates need to know Han from Kana and a letter from a dash, and a
 * sorted table of some hundred ranges answers that, with a hint where to begin. */
#include "classifier/text/utf8.h"

size_t utf8_decode(const unsigned char *p, const unsigned char *end, uint32_t *codepoint,
                   bool *bad) {
  unsigned lead = p[0];
  size_t left = (size_t)(end - p);
  if (lead < 0x80) {
    *codepoint = lead;
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF && left >= 2 && (p[1] & 0xC0) == 0x80) {
    *codepoint = ((lead & 0x1Fu) << 6) | (p[1] & 0x3Fu);
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF && left >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
    uint32_t c = ((lead & 0x0Fu) << 12) | ((p[1] & 0x3Fu) << 6) | (p[2] & 0x3Fu);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
      *codepoint = c;
      return 3;
    }
  }
  if (lead >= 0xF0 && lead <= 0xF4 && left >= 4 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80 &&
      (p[3] & 0xC0) == 0x80) {
    uint32_t c =
        ((lead & 0x07u) << 18) | ((p[1] & 0x3Fu) << 12) | ((p[2] & 0x3Fu) << 6) | (p[3] & 0x3Fu);
    if (c >= 0x10000 && c <= 0x10FFFF) {
      *codepoint = c;
      return 4;
    }
  }
  *codepoint = UTF8_REPLACEMENT;
  *bad = true;
  return 1;
}

struct range {
  uint32_t first; /* the range runs to the next entry's first, exclusive */
  unsigned char kind;
  unsigned char script;
};

#define LETTERS(first, script)                                                                     \
  { first, CODEPOINT_LETTER, script }
#define OTHERS(first, kind)                                                                        \
  { first, kind, SCRIPT_OTHER }

/* Blocks of the Unicode standard, merged where tierd sees no difference. */
static const struct range ranges[] = {
    OTHERS(0x80, CODEPOINT_SYMBOL),        OTHERS(0xA0, CODEPOINT_SPACE),
    OTHERS(0xA1, CODEPOINT_PUNCTUATION),   OTHERS(0xA2, CODEPOINT_SYMBOL),
    LETTERS(0xAA, SCRIPT_LATIN),           OTHERS(0xAB, CODEPOINT_PUNCTUATION),
    OTHERS(0xAC, CODEPOINT_MATH),          OTHERS(0xAD, CODEPOINT_MARK),
    OTHERS(0xAE, CODEPOINT_SYMBOL),        OTHERS(0xB0, CODEPOINT_MATH),
    OTHERS(0xB4, CODEPOINT_SYMBOL),        LETTERS(0xB5, SCRIPT_GREEK),
    OTHERS(0xB6, CODEPOINT_SYMBOL),        OTHERS(0xB7, CODEPOINT_MATH),
    OTHERS(0xB8, CODEPOINT_SYMBOL),        OTHERS(0xB9, CODEPOINT_MATH),
    LETTERS(0xBA, SCRIPT_LATIN),           OTHERS(0xBB, CODEPOINT_PUNCTUATION),
    OTHERS(0xBC, CODEPOINT_MATH),          OTHERS(0xBF, CODEPOINT_PUNCTUATION),
    LETTERS(0xC0, SCRIPT_LATIN),           OTHERS(0xD7, CODEPOINT_MATH),
    LETTERS(0xD8, SCRIPT_LATIN),           OTHERS(0xF7, CODEPOINT_MATH),
    LETTERS(0xF8, SCRIPT_LATIN),           OTHERS(0x2B0, CODEPOINT_MARK),
    LETTERS(0x370, SCRIPT_GREEK),          LETTERS(0x400, SCRIPT_CYRILLIC),
    LETTERS(0x530, SCRIPT_OTHER),          LETTERS(0x590, SCRIPT_ARABIC),
    LETTERS(0x900, SCRIPT_INDIC),          LETTERS(0xE00, SCRIPT_THAI),
    LETTERS(0xF00, SCRIPT_OTHER),          LETTERS(0x1000, SCRIPT_THAI),
    LETTERS(0x10A0, SCRIPT_OTHER),         LETTERS(0x1100, SCRIPT_HANGUL),
    LETTERS(0x1200, SCRIPT_OTHER),         LETTERS(0x1780, SCRIPT_THAI),
    LETTERS(0x1800, SCRIPT_OTHER),         LETTERS(0x1E00, SCRIPT_LATIN),
    LETTERS(0x1F00, SCRIPT_GREEK),         OTHERS(0x2000, CODEPOINT_SPACE),
    OTHERS(0x200B, CODEPOINT_MARK),        OTHERS(0x2010, CODEPOINT_PUNCTUATION),
    OTHERS(0x2028, CODEPOINT_SPACE),       OTHERS(0x202A, CODEPOINT_MARK),
    OTHERS(0x202F, CODEPOINT_SPACE),       OTHERS(0x2030, CODEPOINT_PUNCTUATION),
    OTHERS(0x2060, CODEPOINT_MARK),        OTHERS(0x2070, CODEPOINT_MATH),
    OTHERS(0x20A0, CODEPOINT_SYMBOL),      OTHERS(0x2150, CODEPOINT_MATH),
    OTHERS(0x2190, CODEPOINT_SYMBOL),      OTHERS(0x2200, CODEPOINT_MATH),
    OTHERS(0x2300, CODEPOINT_SYMBOL),      OTHERS(0x27C0, CODEPOINT_MATH),
    OTHERS(0x2800, CODEPOINT_SYMBOL),      OTHERS(0x2980, CODEPOINT_MATH),
    OTHERS(0x2B00, CODEPOINT_SYMBOL),      LETTERS(0x2C00, SCRIPT_OTHER),
    OTHERS(0x2E00, CODEPOINT_PUNCTUATION), LETTERS(0x2E80, SCRIPT_HAN),
    OTHERS(0x3000, CODEPOINT_SPACE),       OTHERS(0x3001, CODEPOINT_PUNCTUATION),
    LETTERS(0x3040, SCRIPT_KANA),          LETTERS(0x3100, SCRIPT_HAN),
    LETTERS(0x3130, SCRIPT_HANGUL),        LETTERS(0x3190, SCRIPT_HAN),
    LETTERS(0x31F0, SCRIPT_KANA),          OTHERS(0x3200, CODEPOINT_SYMBOL),
    LETTERS(0x3400, SCRIPT_HAN),           LETTERS(0xA000, SCRIPT_OTHER),
    LETTERS(0xA8E0, SCRIPT_INDIC),         LETTERS(0xA900, SCRIPT_OTHER),
    LETTERS(0xA960, SCRIPT_HANGUL),        LETTERS(0xA980, SCRIPT_OTHER),
    LETTERS(0xAC00, SCRIPT_HANGUL),        OTHERS(0xE000, CODEPOINT_SYMBOL),
    LETTERS(0xF900, SCRIPT_HAN),           LETTERS(0xFB00, SCRIPT_LATIN),
    LETTERS(0xFB1D, SCRIPT_ARABIC),        OTHERS(0xFE00, CODEPOINT_MARK),
    OTHERS(0xFE10, CODEPOINT_PUNCTUATION), LETTERS(0xFE70, SCRIPT_ARABIC),
    OTHERS(0xFEFF, CODEPOINT_MARK),        OTHERS(0xFF01, CODEPOINT_PUNCTUATION),
    LETTERS(0xFF21, SCRIPT_LATIN),         OTHERS(0xFF3B, CODEPOINT_PUNCTUATION),
    LETTERS(0xFF41, SCRIPT_LATIN),         OTHERS(0xFF5B, CODEPOINT_PUNCTUATION),
    LETTERS(0xFF66, SCRIPT_KANA),          LETTERS(0xFFA0, SCRIPT_HANGUL),
    OTHERS(0xFFE0, CODEPOINT_SYMBOL),      LETTERS(0x10000, SCRIPT_OTHER),
    OTHERS(0x1D400, CODEPOINT_MATH),       OTHERS(0x1D800, CODEPOINT_SYMBOL),
    LETTERS(0x1E000, SCRIPT_OTHER),        OTHERS(0x1F000, CODEPOINT_SYMBOL),
    LETTERS(0x20000, SCRIPT_HAN),          OTHERS(0x40000, CODEPOINT_SYMBOL),
};

/* Where to begin to look: for each 64 characters of the basic plane the range that holds
 * the first of them. test_utf8.c holds it to the ranges above. */
static const unsigned char range_hints[0x10000 / 64] = {
    [0x3] = 20,
    [0x4 ... 0xA] = 24,
    [0xB ... 0xD] = 25,
    [0xE ... 0xF] = 26,
    [0x10 ... 0x14] = 27,
    [0x15 ... 0x16] = 28,
    [0x17 ... 0x23] = 29,
    [0x24 ... 0x37] = 30,
    [0x38 ... 0x3B] = 31,
    [0x3C ... 0x3F] = 32,
    [0x40 ... 0x42] = 33,
    [0x43] = 34,
    [0x44 ... 0x47] = 35,
    [0x48 ... 0x5D] = 36,
    [0x5E ... 0x5F] = 37,
    [0x60 ... 0x77] = 38,
    [0x78 ... 0x7B] = 39,
    [0x7C ... 0x7F] = 40,
    [0x80] = 41,
    [0x81] = 47,
    [0x82] = 49,
    [0x83 ... 0x85] = 50,
    [0x86] = 51,
    [0x87] = 52,
    [0x88 ... 0x8B] = 53,
    [0x8C ... 0x9E] = 54,
    [0x9F] = 55,
    [0xA0 ... 0xA5] = 56,
    [0xA6 ... 0xAB] = 57,
    [0xAC ... 0xAF] = 58,
    [0xB0 ... 0xB7] = 59,
    [0xB8 ... 0xB9] = 60,
    [0xBA ... 0xBF] = 61,
    [0xC0] = 62,
    [0xC1 ... 0xC3] = 64,
    [0xC4] = 65,
    [0xC5 ... 0xC6] = 66,
    [0xC7] = 67,
    [0xC8 ... 0xCF] = 69,
    [0xD0 ... 0x27F] = 70,
    [0x280 ... 0x2A3] = 71,
    [0x2A4 ... 0x2A5] = 73,
    [0x2A6 ... 0x2AF] = 75,
    [0x2B0 ... 0x37F] = 76,
    [0x380 ... 0x3E3] = 77,
    [0x3E4 ... 0x3EB] = 78,
    [0x3EC] = 79,
    [0x3ED ... 0x3F7] = 80,
    [0x3F8] = 81,
    [0x3F9] = 82,
    [0x3FA ... 0x3FB] = 83,
    [0x3FC] = 84,
    [0x3FD] = 87,
    [0x3FE] = 90,
    [0x3FF] = 91,
};

/* The range behind which the search may begin. */
static inline size_t hint(uint32_t codepoint) {
  if (codepoint < 0x10000)
    return range_hints[codepoint / 64];
  return range_hints[0xFFFF / 64];
}

enum codepoint_kind utf8_classify(uint32_t codepoint, enum script *script) {
  size_t at = hint(codepoint);
  while (at + 1 < sizeof ranges / sizeof ranges[0] && ranges[at + 1].first <= codepoint)
    at++;
  *script = (enum script)ranges[at].script;
  return (enum codepoint_kind)ranges[at].kind;
}

enum codepoint_kind utf8_classify_by_search(uint32_t codepoint, enum script *script) {
  size_t at = 0;
  while (at + 1 < sizeof ranges / sizeof ranges[0] && ranges[at + 1].first <= codepoint)
    at++;
  *script = (enum script)ranges[at].script;
  return (enum codepoint_kind)ranges[at].kind;
}

uint32_t utf8_fold(uint32_t c) {
  if (c < 0x80)
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) ||
      (c >= 0x410 && c <= 0x42F))
    return c + 32;
  if (c >= 0x400 && c <= 0x40F)
    return c + 80;
  /* Latin Extended-A and -Additional pair upper (even) with lower (odd), but for
   * two stretches where the parity is the other way round, and U+0138, which is
   * even and has no pair. */
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
    return (c & 1) ? c + 1 : c;
  if ((c >= 0x100 && c <= 0x177 && c != 0x138) || (c >= 0x1E00 && c <= 0x1EFF) ||
      (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F))
    return (c & 1) ? c : c + 1;
  return c;
}
