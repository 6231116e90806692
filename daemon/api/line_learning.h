/* line_learning.h - what a later training must know of how a decision came about. */
#ifndef TIERD_API_LINE_LEARNING_H
#define TIERD_API_LINE_LEARNING_H

#include "daemon/api/json_out.h"
#include "daemon/api/route.h"

/* The members "lambda", where live traffic set it in place of quality; "propensity"; where the
 * decision could have explored, "close": the tier that it would have taken else, and whether it has
 * explored; and, where repetitions are looked for, "reasked": null, or the decision whose answer
 * did not do and how that shows. */
void line_learning_write(struct json_out *out, const struct api_worker *worker,
                         const struct routed *routed);

#endif
