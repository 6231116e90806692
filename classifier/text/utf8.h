/* utf8.h - decodes UTF-8 one character at a time and classifies what it finds.
 * No locale, no allocation, no table larger than a page. */
#ifndef TIERD_TEXT_UTF8_H
#define TIERD_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD, UTF8_BYTES_MAX = 4 };

/* Writing systems that differ in how they spell difficulty or cost tokens. */
enum script {
  SCRIPT_LATIN,
  SCRIPT_GREEK,
  SCRIPT_CYRILLIC,
  SCRIPT_ARABIC, /* with Hebrew, Syriac: right to left */
  SCRIPT_INDIC,  /* Devanagari to Sinhala */
  SCRIPT_THAI,   /* with Lao, Khmer, Myanmar: no spaces between words */
  SCRIPT_HANGUL,
  SCRIPT_KANA,
  SCRIPT_HAN,
  SCRIPT_OTHER,
  SCRIPT_COUNT
};

/* What a character beyond ASCII is. */
enum codepoint_kind {
  CODEPOINT_LETTER,
  CODEPOINT_SPACE,
  CODEPOINT_PUNCTUATION,
  CODEPOINT_MATH,
  CODEPOINT_SYMBOL, /* emoji, arrows, box drawing and the rest */
  CODEPOINT_MARK    /* combining; belongs to the letter before it */
};

/* Decodes the character at p; p < end. Stores it and returns its length, 1 to 4
 * bytes. Bytes that are not UTF-8 (RFC 3629: overlong forms, surrogates and
 * anything above U+10FFFF among them) give UTF8_REPLACEMENT, length 1 and
 * *bad = true; *bad is left alone otherwise. */
size_t utf8_decode(const unsigned char *p, const unsigned char *end, uint32_t *codepoint,
                   bool *bad);

/* For codepoint >= 0x80. script is set only for letters and marks. */
enum codepoint_kind utf8_classify(uint32_t codepoint, enum script *script);

/* The same, searched without hints; for tests. */
enum codepoint_kind utf8_classify_by_search(uint32_t codepoint, enum script *script);

/* Simple lower case for Latin, Greek and Cyrillic; anything else unchanged. */
uint32_t utf8_fold(uint32_t codepoint);

/* Does this script write words without spaces, so that each character counts as
 * a token? */
static inline bool script_is_unspaced(enum script script) {
  return script == SCRIPT_HAN || script == SCRIPT_KANA || script == SCRIPT_THAI;
}

#endif
