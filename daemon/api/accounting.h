/* accounting.h - what decisions leave behind in memory: charges to budgets, and what
 * was expected, to be held against what feedback reports. */
#ifndef TIERD_API_ACCOUNTING_H
#define TIERD_API_ACCOUNTING_H

#include "daemon/api/feedback_parse.h"
#include "daemon/api/route.h"

/* Before the decision: fills the request's budget and corrections. */
void accounting_prepare(struct api_worker *worker, struct parsed_request *request);

/* After it: charges its expected cost and remembers it. Not for a dry run. id_count is
 * the count in its id. */
void accounting_note(struct api_worker *worker, const struct parsed_request *request,
                     const struct route_decision *decision, uint64_t id_count);

/* Replaces the charge by the reported cost and learns from the reported usage, once a
 * decision. Nothing where the decision is not remembered any more. */
void accounting_feedback(struct api_worker *worker, const struct feedback *feedback);

#endif
