/* documents.h - cuts documents that were pasted around a question without tags.
 *
 *   Context:                    or   Use the following documents to answer.
 *   [1] ...                          Question: why?
 *   [2] ...                          Context: ...
 *
 *   Question: why?
 */
#ifndef TIERD_FEATURES_DOCUMENTS_H
#define TIERD_FEATURES_DOCUMENTS_H

#include "classifier/text/span.h"

enum { DOCUMENTS_KEPT_MAX = 3 };

/* Stores what is the user's own in kept, in reading order, and returns the number
 * of pieces: at least 1, the text itself when there is nothing to cut. Cuts only
 * where a label such as "Question:" or a closing paragraph shows what the question
 * is. Linear in the text's bytes. */
size_t documents_cut(struct span text, struct span kept[DOCUMENTS_KEPT_MAX]);

/* The text without what only frames documents: a bare "Context:" line, "Use the
 * documents above to answer.", the label before the question, a closing "Answer:".
 * Perhaps empty. */
struct span documents_unframe(struct span text);

#endif
