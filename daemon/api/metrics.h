/* metrics.h - what answers and decisions add to the counters of daemon/ops/metrics.h.
 *
 * All on the worker's own thread; a worker without counters counts nothing. */
#ifndef TIERD_API_METRICS_H
#define TIERD_API_METRICS_H

#include "daemon/api/api.h"

/* Counters for that many workers, with the labels that endpoints and problems need. The
 * caller's, for metrics_destroy(). NULL when memory is out. */
struct metrics *api_metrics_create(size_t workers);

/* A decision of the worker's current snapshot. */
void api_count_decision(struct api_worker *worker, const struct route_decision *decision,
                        bool dry_run);

/* An answer and, if it is one, its problem. endpoint is NULL where none was found. */
void api_count_answer(struct api_worker *worker, const struct api_endpoint *endpoint,
                      enum api_method method, const struct api_response *response);

/* A line of a batch's answer: PROBLEM_NONE for a decision. */
void api_count_line(struct api_worker *worker, enum problem_type problem);

/* A problem that is neither of these. */
void api_count_problem(struct api_worker *worker, enum problem_type problem);

#endif
