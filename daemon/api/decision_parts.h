/* decision_parts.h - members of a decision, for the answer and for the log's line.
 *
 * Each is called within an open object and leaves it open. Money is decimal USD, an
 * unknown amount null. */
#ifndef TIERD_API_DECISION_PARTS_H
#define TIERD_API_DECISION_PARTS_H

#include "daemon/api/json_out.h"
#include "daemon/router/route.h"

/* That the tier is good enough; null when nothing was scored. */
void parts_write_probability(struct json_out *out, const struct route_decision *decision,
                             size_t tier);

/* "probabilities": for each tier, from the cheapest up, that it is good enough. */
void parts_write_probabilities(struct json_out *out, const struct router *router,
                               const struct route_decision *decision);

/* "expected", "low" and "high". */
void parts_write_range(struct json_out *out, const struct cost *cost);

/* "breakdown": the lines of the bill. */
void parts_write_breakdown(struct json_out *out, const struct cost_breakdown *breakdown);

/* "input_tokens", "cached_tokens" and "output_tokens", of the chosen model. */
void parts_write_tokens(struct json_out *out, const struct route_decision *decision);

/* "baseline": the top tier's model, and what it would cost. */
void parts_write_baseline(struct json_out *out, const struct router *router,
                          const struct route_decision *decision);

#endif
