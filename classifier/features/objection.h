/* objection.h - does a turn say that the answer before it was wrong? */
#ifndef TIERD_FEATURES_OBJECTION_H
#define TIERD_FEATURES_OBJECTION_H

#include "classifier/text/span.h"

/* "No, that's wrong.", "Das stimmt nicht!", "不对，应该是…". Only what opens the turn
 * counts, and only short turns: "What is wrong with my code?" and "Incorrect syntax near
 * WHERE" are questions of their own. Text need not be trimmed. */
bool objection_is(struct span text);

#endif
