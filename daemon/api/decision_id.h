/* decision_id.h - the names of decisions: "d-", 16 hexadecimal digits that differ
 * from worker to worker and start to start, "-", and a count in hexadecimal. */
#ifndef TIERD_API_DECISION_ID_H
#define TIERD_API_DECISION_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

enum { DECISION_ID_MAX = 40 };

/* out holds DECISION_ID_MAX bytes. */
void decision_id_print(uint64_t prefix, uint64_t count, char *out);

/* Could it be one? Whether there was such a decision is not known. */
bool decision_id_valid(struct span text);

/* The two numbers of an id. False when it is none. */
bool decision_id_parse(struct span text, uint64_t *prefix, uint64_t *count);

#endif
