/* accounting.c - between requests and feedback here and the sums of daemon/ops.
 *
 *   labels → the limit that a budget sets       (budgets.c)
 *   decision → charge, and a memory of it       (recent.c)
 *   feedback → that memory → charge corrected, estimates corrected (corrections.c)
 *
 * What feedback reports is anybody's claim. A cost counts up to REPORT_FACTOR_MAX times
 * what the call could be expected to cost, and usage is clipped by corrections.c. */
#include "daemon/api/accounting.h"

/* A run of an agent may cost many times its first call; a slip in the unit, such as
 * cents for dollars or nano-dollars for dollars, must not close a team's month. */
enum { REPORT_FACTOR_MAX = 100 };

/* The bound where nothing was expected because a price is unknown. */
#define REPORT_UNPRICED_MAX_NANO (INT64_C(10) * NANO_PER_USD)

/* ops knows nothing of requests, so it has a label of its own. */
static size_t copy_labels(const struct labels *labels, struct budget_label *out) {
  for (size_t i = 0; i < labels->count; i++)
    out[i] = (struct budget_label){labels->list[i].key, labels->list[i].value};
  return labels->count;
}

void accounting_prepare(struct api_worker *worker, struct parsed_request *request) {
  const struct snapshot *snapshot = worker->snapshot;
  struct budget_label labels[LABELS_MAX];
  if (worker->state->budgets)
    budgets_check(worker->state->budgets, labels, copy_labels(&request->labels, labels),
                  request->route.now_s, snapshot->catalog.tiers_count, &request->route.budget);
  if (worker->corrections)
    request->route.corrections =
        corrections_view_of(worker->corrections, &snapshot->catalog, snapshot->number);
}

static int64_t report_max(const struct cost *cost) {
  if (!money_known(cost->high))
    return REPORT_UNPRICED_MAX_NANO;
  return cost->high > MONEY_MAX / REPORT_FACTOR_MAX ? MONEY_MAX : cost->high * REPORT_FACTOR_MAX;
}

/* The smaller of the request's limit and the model's; 0 for none. */
static uint64_t output_limit(const struct catalog_model *model,
                             const struct route_request *request) {
  const uint64_t asked = request->max_output_tokens;
  return model->output_max > 0 && (asked == 0 || model->output_max < asked) ? model->output_max
                                                                            : asked;
}

void accounting_note(struct api_worker *worker, const struct parsed_request *request,
                     const struct route_decision *decision, uint64_t id_count) {
  const struct snapshot *snapshot = worker->snapshot;
  const struct cost *cost = &decision->alternatives[decision->tier].cost;
  struct budget_label labels[LABELS_MAX];
  /* Neither budgets nor anybody who could report. */
  if (!worker->recent)
    return;
  struct recent_decision made = {
      .charged_nano = money_known(cost->expected) ? cost->expected : 0,
      .charged_max_nano = report_max(cost),
      .input_tokens = decision->input_tokens_plain,
      .output_limit = output_limit(&snapshot->catalog.models[decision->model], &request->route),
      .output_p50 = decision->prediction.output_tokens_p50,
      .output_p90 = decision->prediction.output_tokens_p90,
      .model = decision->model,
      .number = snapshot->number,
      .slot =
          worker->corrections ? corrections_view_slot(worker->corrections, decision->model) : -1};
  if (worker->state->budgets)
    budgets_charge(worker->state->budgets, labels, copy_labels(&request->labels, labels),
                   request->route.now_s, made.charged_nano, &made.charge);
  recent_put(worker->recent, id_count, &made);
}

/* The latest report holds, so that one that was wrong can be mended by another. */
static void settle_cost(struct budgets *budgets, const struct feedback *feedback,
                        struct recent_decision *made) {
  int64_t cost = feedback->cost;
  if (!money_known(cost) || made->charge.count == 0)
    return;
  if (cost > made->charged_max_nano)
    cost = made->charged_max_nano;
  budgets_correct(budgets, &made->charge, cost - made->charged_nano);
  made->charged_nano = cost;
}

/* Usage of another model than the one priced says nothing about it. */
static bool is_of_model(const struct snapshot *snapshot, const struct feedback *feedback,
                        const struct recent_decision *made) {
  if (feedback->model.len == 0)
    return true;
  /* An index means a model only in its own catalogue. */
  return made->number == snapshot->number &&
         span_is(feedback->model, snapshot->catalog.models[made->model].name);
}

/* An answer that was cut at its limit would have been longer, nobody knows by how much. */
static struct correction_report report_of(const struct feedback_usage *usage,
                                          const struct recent_decision *made) {
  struct correction_report report = {0};
  const bool cut =
      made->output_limit > 0 && usage->output >= 0 && (uint64_t)usage->output >= made->output_limit;
  if (usage->input > 0 && !made->learned_input) {
    report.input_counted = (double)made->input_tokens;
    report.input_reported = (double)usage->input;
  }
  if (usage->output > 0 && !cut && !made->learned_output) {
    report.output_p50 = (double)made->output_p50;
    report.output_p90 = (double)made->output_p90;
    report.output_reported = (double)usage->output;
  }
  return report;
}

/* Each count once a decision, whichever report brings it. */
static void learn(struct api_worker *worker, const struct feedback *feedback,
                  struct recent_decision *made) {
  if (!feedback->has_usage || !worker->corrections ||
      !is_of_model(worker->snapshot, feedback, made))
    return;
  const struct correction_report report = report_of(&feedback->usage, made);
  corrections_learn(worker->state->corrections, made->slot, &report);
  made->learned_input = made->learned_input || feedback->usage.input > 0;
  made->learned_output = made->learned_output || feedback->usage.output > 0;
}

void accounting_feedback(struct api_worker *worker, const struct feedback *feedback) {
  uint64_t prefix, count;
  if (!worker->recent || !decision_id_parse(span_of(feedback->id), &prefix, &count))
    return;
  struct recent_decision *made = recent_hold(worker->state->recent, prefix, count);
  if (made == NULL)
    return;
  settle_cost(worker->state->budgets, feedback, made);
  learn(worker, feedback, made);
  recent_release(made);
}
