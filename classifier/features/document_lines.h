/* document_lines.h - what a line says about documents pasted around a question. */
#ifndef TIERD_FEATURES_DOCUMENT_LINES_H
#define TIERD_FEATURES_DOCUMENT_LINES_H

#include "classifier/text/span.h"

enum line_kind {
  LINE_TEXT,
  LINE_BLANK,
  LINE_FENCE,    /* begins or ends a block of code */
  LINE_RULE,     /* ----- */
  LINE_HEADER,   /* Context: */
  LINE_DOCUMENT, /* [1] or Document 1: */
  LINE_QUESTION, /* Question: */
  LINE_ANSWER    /* Answer: and nothing after it */
};

struct line {
  enum line_kind kind;
  struct span text; /* without the line's end */
  struct span body; /* what follows the label, on the same line */
  unsigned number;  /* of a LINE_DOCUMENT */
  bool named;       /* a LINE_DOCUMENT that says "Document" rather than just [1] */
};

/* The line that begins at offset at of text; at < text.len. *next becomes where the
 * following one begins. */
struct line line_read(struct span text, size_t at, size_t *next);

#endif
