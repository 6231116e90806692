/* text.h - one pass over the bytes of a prompt: counts and tokens.
 *
 *   struct text_scan scan;            // some 70 KB: one per thread, reused
 *   text_scan_begin(&scan);
 *   text_scan_span(&scan, question);  // as often as there are pieces
 *   use(scan.counts, scan.tokens, scan.tokens_count);
 *
 * Linear in the bytes, no allocation, no locale. Broken UTF-8 is counted and read
 * as U+FFFD. Counters are 64 bits wide, so no input can overflow them.
 */
#ifndef TIERD_TEXT_TEXT_H
#define TIERD_TEXT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"
#include "classifier/text/utf8.h"

struct text_counts {
  uint64_t bytes;
  uint64_t codepoints;
  uint64_t bad_bytes;             /* not UTF-8 */
  uint64_t ascii[128];            /* how often each ASCII mark occurs; of letters,
                                     digits and white space there is no such count */
  uint64_t letters_ascii;         /* letters of ASCII */
  uint64_t scripts[SCRIPT_COUNT]; /* letters beyond ASCII, and Latin's ASCII ones */
  uint64_t punctuation_wide;      /* beyond ASCII, CJK stops and dashes among it */
  uint64_t math_wide;             /* beyond ASCII: operators, sub- and superscripts */
  uint64_t symbols_wide;          /* emoji, arrows, currency */

  uint64_t words;             /* runs of letters; in unspaced scripts each letter */
  uint64_t word_letters;      /* letters in them */
  uint64_t words_long;        /* 7 letters and more */
  uint64_t words_very_long;   /* 11 letters and more */
  uint64_t words_capitalised; /* first letter upper, ASCII */
  uint64_t words_upper;       /* two letters and more, all upper, ASCII */
  uint64_t identifiers;       /* with underscore, digit or inner capital */
  uint64_t words_single;      /* one ASCII letter: variables, options, "a" and "I" */

  uint64_t numbers;           /* runs of digits, with one point or comma inside */
  uint64_t number_digits;     /* digits in them */
  uint64_t numbers_decimal;   /* with a point */
  uint64_t numbers_large;     /* four digits and more */
  uint64_t number_digits_max; /* digits of the longest */

  uint64_t sentences; /* ended by . ! ? and their wide forms */
  uint64_t questions; /* question marks of any script */
  uint64_t lines;     /* with anything in them */
  uint64_t lines_blank;
  uint64_t lines_list;     /* begin with a bullet */
  uint64_t lines_numbered; /* begin with "3." or "3)" */
  uint64_t lines_option;   /* begin with "A.", "(A)", "- (A)" */
  uint64_t lines_table;    /* begin with | */
  uint64_t lines_heading;  /* begin with # */
  uint64_t lines_indented; /* by four spaces or a tab */
  uint64_t line_bytes_max;
  uint64_t code_fences;    /* lines that begin with ``` or ~~~ */
  uint64_t latex_commands; /* a backslash before a letter */
  uint64_t urls;
  uint64_t tags;      /* < before a letter or a slash */
  uint64_t json_keys; /* a quote before a colon */
  uint64_t calls;     /* a letter before an opening bracket, as in f(x) */
};

enum text_token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_UNSPACED };

struct text_token {
  uint32_t hash; /* of the folded letters; of the digit count for numbers */
  uint16_t letters;
  uint8_t kind;
  uint8_t line_start; /* 1 when it opens a line */
};

/* A prompt longer than this keeps its first TEXT_TOKENS_HEAD tokens and its last
 * ones: instructions stand at either end of a pasted document. */
enum { TEXT_TOKENS_MAX = 4096, TEXT_TOKENS_HEAD = 3072 };

struct text_scan {
  struct text_counts counts;
  size_t tokens_count; /* kept; at most TEXT_TOKENS_MAX */
  uint64_t tokens_seen;
  bool line_started; /* a token or other ink has been seen on this line */
  bool sentence_open;
  struct text_token tokens[TEXT_TOKENS_MAX];
};

void text_scan_begin(struct text_scan *scan);

/* Scans one piece; a piece ends any word, line and number at its end. */
void text_scan_span(struct text_scan *scan, struct span text);

/* The hash that a token of this word has, for building vocabularies. word is
 * UTF-8 and one word as the scanner sees it. */
uint32_t text_word_hash(struct span word);

#endif
