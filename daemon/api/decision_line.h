/* decision_line.h - a decision as a line of the log. */
#ifndef TIERD_API_DECISION_LINE_H
#define TIERD_API_DECISION_LINE_H

#include "daemon/api/log_line.h"
#include "daemon/api/route.h"

/* Logs the worker's latest decision, whose features are still in its scratch.
 * Prompts are written by their keyed hash, length and features, and by their text
 * only where the settings say so. A line that is dropped is counted by the log. */
void decision_line_log(struct api_worker *worker, const struct api_request *request,
                       const struct routed *routed);

/* The same hash for the same conversation, whatever the fields around it. */
uint64_t conversation_hash(const struct hash_key *key, const struct conversation *conversation);

#endif
