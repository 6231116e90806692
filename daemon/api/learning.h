/* learning.h - what decisions take from those before, and leave to those after.
 *
 *   learning_prepare(worker, &request);    // before route_decide()
 *   learning_note(worker, &routed);        // after it */
#ifndef TIERD_API_LEARNING_H
#define TIERD_API_LEARNING_H

#include "daemon/api/route.h"

/* Gives the request its draw for exploring and what live wishes ask for. */
void learning_prepare(const struct api_worker *worker, struct route_request *request);

/* Counts the worker's latest decision, whose features are still in its scratch and whose
 * number is id_next. Sets reasked and reask. Not for dry runs. */
void learning_note(struct api_worker *worker, struct routed *routed);

#endif
