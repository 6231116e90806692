/* live_note.c - what of a decision the page at / shows, and nothing of its text.
 *
 * Of the reasons only the codes go in, and only policy's, which come before those of
 * features and have no weight. */
#include "daemon/api/live_note.h"

#include "classifier/svm/policy.h"
#include "daemon/ops/live.h"

static void add_reasons(const struct route_decision *decision, struct live_decision *out) {
  for (size_t i = 0; i < decision->reasons_count; i++) {
    const float weight = decision->reasons[i].weight;
    if (weight < 0 || weight > 0 || out->reasons_count == LIVE_REASONS_MAX)
      return;
    out->reasons[out->reasons_count++] = decision->reasons[i].code;
  }
}

void live_note_decision(struct api_worker *worker, const struct api_request *request,
                        const struct routed *routed, uint64_t id_count) {
  const struct catalog *catalog = &worker->snapshot->catalog;
  const struct route_decision *decision = &routed->decision;
  if (!worker->live || routed->request.route.dry_run)
    return;
  struct live_decision live = {
      .now_ms = request->now_ms,
      .id_count = id_count,
      .number = worker->snapshot->number,
      .tiers_count = catalog->tiers_count,
      .tier = decision->tier,
      .tier_name = catalog->tiers[decision->tier].name,
      .model_name = catalog->models[decision->model].name,
      .good = decision->prediction.good,
      .abstained = decision->abstained,
      .unscored = decision->degraded,
      .cost = decision->alternatives[decision->tier].cost.expected,
      .baseline = decision->baseline.expected,
  };
  for (size_t tier = 0; tier + 1 < catalog->tiers_count; tier++)
    live.needed[tier] = policy_needed(decision->prediction.good, decision->shares,
                                      catalog->tiers_count, decision->lambda, tier);
  add_reasons(decision, &live);
  live_note(worker->live, &live);
  worker->live_noted = true;
}

void live_note_duration(struct api_worker *worker, const struct api_request *request, uint64_t ns) {
  if (worker->live_noted)
    live_observe(worker->live, ns, request->now_s);
  worker->live_noted = false;
}
