/* api.c - the table of endpoints, and what they share. */
#include "daemon/api/api.h"

#include <stdio.h>
#include <sys/random.h>

#include "daemon/config/config_change.h"

static const struct api_endpoint endpoints[] = {
    {"/v1/route", API_POST, API_BODY_WHOLE, api_route},
    {"/v1/route:batch", API_POST, API_BODY_LINES, api_batch_line},
    {"/v1/feedback", API_POST, API_BODY_WHOLE, api_feedback},
    {"/v1/models", API_GET, API_BODY_NONE, api_models},
    {"/v1/live", API_GET, API_BODY_NONE, api_live},
    {"/v1/reload", API_POST, API_COMMAND, api_reload},
    {"/v1/promote", API_POST, API_COMMAND_BODY, api_promote},
    {"/v1/promotion", API_GET, API_BODY_NONE, api_promotion},
    {"/v1/rollback", API_POST, API_COMMAND, api_rollback},
    {"/metrics", API_GET, API_BODY_NONE, api_metrics},
    {"/healthz", API_GET, API_BODY_NONE, api_healthz},
    {"/readyz", API_GET, API_BODY_NONE, api_readyz},
    {"/version", API_GET, API_BODY_NONE, api_version},
    {"/", API_GET, API_BODY_NONE, api_page},
    {"/openapi.json", API_GET, API_BODY_NONE, api_openapi},
};

const struct api_endpoint *api_find(enum api_method method, struct span path,
                                    struct problem *problem) {
  enum api_method wanted = method == API_HEAD ? API_GET : method;
  for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
    if (!span_is(path, endpoints[i].path))
      continue;
    if (endpoints[i].method == wanted)
      return &endpoints[i];
    problem_set(problem, PROBLEM_METHOD, "", "%s takes %s", endpoints[i].path,
                endpoints[i].method == API_POST ? "POST" : "GET and HEAD");
    return NULL;
  }
  problem_set(
      problem, PROBLEM_NOT_FOUND, "",
      "nothing at this path; the endpoints are /v1/route, /v1/route:batch, /v1/feedback, "
      "/v1/models, /v1/live, /v1/reload, /v1/promote, /v1/promotion, /v1/rollback, /metrics, "
      "/healthz, /readyz, /version, /openapi.json and /");
  return NULL;
}

unsigned api_endpoint_number(const struct api_endpoint *endpoint) {
  return endpoint ? (unsigned)(endpoint - endpoints) + 1 : 0;
}

const char *api_endpoint_path(unsigned number) {
  size_t count = sizeof endpoints / sizeof endpoints[0];
  return number >= 1 && number <= count ? endpoints[number - 1].path : NULL;
}

/* cJSON's tree takes several times the text; the node limit bounds it. */
static size_t arena_bytes(const struct config *config) {
  return (size_t)config->body_bytes_max * 2 + (size_t)config->json_nodes_max * 128;
}

/* With a seed of the settings, all threads draw alike, and so does the next run. */
static bool seed_exploration(struct api_worker *worker) {
  uint64_t seed = worker->state->config->explore_seed;
  if (seed == 0 && getrandom(&seed, sizeof seed, 0) != sizeof seed)
    return false;
  explore_init(&worker->explore, seed);
  return true;
}

bool api_worker_init(struct api_worker *worker, const struct api_state *state) {
  *worker = (struct api_worker){.state = state};
  arena_init(&worker->arena, arena_bytes(state->config));
  worker->reader = snapshots_reader(state->snapshots);
  worker->scratch = route_scratch_create();
  keyed_hash_print(features_schema_hash(), worker->schema);
  worker->log_queue = state->log ? decision_log_queue(state->log) : NULL;
  if (getrandom(&worker->id_prefix, sizeof worker->id_prefix, 0) != sizeof worker->id_prefix)
    return false;
  if (!seed_exploration(worker))
    return false;
  worker->recent = state->recent ? recent_ring(state->recent, worker->id_prefix) : NULL;
  worker->corrections = state->corrections ? corrections_view_create(state->corrections) : NULL;
  worker->drift = state->drift ? drift_worker(state->drift) : NULL;
  worker->shadow = state->promotion ? promotion_port(state->promotion) : NULL;
  worker->metrics = state->metrics ? metrics_worker(state->metrics) : NULL;
  worker->live = state->live ? live_worker(state->live, worker->id_prefix) : NULL;
  return worker->reader && worker->scratch && (!state->log || worker->log_queue) &&
         (!state->metrics || worker->metrics) && (!state->live || worker->live) &&
         (!state->recent || worker->recent) && (!state->corrections || worker->corrections) &&
         (!state->drift || worker->drift) && (!state->promotion || worker->shadow);
}

void api_worker_deinit(struct api_worker *worker) {
  route_scratch_destroy(worker->scratch);
  corrections_view_destroy(worker->corrections);
  buffer_deinit(&worker->log_line);
  arena_deinit(&worker->arena);
}

void api_call(const struct api_endpoint *endpoint, struct api_worker *worker,
              struct api_request *request, struct api_response *response) {
  worker->snapshot = snapshot_take(worker->reader);
  metrics_follow(worker->metrics, worker->snapshot->number, &worker->snapshot->catalog);
  endpoint->handle(worker, request, response);
  /* What was answered has been copied; nothing points into the snapshot any more. */
  worker->snapshot = NULL;
  snapshot_give_back(worker->reader);
}

void api_worker_refresh(struct api_worker *worker, struct config *settings, uint64_t *number) {
  if (snapshots_number(worker->state->snapshots) == *number)
    return;
  const struct snapshot *snapshot = snapshot_take(worker->reader);
  config_copy_numbers(settings, &snapshot->config);
  *number = snapshot->number;
  snapshot_give_back(worker->reader);
  /* The arena is empty between calls, so that its limit may fall as well. */
  worker->arena.limit = arena_bytes(settings);
}

void api_answer_problem(struct api_response *response, const struct problem *problem) {
  response->status = problem_status(problem->type);
  response->problem = problem->type;
  response->content_type = "application/problem+json";
  if (problem->type == PROBLEM_OVERLOADED)
    api_add_header(response, "retry-after", span_of("1"));
  problem_write(response->body, problem, span_make(NULL, 0));
  buffer_add(response->body, "\n", 1);
}

void api_add_header(struct api_response *response, const char *name, struct span value) {
  size_t name_len = strlen(name);
  size_t need = name_len + 2 + value.len + 2;
  if (need > API_HEADERS_MAX - response->headers_len)
    return;
  /* A catalogue's names are checked for control characters when they are read;
   * this keeps one that slipped through from splitting the answer. */
  if (memchr(value.ptr, '\r', value.len) || memchr(value.ptr, '\n', value.len))
    return;
  char *at = response->headers + response->headers_len;
  memcpy(at, name, name_len);
  memcpy(at + name_len, ": ", 2);
  memcpy(at + name_len + 2, value.ptr, value.len);
  memcpy(at + name_len + 2 + value.len, "\r\n", 2);
  response->headers_len += need;
}
