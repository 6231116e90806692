/* route.c - POST /v1/route: body in, decision out.
 *
 * Between the two, what is kept of the conversation is looked up, and kept anew with this
 * call. Two calls of one conversation at once both build on the one before; the later put
 * stays. What is kept, and what follows from it, is daemon/router/session.h. */
#include "daemon/api/route.h"

#include <stdio.h>

#include "daemon/api/accounting.h"
#include "daemon/api/deadline.h"
#include "daemon/api/decision_line.h"
#include "daemon/api/learning.h"
#include "daemon/api/live_note.h"
#include "daemon/api/metrics.h"
#include "daemon/api/shadow_note.h"

/* What the router refuses is the request's fault: a field, or no model. */
static bool refuse(struct problem *problem, enum route_status status,
                   const struct route_error *err) {
  char pointer[64];
  snprintf(pointer, sizeof pointer, "/%s", err->field);
  return problem_set(problem,
                     status == ROUTE_NO_MODEL_FITS ? PROBLEM_NO_MODEL_FITS : PROBLEM_INVALID_FIELD,
                     pointer, "%s", err->text);
}

/* Gives the request what is kept of its conversation. Returns the key to keep it by. */
static uint64_t recall(struct api_worker *worker, struct routed *routed) {
  struct sessions *sessions = worker->state->sessions;
  struct route_request *request = &routed->request.route;
  if (!sessions)
    return 0;
  const uint64_t key = session_key(request, sessions_seed(sessions));
  request->sessions = true;
  if (sessions_find(sessions, key, &routed->session) &&
      session_continues(&routed->session, request))
    request->last_call = &routed->session;
  return key;
}

static void remember(struct api_worker *worker, uint64_t key, struct routed *routed) {
  const struct route_request *request = &routed->request.route;
  if (!worker->state->sessions || request->dry_run)
    return;
  session_remember(&routed->session, request, &worker->snapshot->catalog, &routed->decision);
  sessions_put(worker->state->sessions, key, &routed->session);
}

static bool parse_and_decide(struct api_worker *worker, const struct api_request *request,
                             struct routed *routed, struct problem *problem) {
  const struct snapshot *snapshot = worker->snapshot;
  struct route_error err;
  metrics_watch_start(&worker->watch);
  routed->reasked = false;
  if (!request_parse(&worker->arena, &snapshot->config, request->body, request->body_len,
                     &routed->request, problem))
    return false;
  metrics_watch_lap(worker->metrics, &worker->watch, TIMED_PARSE);
  routed->request.route.now_s = request->now_s;
  accounting_prepare(worker, &routed->request);
  learning_prepare(worker, &routed->request.route);
  routed->request.route.late = deadline_missed(worker, request);
  const uint64_t start_ns = metrics_now_ns();
  const uint64_t key = recall(worker, routed);
  enum route_status status = route_decide(&snapshot->router, &routed->request.route,
                                          worker->scratch, &routed->decision, &err);
  if (status != ROUTE_OK)
    return refuse(problem, status, &err);
  const bool scored = !routed->decision.degraded;
  if (scored)
    deadline_learn(worker, request, start_ns);
  metrics_watch_lap(worker->metrics, &worker->watch, TIMED_DECIDE);
  if (scored)
    remember(worker, key, routed);
  decision_id_print(worker->id_prefix, worker->id_next, routed->id);
  if (!routed->request.route.dry_run) {
    accounting_note(worker, &routed->request, &routed->decision, worker->id_next);
    if (scored)
      learning_note(worker, routed);
  }
  live_note_decision(worker, request, routed, worker->id_next);
  if (scored)
    shadow_note_decision(worker, &routed->request.route, &routed->decision, worker->id_next);
  worker->id_next++;
  if (worker->log_queue && !routed->request.route.dry_run) {
    decision_line_log(worker, request, routed);
    metrics_watch_lap(worker->metrics, &worker->watch, TIMED_LOG);
  }
  return true;
}

/* What lacked memory may have left something out unnoticed, so it counts for nothing. */
bool route_body(struct api_worker *worker, const struct api_request *request, struct routed *routed,
                struct problem *problem) {
  bool ok = parse_and_decide(worker, request, routed, problem);
  if (worker->arena.failed)
    return problem_set(problem, PROBLEM_OVERLOADED, "", "out of memory; try again");
  if (ok)
    api_count_decision(worker, &routed->decision, routed->request.route.dry_run);
  return ok;
}

void api_route(struct api_worker *worker, struct api_request *request,
               struct api_response *response) {
  const struct router *router = &worker->snapshot->router;
  struct routed routed;
  struct problem problem;
  if (route_body(worker, request, &routed, &problem)) {
    response->status = 200;
    response->content_type = "application/json";
    decision_write(response->body, router, &routed.decision, routed.id, request->now_s,
                   span_make(NULL, 0));
    buffer_add(response->body, "\n", 1);
    decision_headers(response, router, &routed.decision, routed.id);
    metrics_watch_lap(worker->metrics, &worker->watch, TIMED_ENCODE);
  } else {
    api_answer_problem(response, &problem);
  }
  arena_reset(&worker->arena);
}
