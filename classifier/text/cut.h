/* cut.h - where a text may be cut in two without cutting a word. */
#ifndef TIERD_TEXT_CUT_H
#define TIERD_TEXT_CUT_H

#include "classifier/text/span.h"

/* The last place up to at where a blank or line end of ASCII begins, so that it goes with
 * what follows. Where there is none within TEXT_CUT_BACK bytes (a script without spaces, a
 * long token) the last place where a character begins; at itself when even that is not
 * found, as in bytes that are not UTF-8. at is at most text.len. */
size_t text_cut(struct span text, size_t at);

enum { TEXT_CUT_BACK = 32 };

#endif
