/* metrics.c - GET /metrics, and what answers and decisions add to the counters.
 *
 * The workers' counters are summed by daemon/ops. Told here is what others keep: the
 * decision log, the reloader, the snapshot, the kernel. Nothing of a request's text ever
 * gets here; labels come from the catalogue and from tables of the program. */
#include "daemon/api/metrics.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/ops/metrics_text.h"

enum { SECONDS_A_DAY = 86400 };

/* Shares and probabilities are written in billionths. */
static uint64_t nano_of(double value) {
  return (uint64_t)llround(value * 1e9);
}

/* ---- counting ---- */

/* The reasons that are policy's; features have names of their own and a weight. */
static void count_reasons(struct metrics_worker *metrics, const struct route_decision *decision,
                          unsigned tier) {
  for (size_t i = 0; i < decision->reasons_count; i++) {
    const struct route_reason *reason = &decision->reasons[i];
    if (reason->weight < 0 || reason->weight > 0)
      continue;
    unsigned slot = metrics_reason_slot(metrics, reason->code);
    metrics_add(metrics, METRIC_REASONS, metrics_index(METRIC_REASONS, tier, slot, 0), 1);
    if (strcmp(reason->code, "passed_over") == 0)
      metrics_add(metrics, METRIC_DEGRADATIONS, DEGRADED_PASSED_OVER, 1);
    else if (strcmp(reason->code, "cost_cap_missed") == 0)
      metrics_add(metrics, METRIC_DEGRADATIONS, DEGRADED_COST_CAP_MISSED, 1);
  }
}

/* Amounts add up in nano-USD: a counter of doubles would lose the small ones. */
static void count_cost(struct metrics_worker *metrics, const struct route_decision *decision,
                       unsigned tier) {
  int64_t cost = decision->alternatives[decision->tier].cost.expected;
  int64_t baseline = decision->baseline.expected;
  if (!money_known(cost)) {
    metrics_add(metrics, METRIC_DEGRADATIONS, DEGRADED_UNKNOWN_COST, 1);
    return;
  }
  metrics_add(metrics, METRIC_COST, tier, (uint64_t)cost);
  if (!money_known(baseline))
    return;
  /* A counter must not fall, so that what is lost is counted apart. */
  if (baseline >= cost)
    metrics_add(metrics, METRIC_SAVING, tier, (uint64_t)(baseline - cost));
  else
    metrics_add(metrics, METRIC_EXCESS, tier, (uint64_t)(cost - baseline));
}

void api_count_decision(struct api_worker *worker, const struct route_decision *decision,
                        bool dry_run) {
  struct metrics_worker *metrics = worker->metrics;
  if (!metrics)
    return;
  if (dry_run) {
    metrics_add(metrics, METRIC_DRY_RUNS, 0, 1);
    return;
  }
  unsigned tier = metrics_tier_slot(metrics, decision->tier);
  metrics_add(metrics, METRIC_DECISIONS, metrics_model_slot(metrics, decision->model), 1);
  if (decision->degraded)
    metrics_add(metrics, METRIC_DEGRADATIONS, DEGRADED_LATE, 1);
  else if (decision->abstained)
    metrics_add(metrics, METRIC_ABSTENTIONS, 0, 1);
  if (decision->price_stale)
    metrics_add(metrics, METRIC_DEGRADATIONS, DEGRADED_STALE_PRICE, 1);
  metrics_add(metrics, METRIC_CONFIDENCE, tier,
              nano_of((double)decision->alternatives[decision->tier].probability));
  count_reasons(metrics, decision, tier);
  count_cost(metrics, decision, tier);
}

/* Problems pay for the search, answers that went well do not. */
static unsigned status_slot(const struct api_worker *worker, int status) {
  char text[16];
  if (status == 200)
    return 1;
  snprintf(text, sizeof text, "%d", status);
  return metrics_find(worker->state->metrics, DIM_STATUS, text);
}

/* A type's slot is its number: api_metrics_create() made them known in order. */
void api_count_problem(struct api_worker *worker, enum problem_type problem) {
  if (problem != PROBLEM_NONE)
    metrics_add(worker->metrics, METRIC_PROBLEMS, (size_t)problem, 1);
}

void api_count_answer(struct api_worker *worker, const struct api_endpoint *endpoint,
                      enum api_method method, const struct api_response *response) {
  if (!worker->metrics)
    return;
  size_t index = metrics_index(METRIC_REQUESTS, api_endpoint_number(endpoint), method,
                               status_slot(worker, response->status));
  metrics_add(worker->metrics, METRIC_REQUESTS, index, 1);
  api_count_problem(worker, response->problem);
}

void api_count_line(struct api_worker *worker, enum problem_type problem) {
  metrics_add(worker->metrics, METRIC_BATCH_LINES, problem == PROBLEM_NONE ? LINE_OK : LINE_PROBLEM,
              1);
  api_count_problem(worker, problem);
}

/* Labels whose values tables of this folder hold, in the order of the tables. */
struct metrics *api_metrics_create(size_t workers) {
  struct metrics *metrics = metrics_create(workers);
  char status[16];
  bool ok = metrics != NULL;
  for (unsigned i = 1; ok && api_endpoint_path(i); i++)
    ok = metrics_value(metrics, DIM_ENDPOINT, api_endpoint_path(i)) == i;
  for (int i = PROBLEM_NONE + 1; ok && i < PROBLEM_TYPES; i++) {
    enum problem_type type = (enum problem_type)i;
    snprintf(status, sizeof status, "%d", problem_status(type));
    /* One that could not be learned would give its slot to the next. */
    ok = metrics_value(metrics, DIM_PROBLEM, problem_name(type)) == (unsigned)type &&
         metrics_value(metrics, DIM_STATUS, status) > 0;
  }
  if (ok)
    return metrics;
  metrics_destroy(metrics);
  return NULL;
}

/* ---- telling ---- */

/* Zeros where the log is off, so that rates over it are zero and not missing. */
static void tell_log(const struct api_state *state, const struct config *config, uint64_t *values) {
  struct decision_log_counts counts = {0};
  if (state->log)
    decision_log_counts(state->log, &counts);
  values[METRIC_LOG_ENABLED] = state->log ? 1 : 0;
  values[METRIC_LOG_WRITTEN] = counts.lines_written;
  values[METRIC_LOG_DROPPED] = counts.lines_dropped;
  values[METRIC_LOG_BYTES] = counts.bytes_written;
  values[METRIC_LOG_ERRORS] = counts.write_errors;
  values[METRIC_LOG_ROTATIONS] = counts.rotations;
  values[METRIC_LOG_QUEUE] = counts.queue_bytes;
  values[METRIC_LOG_QUEUE_MAX] = (uint64_t)config->log_queue_bytes * state->threads;
}

/* As of now, so that an alert comes when prices grow old and not when one is used. */
static uint64_t stale_models(const struct snapshot *snapshot, int64_t now_s) {
  uint64_t stale = 0;
  for (size_t i = 0; i < snapshot->catalog.models_count; i++)
    if (router_price_stale(&snapshot->router, &snapshot->catalog.models[i], now_s / SECONDS_A_DAY))
      stale++;
  return stale;
}

/* The snapshot stays as it is until the answer is written, and with it these strings. */
static void tell_snapshot(const struct api_worker *worker, const struct api_request *request,
                          struct metrics_told *told) {
  const struct snapshot *snapshot = worker->snapshot;
  struct metrics_pair *build = told->info[METRIC_BUILD_INFO];
  struct metrics_pair *versions = told->info[METRIC_SNAPSHOT_INFO];
  told->values[METRIC_IN_FLIGHT_MAX] = snapshot->config.requests_in_flight_max;
  told->values[METRIC_CONNECTIONS_MAX] = snapshot->config.connections_max;
  told->values[METRIC_SNAPSHOT] = snapshot->number;
  told->values[METRIC_MODELS] = snapshot->catalog.models_count;
  told->values[METRIC_MODELS_STALE] = stale_models(snapshot, request->now_s);
  build[0] = (struct metrics_pair){"version", TIERD_VERSION};
  versions[0] = (struct metrics_pair){"model_version", model_version(snapshot->model)};
  versions[1] = (struct metrics_pair){"policy_version", snapshot->router.policy_version};
  versions[2] = (struct metrics_pair){"catalog_version", snapshot->catalog.version};
}

/* The gain that a capped tier must bring is a higher price of quality: lambda times what the
 * tiers differ by in cost is the same. */
static double effective_lambda(const struct api_state *state, const struct router *router,
                               double gain) {
  const struct share_cap *cap = &router->share_cap;
  double lambda = model_lambda(router->model, router->quality), live;
  if (state->good_wish && router->good_enough_min > 0 &&
      good_wish_lambda(state->good_wish, router->good_enough_min, &live))
    lambda = live;
  if (!cap->on || !(gain > 0))
    return lambda;
  const double apart =
      model_cost_share(router->model, cap->tier) - model_cost_share(router->model, cap->tier - 1);
  return apart > 0 ? lambda + gain / apart : lambda;
}

/* series has room for all tiers, and lives until the page is written. */
static void tell_shares(const struct api_worker *worker, struct metrics_series *series,
                        struct metrics_told *told) {
  const struct tier_shares *shares = worker->state->tier_shares;
  const struct router *router = &worker->snapshot->router;
  const size_t tiers = router->catalog->tiers_count;
  double share[CATALOG_TIERS_MAX] = {0};
  if (shares)
    tier_shares_read(shares, share, tiers);
  for (size_t i = 0; i < tiers; i++)
    series[i] =
        (struct metrics_series){{"tier", router->catalog->tiers[i].name}, nano_of(share[i])};
  told->series[METRIC_TIER_SHARE] = series;
  told->series_count[METRIC_TIER_SHARE] = tiers;
  const double gain = shares ? tier_shares_gain(shares, &router->share_cap) : 0;
  told->values[METRIC_SHARE_GAIN] = nano_of(gain);
  told->values[METRIC_LAMBDA] = nano_of(effective_lambda(worker->state, router, gain));
}

/* Features are the program's own, so that their names may be labels. */
static void tell_drift(const struct api_worker *worker, struct metrics_series *series,
                       struct metrics_told *told) {
  const struct model *model = worker->snapshot->model;
  struct drift_report report = {0};
  if (worker->state->drift)
    drift_read(worker->state->drift, model, &report);
  for (size_t i = 0; i < report.count; i++)
    series[i] =
        (struct metrics_series){{"feature", model_feature_name(model, report.list[i].feature)},
                                nano_of(report.list[i].distance)};
  told->series[METRIC_DRIFT] = series;
  told->series_count[METRIC_DRIFT] = report.count;
  told->values[METRIC_DRIFT_MAX] = report.count > 0 ? nano_of(report.list[0].distance) : 0;
  told->values[METRIC_DRIFT_SAMPLES] = (uint64_t)report.samples;
}

/* Zeros where no conversations are kept. */
static void tell_sessions(const struct api_state *state, uint64_t *values) {
  struct sessions_counts counts = {0};
  if (state->sessions)
    sessions_counts(state->sessions, &counts);
  values[METRIC_SESSIONS] = counts.sessions;
  values[METRIC_SESSIONS_MAX] = counts.capacity;
  values[METRIC_SESSIONS_EVICTED] = counts.evicted;
}

/* What budgets are told as; lives until the page is written. */
struct told_budgets {
  struct budget_reading readings[BUDGET_RULES_MAX];
  struct metrics_series spent[BUDGET_RULES_MAX], amount[BUDGET_RULES_MAX],
      accounts[BUDGET_RULES_MAX];
};

/* Labels are the rules of the settings; the values that a rule for "*" meets are not. */
static void tell_budgets(const struct budgets *budgets, int64_t now_s, struct told_budgets *out,
                         struct metrics_told *told) {
  const size_t count = budgets_read(budgets, now_s, out->readings);
  for (size_t i = 0; i < count; i++) {
    const struct budget_reading *reading = &out->readings[i];
    const struct metrics_pair label = {"budget", reading->rule};
    out->spent[i] = (struct metrics_series){label, (uint64_t)reading->spent_nano};
    out->amount[i] = (struct metrics_series){label, (uint64_t)reading->amount_nano};
    out->accounts[i] = (struct metrics_series){label, reading->accounts};
  }
  told->series[METRIC_BUDGET_SPENT] = out->spent;
  told->series[METRIC_BUDGET_AMOUNT] = out->amount;
  told->series[METRIC_BUDGET_ACCOUNTS] = out->accounts;
  told->series_count[METRIC_BUDGET_SPENT] = count;
  told->series_count[METRIC_BUDGET_AMOUNT] = count;
  told->series_count[METRIC_BUDGET_ACCOUNTS] = count;
}

static void tell_reloads(const struct reloader *reloader, uint64_t *values) {
  struct reload_counts counts;
  reload_counts(reloader, &counts);
  values[METRIC_RELOADS] = counts.good;
  values[METRIC_RELOADS_FAILED] = counts.failed;
  values[METRIC_RELOAD_GOOD] = counts.last_good ? 1 : 0;
}

static void tell_promotion(const struct promotion *promotion, uint64_t *values) {
  values[METRIC_SHADOW_ACTIVE] = promotion && promotion_wants(promotion) ? 1 : 0;
  values[METRIC_SHADOW_DROPPED] = promotion ? promotion_dropped(promotion) : 0;
}

/* The second number of statm is in pages; 0 where the file cannot be had. */
static uint64_t resident_bytes(void) {
  unsigned long long all = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file)
    return 0;
  if (fscanf(file, "%llu %llu", &all, &resident) != 2)
    resident = 0;
  fclose(file);
  return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void tell_process(const struct api_state *state, uint64_t *values) {
  struct rusage used = {0};
  getrusage(RUSAGE_SELF, &used);
  values[METRIC_THREADS] = state->threads;
  values[METRIC_START_TIME] = (uint64_t)state->started_s;
  values[METRIC_MEMORY] = resident_bytes();
  values[METRIC_CPU] = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000U +
                       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000U;
}

static void put(void *owner, const char *bytes, size_t len) {
  buffer_add(owner, bytes, len);
}

void api_metrics(struct api_worker *worker, struct api_request *request,
                 struct api_response *response) {
  const struct api_state *state = worker->state;
  struct metrics_told told = {0};
  struct metrics_series shares[CATALOG_TIERS_MAX], drift[DRIFT_FEATURES_MAX];
  struct told_budgets budgets;
  tell_log(state, state->config, told.values);
  tell_snapshot(worker, request, &told);
  tell_shares(worker, shares, &told);
  tell_drift(worker, drift, &told);
  tell_sessions(state, told.values);
  tell_budgets(state->budgets, request->now_s, &budgets, &told);
  tell_reloads(state->reloader, told.values);
  tell_promotion(state->promotion, told.values);
  tell_process(state, told.values);
  response->status = 200;
  response->content_type = METRICS_CONTENT_TYPE;
  metrics_write(state->metrics, &told, put, response->body);
}
