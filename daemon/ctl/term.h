/* term.h - text on its way to a terminal: width, hostile bytes, colour.
 *
 * Everything that came from the daemon or a file goes through term_clean() or
 * term_put() before it is shown: an escape sequence in a model's name must not
 * retitle the window, move the cursor or reverse the line.
 */
#ifndef TIERD_CTL_TERM_H
#define TIERD_CTL_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "classifier/text/span.h"

enum term_style { TERM_PLAIN = 0, TERM_BOLD, TERM_DIM, TERM_GOOD, TERM_WARN, TERM_BAD };

struct term {
  FILE *out; /* borrowed */
  bool colour;
  bool interactive; /* out is a terminal */
};

/* Looks at the stream, NO_COLOR and TERM. Colour is on only for a terminal that
 * has not been asked to go without. */
struct term term_of(FILE *out);

/* Columns that the text takes: CJK and emoji count two, combining marks none.
 * Bytes that are not UTF-8 count one each, as term_clean() shows them. */
size_t term_width(struct span text);

/* A NUL-terminated copy on the heap, for the caller to free; NULL when memory is
 * out. Tabs and line ends become spaces; other control characters, direction
 * overrides and bytes that are not UTF-8 become U+FFFD. Text wider than
 * columns_max is cut and ends in an ellipsis; 0 means no limit. */
char *term_clean(struct span text, size_t columns_max);

/* Writes cleaned text. */
void term_put(const struct term *term, enum term_style style, struct span text);

/* Writes a whole document of many lines: as it is to a file or a pipe, with its
 * control characters other than tab and line feed replaced on a terminal. */
void term_put_raw(const struct term *term, struct span text);

/* Switch a style on, and back to plain. Nothing without colour. */
void term_style_on(const struct term *term, enum term_style style);
void term_style_off(const struct term *term, enum term_style style);

/* True when text is UTF-8 without NUL bytes; else *offset is the first bad byte. */
bool term_is_text(struct span text, size_t *offset);

#endif
