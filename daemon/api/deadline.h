/* deadline.h - whether there is time left to score a request.
 *
 * A loop that wakes up to many requests answers one after the other, and the last one waits
 * for all. Rather than let it wait longer than --decision-deadline-us, it is answered
 * unscored, by the safe tier, which takes next to no time. Time counts from when the loop
 * woke up, or for a line of a batch from when its turn came. */
#ifndef TIERD_API_DEADLINE_H
#define TIERD_API_DEADLINE_H

#include "daemon/api/api.h"

/* Would a decision on the request, by what late ones took, come too late? */
bool deadline_missed(const struct api_worker *worker, const struct api_request *request);

/* A decision on the request that began at start_ns is made. */
void deadline_learn(struct api_worker *worker, const struct api_request *request,
                    uint64_t start_ns);

#endif
