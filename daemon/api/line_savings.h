/* line_savings.h - what routing, caching, batching and a limit took off a call's cost. */
#ifndef TIERD_API_LINE_SAVINGS_H
#define TIERD_API_LINE_SAVINGS_H

#include "daemon/api/json_out.h"
#include "daemon/router/route.h"

/* Expected costs of the same request in nano-USD, from the dearest way down to the
 * one that was chosen, whose cost is the decision's. Each step changes one thing, so
 * that the differences are its saving and add up exactly. */
struct line_savings {
  int64_t top;     /* the baseline's model, nothing cached, no batch, no output limit */
  int64_t model;   /* the same with the chosen model */
  int64_t cached;  /* and with the cached prefix */
  int64_t batched; /* and in a batch, if it was asked for; then comes the limit */
};

struct line_savings line_savings_of(const struct router *router,
                                    const struct route_request *request,
                                    const struct route_decision *decision);

/* The members "breakdown", "rates", "plain" and "batch": how the expected cost comes
 * about and what it was saved from. */
void line_savings_write(struct json_out *out, const struct router *router,
                        const struct route_request *request, const struct route_decision *decision);

#endif
