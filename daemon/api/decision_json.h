/* decision_json.h - a decision as JSON and as headers. */
#ifndef TIERD_API_DECISION_JSON_H
#define TIERD_API_DECISION_JSON_H

#include "daemon/api/api.h"
#include "daemon/api/decision_id.h"

/* Appends the object of DESIGN's "The answer". request_id is JSON
 * text and may be empty. */
void decision_write(struct buffer *buffer, const struct router *router,
                    const struct route_decision *decision, const char *id, int64_t created_s,
                    struct span request_id);

/* Adds x-tierd-model, x-tierd-tier, x-tierd-cost-usd and x-tierd-id. */
void decision_headers(struct api_response *response, const struct router *router,
                      const struct route_decision *decision, const char *id);

#endif
