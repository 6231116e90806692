/* scan.h - reads numbers and words from a bounded text, line by line.
 *
 * For the model file: hostile input, no locale, no NUL-termination assumed. Every
 * read either advances or fails; the first failure is kept. */
#ifndef TIERD_SVM_SCAN_H
#define TIERD_SVM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/text/span.h"

struct scan {
  const char *at;
  const char *end;
  size_t line; /* of at, from 1 */
};

static inline struct scan scan_of(const char *text, size_t len) {
  return (struct scan){text, text + len, 1};
}

/* The next word of this line, skipping blanks before it; empty at the line's end. */
struct span scan_word(struct scan *scan);

/* A finite number in C notation; false when there is none, or it is out of
 * float's range or longer than 63 characters. */
bool scan_number(struct scan *scan, double *out);

/* A decimal integer from 0 to max. */
bool scan_integer(struct scan *scan, uint64_t max, uint64_t *out);

/* Hexadecimal digits, exactly 16 of them. */
bool scan_hex64(struct scan *scan, uint64_t *out);

/* True when exactly this word comes next, which is then consumed. */
bool scan_expect(struct scan *scan, const char *word);

/* True when only blanks are left of the line; moves to the next one. */
bool scan_line_end(struct scan *scan);

/* The rest of the line, without its end; moves to the next one. */
struct span scan_rest(struct scan *scan);

#endif
