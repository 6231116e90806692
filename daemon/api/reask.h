/* reask.h - does a request ask again what a late decision should have settled?
 *
 *   struct reask_match match;
 *   if (reask_note(worker, &parsed, id_count, &match)) ...   // once a decision */
#ifndef TIERD_API_REASK_H
#define TIERD_API_REASK_H

#include "daemon/api/request_parse.h"

/* Looks the worker's latest request, whose features are still in its scratch, up among the
 * late ones and remembers it. False when it asks nothing again, or nobody keeps count. Not
 * for dry runs. */
bool reask_note(struct api_worker *worker, const struct parsed_request *request, uint64_t id_count,
                struct reask_match *out);

#endif
