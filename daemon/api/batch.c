/* batch.c - POST /v1/route:batch: one line in, one line out, in order.
 *
 * daemon/net calls this for each line as it arrives; a blank line is skipped, and
 * a bad one gets a problem object in its place, so that the caller can match the
 * answers to the lines. */
#include "daemon/api/metrics.h"
#include "daemon/api/route.h"

static bool is_blank(struct span line) {
  for (size_t i = 0; i < line.len; i++)
    if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
      return false;
  return true;
}

void api_batch_line(struct api_worker *worker, struct api_request *request,
                    struct api_response *response) {
  struct routed routed;
  routed.request.id = span_make(NULL, 0);
  struct problem problem;
  response->status = 200;
  response->content_type = "application/x-ndjson";
  if (is_blank(span_make(request->body, request->body_len)))
    return;
  if (route_body(worker, request, &routed, &problem)) {
    decision_write(response->body, &worker->snapshot->router, &routed.decision, routed.id,
                   request->now_s, routed.request.id);
    metrics_watch_lap(worker->metrics, &worker->watch, TIMED_ENCODE);
    api_count_line(worker, PROBLEM_NONE);
  } else {
    problem_write(response->body, &problem, routed.request.id);
    api_count_line(worker, problem.type);
  }
  buffer_add(response->body, "\n", 1);
  arena_reset(&worker->arena);
}
