/* reload.c - POST /v1/reload: config, catalogue and model read anew, as on SIGHUP.
 *
 * Runs on a thread of its own beside the worker's (API_COMMAND), so it touches nothing
 * of the worker but the shared state. What a reload is stands in daemon/ops/reload.h. */
#include "daemon/api/api.h"
#include "daemon/api/json_out.h"

static void write_report(struct json_out *out, const struct reload_report *report) {
  json_open(out, '{');
  json_key(out, "object");
  json_text(out, "reload");
  json_key(out, "snapshot");
  json_unsigned(out, report->number);
  json_key(out, "model_version");
  json_text(out, report->model_version);
  json_key(out, "policy_version");
  json_text(out, report->policy_version);
  json_key(out, "catalog_version");
  json_text(out, report->catalog_version);
  /* Said even when it is empty, so that a script need not know of the exception. */
  json_key(out, "restart_needed");
  json_open(out, '[');
  for (size_t i = 0; i < report->kept.count; i++)
    json_text(out, report->kept.keys[i]);
  json_close(out, ']');
  json_close(out, '}');
}

void api_reload(struct api_worker *worker, struct api_request *request,
                struct api_response *response) {
  struct json_out out = {.buffer = response->body};
  struct reload_report report;
  struct problem problem;
  (void)request;
  if (!reload_run(worker->state->reloader, &report)) {
    problem_set(&problem, PROBLEM_RELOAD_FAILED, "", "%s", report.why);
    api_answer_problem(response, &problem);
    return;
  }
  response->status = 200;
  response->content_type = "application/json";
  write_report(&out, &report);
  buffer_add(response->body, "\n", 1);
}
