/* line_learning.h - what a later training must know of how a decision came about. */
#ifndef TIERD_API_LINE_LEARNING_H
#define TIERD_API_LINE_LEARNING_H

#include "daemon/api/json_out.h"
#include "daemon/router/route.h"

/* The members "propensity" and, where the decision could have explored, "close": the
 * tier that it would have taken else, and whether it has explored. */
void line_learning_write(struct json_out *out, const struct catalog *catalog,
                         const struct route_decision *decision);

#endif
