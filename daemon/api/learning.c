/* learning.c - between decisions and the counts of live traffic in daemon/ops.
 *
 *   counts → the draw (explore.h), the cut (tier_shares.h), lambda (good_wish.h) → request
 *   decision → the same counts, drift of the features (drift.h), repeated questions (reask.h)
 *
 * daemon/ops/LEARNING.md says what each is for. What accounts and conversations remember is
 * not here but in accounting.c and route.c. */
#include "daemon/api/learning.h"

#include <math.h>
#include <stdio.h>

#include "daemon/api/reask.h"

void learning_prepare(const struct api_worker *worker, struct route_request *request) {
  const struct api_state *state = worker->state;
  const struct router *router = &worker->snapshot->router;
  if (!request->dry_run)
    request->explore = explore_draw(&worker->explore, router->explore, worker->id_next);
  if (state->tier_shares)
    request->share_cut = tier_shares_cut(state->tier_shares, &router->share_cap);
  if (state->good_wish && router->good_enough_min > 0)
    request->has_lambda =
        good_wish_lambda(state->good_wish, router->good_enough_min, &request->lambda);
}

/* Which tier was taken, and whether for its gain alone: if not, others have to make up for
 * it. */
static void note_share(struct api_worker *worker, const struct routed *routed) {
  const struct route_decision *decision = &routed->decision;
  const struct share_cut *cut = &routed->request.route.share_cut;
  const bool dear = cut->on && decision->tier >= cut->tier;
  struct share_note share = {.tier = decision->tier, .free = decision->gain_bin >= 0};
  if (share.free)
    share.bin = (unsigned)decision->gain_bin;
  if (dear && (decision->capped || decision->explored || share.bin == 0))
    share.free = false;
  if (worker->state->tier_shares)
    tier_shares_note(worker->state->tier_shares, &worker->snapshot->router.share_cap, &share);
}

/* Whoever bounds the tiers gets what lambda cannot change. */
static bool chooses_by_lambda(const struct routed *routed) {
  const struct route_request *request = &routed->request.route;
  return !routed->decision.abstained && isnan(request->quality) && isnan(request->max_risk) &&
         request->min_tier.len == 0 && request->max_tier.len == 0;
}

/* What each lambda would have made of the request. */
static void note_good(struct api_worker *worker, const struct routed *routed) {
  const struct router *router = &worker->snapshot->router;
  const struct route_decision *decision = &routed->decision;
  struct good_choice choice = {.chosen = decision->alternatives[decision->tier].probability};
  if (!worker->state->good_wish || !(router->good_enough_min > 0))
    return;
  for (size_t tier = 0; chooses_by_lambda(routed) && tier < router->catalog->tiers_count; tier++) {
    if (decision->alternatives[tier].model < 0)
      continue;
    choice.good[choice.count] = decision->alternatives[tier].probability;
    choice.shares[choice.count++] = decision->shares[tier];
  }
  good_wish_note(worker->state->good_wish, &choice);
}

/* Counts what the prompt is like; now and then it is looked whether it is time to say that
 * prompts have changed. */
static void note_drift(struct api_worker *worker, int64_t now_s) {
  const struct snapshot *snapshot = worker->snapshot;
  const double least = snapshot->config.drift_warn;
  struct drift_report report;
  char text[512];
  if (!worker->drift ||
      !drift_note(worker->drift, snapshot->model, route_scratch_features(worker->scratch)) ||
      !(least > 0))
    return;
  drift_read(worker->state->drift, snapshot->model, &report);
  if (report.count == 0 || report.list[0].distance < least ||
      !drift_warning_due(worker->state->drift, now_s))
    return;
  drift_print(&report, snapshot->model, least, text, sizeof text);
  fprintf(stderr,
          "tierd: warning: prompts are no longer like those that model %s was trained on: %s; "
          "consider training on the decision log\n",
          model_version(snapshot->model), text);
}

void learning_note(struct api_worker *worker, struct routed *routed) {
  explore_learn(&worker->explore, routed->decision.other_tier >= 0);
  note_share(worker, routed);
  note_good(worker, routed);
  note_drift(worker, routed->request.route.now_s);
  routed->reasked = reask_note(worker, &routed->request, worker->id_next, &routed->reask);
  if (routed->reasked)
    metrics_add(worker->metrics, METRIC_REASKED, (size_t)routed->reask.how, 1);
}
