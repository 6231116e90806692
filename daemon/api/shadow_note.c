/* shadow_note.c - from requests and feedback to what the shadow's thread gets to see.
 *
 *   decision + features → numbers → the worker's port → daemon/ops/promotion_run.c
 *
 * Copies, and neither scores nor waits: answers must not be later for it. */
#include "daemon/api/shadow_note.h"

#include <math.h>

#include "daemon/api/decision_id.h"

static bool wanted(const struct api_worker *worker) {
  return worker->shadow && promotion_wants(worker->state->promotion);
}

void shadow_note_decision(struct api_worker *worker, const struct route_request *request,
                          const struct route_decision *decision, uint64_t id_count) {
  if (!wanted(worker) || request->dry_run)
    return;
  struct shadow_decision note = {
      .prefix = worker->id_prefix, .count = id_count, .tier = decision->tier};
  second_view_init(&note.view, &worker->snapshot->router, request, decision);
  /* Where there is no room the port counts it, and that is all. */
  (void)shadow_port_decision(worker->shadow, &note, route_scratch_features(worker->scratch));
}

/* The tier of the model that answered; -1 when that was not said, -2 when the catalogue
 * does not know it. */
static int answered_tier(const struct catalog *catalog, const struct feedback *feedback) {
  if (feedback->model.len == 0)
    return -1;
  const int model = catalog_find_model(catalog, feedback->model);
  return model < 0 ? -2 : (int)catalog->models[model].tier;
}

void shadow_note_feedback(struct api_worker *worker, const struct feedback *feedback) {
  const struct catalog *catalog = &worker->snapshot->catalog;
  struct shadow_feedback note = {.score = (float)feedback->score,
                                 .escalated = feedback->has_escalated ? feedback->escalated : -1};
  if (!wanted(worker) || !decision_id_parse(span_of(feedback->id), &note.prefix, &note.count))
    return;
  note.label = feedback->tier_label.len > 0 ? catalog_find_tier(catalog, feedback->tier_label) : -1;
  note.answered = answered_tier(catalog, feedback);
  /* A score of a model whose tier nobody knows tells nothing about tiers. */
  if (note.answered == -2) {
    note.score = NAN;
    note.answered = -1;
  }
  (void)shadow_port_feedback(worker->shadow, &note);
}
