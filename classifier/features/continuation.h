/* continuation.h - does a turn only carry the conversation on? */
#ifndef TIERD_FEATURES_CONTINUATION_H
#define TIERD_FEATURES_CONTINUATION_H

#include "classifier/text/span.h"

/* "Yes, do it!", "继续。", "2", a tool's output in the user's name, or nothing at
 * all; text is trimmed. False as soon as one word says something new. */
bool continuation_is(struct span text);

#endif
