/* envelope.h - finds the elements that harnesses put into a user turn.
 *
 *   struct envelope_cursor cursor = {.text = text};
 *   struct envelope_element element;
 *   while (envelope_next(&cursor, &element))
 *     ...                               // what lies between is the user's own */
#ifndef TIERD_FEATURES_ENVELOPE_H
#define TIERD_FEATURES_ENVELOPE_H

#include "classifier/text/span.h"

enum envelope_kind {
  ENVELOPE_CONTEXT, /* reminders, documents, tool output: not the user's words */
  ENVELOPE_TASK,    /* around words of the user; there may be others outside */
  ENVELOPE_QUESTION /* around all that the user said; the rest is the harness's */
};

struct envelope_element {
  enum envelope_kind kind;
  struct span whole; /* with both tags; within the cursor's text */
  struct span inner; /* between them */
};

struct envelope_cursor {
  struct span text;
  size_t at;         /* where the search goes on; 0 at first */
  unsigned unclosed; /* long openings without an end so far; 0 at first */
};

/* The next element, outermost first; false when there is none. An element that is
 * never closed is none. Walking a whole text is linear in its bytes. */
bool envelope_next(struct envelope_cursor *cursor, struct envelope_element *element);

#endif
