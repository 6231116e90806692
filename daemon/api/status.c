/* status.c - GET /healthz, /readyz and /version. */
#include "daemon/api/api.h"
#include "daemon/api/json_out.h"

static void answer_status(struct api_response *response, const char *status) {
  struct json_out out = {.buffer = response->body};
  response->status = 200;
  response->content_type = "application/json";
  json_open(&out, '{');
  json_key(&out, "status");
  json_text(&out, status);
  json_close(&out, '}');
  buffer_add(response->body, "\n", 1);
}

/* The process lives and its loop turns. */
void api_healthz(struct api_worker *worker, struct api_request *request,
                 struct api_response *response) {
  (void)worker;
  (void)request;
  answer_status(response, "ok");
}

/* Nothing is accepted before model and catalogue are loaded, so whoever gets here can be
 * served. Before a daemon closes its listeners it says here for drain_delay that it will, so
 * that a load balancer sends nothing more to a door that is about to shut. */
void api_readyz(struct api_worker *worker, struct api_request *request,
                struct api_response *response) {
  struct problem problem;
  (void)request;
  if (!worker->leaving || !atomic_load(worker->leaving)) {
    answer_status(response, "ready");
    return;
  }
  problem_set(&problem, PROBLEM_LEAVING, "",
              "the daemon was told to end and still serves; send new requests elsewhere");
  api_answer_problem(response, &problem);
}

void api_version(struct api_worker *worker, struct api_request *request,
                 struct api_response *response) {
  const struct api_state *state = worker->state;
  const struct snapshot *snapshot = worker->snapshot;
  struct json_out out = {.buffer = response->body};
  response->status = 200;
  response->content_type = "application/json";
  json_open(&out, '{');
  json_key(&out, "name");
  json_text(&out, "tierd");
  json_key(&out, "version");
  json_text(&out, TIERD_VERSION);
  json_key(&out, "model_version");
  json_text(&out, model_version(snapshot->model));
  json_key(&out, "policy_version");
  json_text(&out, snapshot->router.policy_version);
  json_key(&out, "catalog_version");
  json_text(&out, snapshot->catalog.version);
  json_key(&out, "snapshot");
  json_unsigned(&out, snapshot->number);
  json_key(&out, "uptime_s");
  json_integer(&out, request->now_s > state->started_s ? request->now_s - state->started_s : 0);
  json_key(&out, "threads");
  json_unsigned(&out, state->threads);
  json_close(&out, '}');
  buffer_add(response->body, "\n", 1);
}
