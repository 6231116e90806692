/* promotion.c - POST /v1/promote and /v1/rollback, GET /v1/promotion.
 *
 * The orders run on a thread beside the worker's (API_COMMAND) and touch nothing of the
 * worker but the shared state. All three answer with how things stand then. What
 * promotion is stands in daemon/ops/promotion.h. */
#include <math.h>

#include "daemon/api/api.h"
#include "daemon/api/json_in.h"
#include "daemon/api/json_out.h"

enum { NODES_MAX = 64, DEPTH_MAX = 4, ARENA_BYTES = 256 * 1024, DECIMALS = 9 };

/* ---- the answer ---- */

static void write_text(struct json_out *out, const char *key, const char *text) {
  json_key(out, key);
  json_text_or_null(out, text);
}

static void write_count(struct json_out *out, const char *key, uint64_t count) {
  json_key(out, key);
  json_unsigned(out, count);
}

/* NaN, which is what is not known, becomes null. */
static void write_number(struct json_out *out, const char *key, double value) {
  json_key(out, key);
  json_fixed(out, value, DECIMALS);
}

static void write_time(struct json_out *out, const char *key, int64_t time_s) {
  json_key(out, key);
  if (time_s > 0)
    json_integer(out, time_s);
  else
    json_null(out);
}

/* Both models' figures, how far they are apart, and how sure that is. */
static void write_criterion(struct json_out *out, enum gate_criterion criterion,
                            const struct gate_figure *figure) {
  json_key(out, gate_criterion_name(criterion));
  json_open(out, '{');
  write_number(out, "running", figure->base);
  write_number(out, "candidate", figure->candidate);
  write_number(out, "change", figure->change);
  write_number(out, "low", figure->low);
  write_number(out, "high", figure->high);
  write_text(out, "verdict", gate_verdict_name(figure->verdict));
  json_close(out, '}');
}

/* The terms beside the figures: a verdict means nothing without them. */
static void write_gate(struct json_out *out, const struct promotion_figures *figures) {
  json_key(out, "gate");
  json_open(out, '{');
  write_count(out, "min_decisions", figures->terms.limits.min_decisions);
  write_count(out, "min_judged", figures->terms.limits.min_judged);
  write_number(out, "margin", figures->terms.limits.margin);
  write_number(out, "unstable_margin", figures->terms.limits.unstable_margin);
  write_count(out, "deadline_hours", figures->terms.deadline_hours);
  write_count(out, "looks", figures->record.looks);
  write_text(out, "verdict", gate_verdict_name(figures->result.verdict));
  for (int i = 0; i < GATE_CRITERIA; i++)
    write_criterion(out, (enum gate_criterion)i, &figures->result.figures[i]);
  json_close(out, '}');
}

/* Of the top tier's cost, as everywhere. */
static double saving(const struct gate_cost *cost, double spent) {
  return cost->baseline > 0 ? 1 - spent / cost->baseline : (double)NAN;
}

static void write_counts(struct json_out *out, const struct gate_counts *counts) {
  json_key(out, "counts");
  json_open(out, '{');
  write_count(out, "decisions", counts->decisions);
  write_count(out, "dearer", counts->dearer);
  write_count(out, "cheaper", counts->cheaper);
  write_count(out, "dropped", counts->dropped);
  write_count(out, "judged", counts->judged);
  write_count(out, "doubtful", counts->doubtful);
  write_count(out, "tested", gate_tested(counts));
  write_count(out, "under_routed_running", counts->failed_base);
  write_count(out, "under_routed_candidate", counts->failed_candidate);
  write_count(out, "unpriced", counts->cost.unpriced);
  write_number(out, "cost_difference_usd",
               (counts->cost.candidate - counts->cost.base) / (double)NANO_PER_USD);
  write_number(out, "saving_running", saving(&counts->cost, counts->cost.base));
  write_number(out, "saving_candidate", saving(&counts->cost, counts->cost.candidate));
  json_close(out, '}');
}

/* Of a run that there has been; members stay when it is over. */
static void write_run(struct json_out *out, const struct promotion_figures *figures) {
  const struct promotion_record *record = &figures->record;
  write_text(out, "candidate", record->candidate.version);
  write_text(out, "compared_with", record->base);
  write_text(out, "path", record->path);
  write_text(out, "why", record->why);
  write_time(out, "started", record->started_s);
  write_time(out, "ended", record->ended_s);
  if (record->candidate.version[0] == '\0')
    return;
  write_counts(out, &record->counts);
  write_gate(out, figures);
}

static void answer(struct promotion *promotion, const struct snapshot *snapshot,
                   struct api_response *response) {
  struct json_out out = {.buffer = response->body};
  struct promotion_figures figures;
  promotion_read(promotion, snapshot, &figures);
  response->status = 200;
  response->content_type = "application/json";
  json_open(&out, '{');
  write_text(&out, "object", "promotion");
  write_text(&out, "status", promotion_status_name((enum promotion_status)figures.record.status));
  write_text(&out, "model_version", figures.terms.deciding);
  json_key(&out, "promoted");
  json_bool(&out, figures.terms.promoted);
  write_text(&out, "previous", figures.terms.promoted ? figures.record.previous.version : "");
  write_run(&out, &figures);
  json_close(&out, '}');
  buffer_add(response->body, "\n", 1);
}

/* ---- the order ---- */

struct order {
  const char *path; /* in the arena */
  bool cancel;
};

static bool bad_json(struct problem *problem, const struct json_error *err) {
  if (err->status == JSON_OK)
    return problem_set(problem, PROBLEM_OVERLOADED, "", "out of memory; try again");
  return problem_set(problem, PROBLEM_BAD_JSON, "", "at byte %zu, line %zu: %s", err->offset,
                     err->line, json_status_text(err->status));
}

/* One of the two members, and nothing else. */
static bool read_order(const cJSON *root, struct order *out, struct problem *problem) {
  const cJSON *member = cJSON_IsObject(root) ? root->child : NULL;
  *out = (struct order){0};
  if (member == NULL || member->next != NULL)
    return problem_set(problem, PROBLEM_INVALID_FIELD, "",
                       "expected {\"path\": \"/absolute/path.tier\"} or {\"cancel\": true}");
  if (strcmp(member->string, "path") == 0 && cJSON_IsString(member))
    out->path = member->valuestring;
  else if (strcmp(member->string, "cancel") == 0 && cJSON_IsTrue(member))
    out->cancel = true;
  else
    return problem_set(problem, PROBLEM_INVALID_FIELD, "",
                       "expected a string as \"path\", or true as \"cancel\"");
  return true;
}

/* Bounded tightly: the longest path there is takes a quarter of it. */
static bool parse_order(struct arena *arena, struct api_request *request, struct order *out,
                        struct problem *problem) {
  const struct json_limits limits = {DEPTH_MAX, NODES_MAX};
  struct json_error err = {.status = JSON_OK};
  if (request->body_len > API_COMMAND_BYTES_MAX)
    return problem_set(problem, PROBLEM_BODY_TOO_LARGE, "", "the body is larger than %d bytes",
                       API_COMMAND_BYTES_MAX);
  const cJSON *root = json_in_parse(arena, request->body, request->body_len, &limits, &err);
  return root ? read_order(root, out, problem) : bad_json(problem, &err);
}

/* What is refused has been said on standard error by then. */
static bool carry_out(struct promotion *promotion, const struct order *order,
                      struct problem *problem) {
  char why[PROMOTION_WHY_MAX];
  const bool ok = order->cancel ? promotion_cancel(promotion, why, sizeof why)
                                : promotion_start(promotion, order->path, why, sizeof why);
  return ok || problem_set(problem, PROBLEM_PROMOTION_REFUSED, "", "%s", why);
}

/* With an arena of its own: the worker's is busy with other requests. */
void api_promote(struct api_worker *worker, struct api_request *request,
                 struct api_response *response) {
  struct promotion *promotion = worker->state->promotion;
  struct order order = {0};
  struct problem problem;
  struct arena arena;
  arena_init(&arena, ARENA_BYTES);
  if (parse_order(&arena, request, &order, &problem) && carry_out(promotion, &order, &problem))
    answer(promotion, NULL, response);
  else
    api_answer_problem(response, &problem);
  arena_deinit(&arena);
}

void api_rollback(struct api_worker *worker, struct api_request *request,
                  struct api_response *response) {
  struct promotion *promotion = worker->state->promotion;
  struct problem problem;
  char why[PROMOTION_WHY_MAX];
  (void)request;
  if (promotion_rollback(promotion, why, sizeof why)) {
    answer(promotion, NULL, response);
    return;
  }
  problem_set(&problem, PROBLEM_ROLLBACK_FAILED, "", "%s", why);
  api_answer_problem(response, &problem);
}

void api_promotion(struct api_worker *worker, struct api_request *request,
                   struct api_response *response) {
  (void)request;
  answer(worker->state->promotion, worker->snapshot, response);
}
