/* instruction.h - sentences that only say where the documents are. */
#ifndef TIERD_FEATURES_INSTRUCTION_H
#define TIERD_FEATURES_INSTRUCTION_H

#include "classifier/text/span.h"

/* Is the line one such as "Use the following documents to answer the question."? It
 * may hold a stray word or two besides, not a task of its own. */
bool instruction_is(struct span line);

#endif
