/* feedback.c - POST /v1/feedback: what became of a decision, into the log.
 *
 * The line stands in the log beside its decision, and `tierctl log join` brings the two
 * together. What is learned at once, from decisions still in memory, is the business of
 * accounting.c. */
#include "daemon/api/feedback_parse.h"

#include <math.h>

#include "daemon/api/accounting.h"
#include "daemon/api/log_line.h"
#include "daemon/api/shadow_note.h"

/* A count that was given. */
static void write_count(struct json_out *out, const char *key, int64_t count) {
  if (count < 0)
    return;
  json_key(out, key);
  json_integer(out, count);
}

/* One form for all vendors, so that nobody who reads the log has to know theirs. */
static void write_usage(struct json_out *out, const struct feedback_usage *usage) {
  json_key(out, "usage");
  json_open(out, '{');
  write_count(out, "input_tokens", usage->input);
  write_count(out, "cached_tokens", usage->cached);
  write_count(out, "cache_write_tokens", usage->cache_write);
  write_count(out, "output_tokens", usage->output);
  json_close(out, '}');
}

/* Fields that were not given are left out, so that a later feedback on the same
 * decision replaces only what it speaks of. */
static bool log_feedback(struct api_worker *worker, int64_t now_ms,
                         const struct feedback *feedback) {
  struct json_out out = log_line_open(worker, now_ms, "feedback", feedback->id);
  /* Six digits are more than any judge can tell apart. */
  if (!isnan(feedback->score)) {
    json_key(&out, "score");
    json_fixed(&out, feedback->score, 6);
  }
  /* "label" is the name that labelled logs use. */
  if (feedback->tier_label.len > 0) {
    json_key(&out, "label");
    json_string(&out, feedback->tier_label);
  }
  if (feedback->has_escalated) {
    json_key(&out, "escalated");
    json_bool(&out, feedback->escalated);
  }
  if (feedback->model.len > 0) {
    json_key(&out, "model");
    json_string(&out, feedback->model);
  }
  if (feedback->has_usage)
    write_usage(&out, &feedback->usage);
  if (money_known(feedback->cost)) {
    json_key(&out, "cost_usd");
    json_money(&out, feedback->cost);
  }
  return log_line_push(worker, &out);
}

static bool accept(struct api_worker *worker, struct api_request *request,
                   struct feedback *feedback, struct problem *problem) {
  const struct snapshot *snapshot = worker->snapshot;
  const struct json_limits limits = {snapshot->config.json_depth_max,
                                     snapshot->config.json_nodes_max};
  /* Said before the body is looked at: no body would help. */
  if (!worker->log_queue)
    return problem_set(problem, PROBLEM_LOG_OFF, "",
                       "feedback is kept in the decision log, which is off; start tierd with "
                       "--decision-log FILE");
  return feedback_parse(&worker->arena, &limits, &snapshot->catalog, request->body,
                        request->body_len, feedback, problem) &&
         (log_feedback(worker, request->now_ms, feedback) ||
          problem_set(problem, PROBLEM_LOG_FULL, "",
                      "the decision log's queue is full, as when its disk is; try again"));
}

void api_feedback(struct api_worker *worker, struct api_request *request,
                  struct api_response *response) {
  struct feedback feedback;
  struct problem problem;
  struct json_out out = {.buffer = response->body};
  /* 202 and not 200: the line is in the queue, not yet on the disk. */
  if (accept(worker, request, &feedback, &problem)) {
    accounting_feedback(worker, &feedback);
    shadow_note_feedback(worker, &feedback);
    response->status = 202;
    response->content_type = "application/json";
    json_open(&out, '{');
    json_key(&out, "id");
    json_text(&out, feedback.id);
    json_key(&out, "accepted");
    json_bool(&out, true);
    json_close(&out, '}');
    buffer_add(response->body, "\n", 1);
  } else {
    api_answer_problem(response, &problem);
    /* As with every 503: try again soon, but not at once. */
    if (problem.type == PROBLEM_LOG_FULL)
      api_add_header(response, "retry-after", span_of("1"));
  }
  arena_reset(&worker->arena);
}
