/* promotion_run.c - a candidate's time in shadow, turn by turn.
 *
 *   loops → ports → both models, plain and perturbed → gate_counts → verdict
 *
 * A turn takes what the loops have handed over since the last one, some milliseconds ago.
 * The running model is asked again and not quoted: what was decided may have been bent by
 * a conversation's cache, a cap or chance, which would not be the candidate's doing.
 * Swapping models is left to promotion_swap.c, the arithmetic to shadow_gate.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ops/promotion_internal.h"

enum { SAVE_S = 1, RETRY_S = 10, SECONDS_AN_HOUR = 3600 };

/* Intervals alone are taken from it; deadlines that outlive a restart are in the record's
 * own time. */
static time_t monotonic_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* ---- scoring ---- */

/* What both models make of the features at hand. */
struct both {
  struct prediction base;
  uint32_t base_tier, candidate_tier;
};

/* By the same features, costs and limits: whatever differs is the models' doing. */
static void ask_both(const struct promotion *promotion, const struct second_view *view,
                     struct both *out) {
  struct prediction candidate;
  model_predict(promotion->snapshot->model, promotion->features, &out->base);
  model_predict(promotion->candidate, promotion->features, &candidate);
  out->base_tier = second_choice(view, promotion->snapshot->model, &out->base);
  out->candidate_tier = second_choice(view, promotion->candidate, &candidate);
}

/* For people who watch; the gate goes by costs and outcomes and not by this. */
static void count_disagreement(struct promotion *promotion, const struct both *both) {
  const bool dearer = both->candidate_tier > both->base_tier;
  if (both->candidate_tier == both->base_tier)
    return;
  if (dearer)
    promotion->counts.dearer++;
  else
    promotion->counts.cheaper++;
  metrics_add(promotion->counters, METRIC_SHADOW_DISAGREEMENTS,
              dearer ? SHADOW_DEARER : SHADOW_CHEAPER, 1);
}

/* Unknown costs are counted by the gate itself and enter no counter. */
static void count_cost(struct promotion *promotion, const struct second_view *view,
                       const struct both *both) {
  const int64_t base = view->costs[both->base_tier], other = view->costs[both->candidate_tier];
  gate_cost_add(&promotion->counts.cost, base, other, view->baseline);
  if (!money_known(base) || !money_known(other))
    return;
  /* A counter must not fall, so each direction has its own. */
  if (other > base)
    metrics_add(promotion->counters, METRIC_SHADOW_COST, SHADOW_DEARER, (uint64_t)(other - base));
  else
    metrics_add(promotion->counters, METRIC_SHADOW_COST, SHADOW_CHEAPER, (uint64_t)(base - other));
}

/* Does a model's tier change when the prompt is worded a little otherwise? */
static void count_stability(struct promotion *promotion, const struct shadow_decision *decision,
                            const struct replay_source *source, const struct both *plain) {
  struct both perturbed;
  /* The id is random enough, and the same decision is perturbed in the same way. */
  features_replay_perturbed(promotion->features, source, decision->prefix ^ decision->count);
  ask_both(promotion, &decision->view, &perturbed);
  gate_pair_add(&promotion->counts.unstable, perturbed.base_tier != plain->base_tier,
                perturbed.candidate_tier != plain->candidate_tier);
}

/* Everything that a decision alone can tell; what came of it is told by feedback, later. */
static void take_decision(void *owner, const struct shadow_decision *decision,
                          const struct replay_source *source) {
  struct promotion *promotion = owner;
  struct both both;
  /* Decided by another catalogue, just before a reload. */
  if (decision->view.tiers != model_tiers_count(promotion->candidate) ||
      decision->view.tiers != model_tiers_count(promotion->snapshot->model))
    return;
  features_replay(promotion->features, source);
  ask_both(promotion, &decision->view, &both);
  promotion->counts.decisions++;
  metrics_add(promotion->counters, METRIC_SHADOW_DECISIONS, 0, 1);
  count_disagreement(promotion, &both);
  count_cost(promotion, &decision->view, &both);
  gate_pair_add(&promotion->counts.believed, 1 - (double)both.base.good[both.base_tier],
                1 - (double)both.base.good[both.candidate_tier]);
  count_stability(promotion, decision, source, &both);
  struct shadow_scored scored = {.prefix = decision->prefix,
                                 .count = decision->count,
                                 .tier = decision->tier,
                                 .base = both.base_tier,
                                 .candidate = both.candidate_tier};
  for (size_t i = 0; i < both.base.tiers_count; i++)
    scored.good[i] = both.base.good[i];
  outcomes_put(promotion->outcomes, &scored);
}

/* Kept until all ports are drained: the decision may have come by another one. */
static void take_feedback(void *owner, const struct shadow_feedback *feedback) {
  struct promotion *promotion = owner;
  if (promotion->pending_count < PROMOTION_PENDING_MAX)
    promotion->pending[promotion->pending_count++] = (struct pending){*feedback, false};
  else
    promotion->counts.dropped++;
}

/* A decision comes before its feedback, but by a port that may have been drained before
 * this one. What is not found in the next turn either is about an older decision, or one
 * that was dropped. */
static void apply_feedback(struct promotion *promotion) {
  size_t kept = 0;
  for (size_t i = 0; i < promotion->pending_count; i++) {
    struct pending pending = promotion->pending[i];
    if (outcomes_report(promotion->outcomes, &pending.feedback, &promotion->counts) ||
        pending.tried)
      continue;
    pending.tried = true;
    promotion->pending[kept++] = pending;
  }
  promotion->pending_count = kept;
}

/* Loop by loop. What was dropped meanwhile belongs to the run's figures. */
static void drain(struct promotion *promotion) {
  const struct shadow_takers takers = {take_decision, take_feedback};
  size_t items = 0;
  for (size_t i = 0; i < promotion->options.ports; i++)
    items += shadow_port_drain(promotion->ports[i], &takers, promotion);
  promotion->unsaved |= items > 0 || promotion->pending_count > 0;
  apply_feedback(promotion);
  const uint64_t dropped = promotion_dropped(promotion);
  promotion->counts.dropped += dropped - promotion->dropped_before;
  promotion->dropped_before = dropped;
}

static void ignore_decision(void *owner, const struct shadow_decision *decision,
                            const struct replay_source *source) {
  (void)owner, (void)decision, (void)source;
}

static void ignore_feedback(void *owner, const struct shadow_feedback *feedback) {
  (void)owner, (void)feedback;
}

/* ---- the run as a whole ---- */

void promotion_run_clear(struct promotion *promotion) {
  const struct shadow_takers takers = {ignore_decision, ignore_feedback};
  for (size_t i = 0; i < promotion->options.ports; i++)
    while (shadow_port_drain(promotion->ports[i], &takers, NULL) > 0)
      continue;
}

void promotion_run_begin(struct promotion *promotion) {
  promotion->counts = promotion->record.counts;
  promotion->pending_count = 0;
  promotion->dropped_before = promotion_dropped(promotion);
  promotion->snapshot_number = 0;
  promotion->retry_s = 0;
  promotion->candidate_mark = promotion->path_mark = (struct file_mark){0};
  outcomes_clear(promotion->outcomes);
}

/* What was counted against another model says nothing about this one. */
static void begin_anew(struct promotion *promotion, const char *base) {
  fprintf(stderr, "tierd: another model decides now (%s): candidate %s is compared anew\n", base,
          promotion->record.candidate.version);
  pthread_mutex_lock(&promotion->lock);
  snprintf(promotion->record.base, sizeof promotion->record.base, "%s", base);
  promotion->record.counts = (struct gate_counts){0};
  promotion->record.looks = 0;
  pthread_mutex_unlock(&promotion->lock);
  promotion_run_begin(promotion);
  promotion->unsaved = true;
}

/* After a reload: does the candidate still fit, and what is it compared with? False when
 * that has ended the run. */
static bool follow_snapshot(struct promotion *promotion) {
  const struct snapshot *snapshot = promotion->snapshot;
  const char *version = model_version(snapshot->model);
  struct router router = snapshot->router;
  char why[PROMOTION_WHY_MAX];
  promotion_note_snapshot(promotion);
  if (promotion->snapshot_number == snapshot->number)
    return true;
  if (strcmp(version, promotion->record.candidate.version) == 0) {
    promotion_end(promotion, PROMOTION_REFUSED, "a reload has made it decide already");
    return false;
  }
  router.model = promotion->candidate;
  if (!router_check(&router, why, sizeof why)) {
    promotion_end(promotion, PROMOTION_REFUSED, why);
    return false;
  }
  if (strcmp(version, promotion->record.base) != 0)
    begin_anew(promotion, version);
  promotion->snapshot_number = snapshot->number;
  return true;
}

/* Hands what was counted to who reads; and, now and then, to the disk. */
static void publish(struct promotion *promotion) {
  char why[PROMOTION_WHY_MAX];
  const time_t now_s = monotonic_s();
  pthread_mutex_lock(&promotion->lock);
  promotion->record.counts = promotion->counts;
  pthread_mutex_unlock(&promotion->lock);
  if (!promotion->unsaved || now_s < promotion->saved_s + SAVE_S)
    return;
  promotion->saved_s = now_s;
  const bool ok =
      promotion_record_save(promotion->options.state_dir, &promotion->record, why, sizeof why);
  /* Said when it begins, not each second. */
  if (!ok && !promotion->save_failing)
    fprintf(stderr, "tierd: %s; trying again each second\n", why);
  promotion->save_failing = !ok;
  promotion->unsaved = !ok;
}

/* The figures that a verdict rests on, in a line. */
static void describe(const struct gate_result *result, const struct gate_counts *counts, char *out,
                     size_t size) {
  static const char *const names[GATE_CRITERIA] = {"under-routing", "unstable decisions", "cost"};
  size_t at = 0;
  for (int i = 0; i < GATE_CRITERIA && at < size; i++) {
    const struct gate_figure *figure = &result->figures[i];
    if (isnan(figure->change))
      at += (size_t)snprintf(out + at, size - at, "%s unknown; ", names[i]);
    else
      at += (size_t)snprintf(out + at, size - at, "%s %+.2f %% (%+.2f to %+.2f, %s); ", names[i],
                             100 * figure->change, 100 * figure->low, 100 * figure->high,
                             gate_verdict_name(figure->verdict));
  }
  if (at < size)
    snprintf(out + at, size - at, "%llu decisions, %llu judged, %llu of %llu that differ tested",
             (unsigned long long)counts->decisions, (unsigned long long)counts->judged,
             (unsigned long long)gate_tested(counts),
             (unsigned long long)(counts->cheaper + counts->dearer));
}

/* what: in a word or two. */
static void explain(const struct promotion *promotion, const char *what,
                    const struct gate_result *result, char out[PROMOTION_WHY_MAX]) {
  const int len = snprintf(out, PROMOTION_WHY_MAX, "%s: ", what);
  describe(result, &promotion->counts, out + len, PROMOTION_WHY_MAX - (size_t)len);
}

static void reject(struct promotion *promotion, const char *what,
                   const struct gate_result *result) {
  char why[PROMOTION_WHY_MAX];
  explain(promotion, what, result, why);
  promotion_end(promotion, PROMOTION_REJECTED, why);
}

/* One more look is taken, and must be remembered: the next one has to be surer. */
static struct gate_result look(struct promotion *promotion) {
  struct gate_result result;
  gate_judge(&promotion->counts, &promotion->terms.limits, (unsigned)promotion->record.looks,
             &result);
  pthread_mutex_lock(&promotion->lock);
  promotion->record.looks++;
  pthread_mutex_unlock(&promotion->lock);
  promotion->unsaved = true;
  return result;
}

/* A verdict that has passed, and only could not be carried out, is not taken anew. */
static void promote(struct promotion *promotion) {
  if (promotion_swap(promotion) || promotion->candidate == NULL)
    return;
  promotion->retry_s = monotonic_s() + RETRY_S;
}

/* Promote, reject or wait. */
static void decide(struct promotion *promotion) {
  const int64_t deadline_s =
      promotion->record.started_s + (int64_t)promotion->terms.deadline_hours * SECONDS_AN_HOUR;
  const bool late = (int64_t)time(NULL) >= deadline_s;
  if (promotion->retry_s > 0 && late) {
    promotion_end(promotion, PROMOTION_REJECTED, "passed, but could not be promoted in time");
    return;
  }
  if (promotion->retry_s > 0) {
    if (monotonic_s() >= promotion->retry_s)
      promote(promotion);
    return;
  }
  if (!late &&
      !gate_due(&promotion->counts, &promotion->terms.limits, (unsigned)promotion->record.looks))
    return;
  /* Below the least sample nothing passes, however good it looks. */
  const bool enough = gate_due(&promotion->counts, &promotion->terms.limits, 0);
  const struct gate_result result = look(promotion);
  if (result.verdict == GATE_PASSED && enough) {
    explain(promotion, "no worse than the running model", &result, promotion->passed_why);
    promote(promotion);
  } else if (result.verdict == GATE_FAILED && enough)
    reject(promotion, "worse than the running model", &result);
  else if (late)
    reject(promotion,
           enough ? "not shown to be no worse before the deadline"
                  : "too little traffic or feedback before the deadline",
           &result);
}

void promotion_turn(struct promotion *promotion) {
  char why[PROMOTION_WHY_MAX];
  if (promotion->candidate == NULL)
    return;
  promotion->snapshot = snapshot_take(promotion->reader);
  const bool goes_on = follow_snapshot(promotion);
  if (goes_on)
    drain(promotion);
  /* Given back before models are swapped, which waits for all readers. */
  promotion->snapshot = NULL;
  snapshot_give_back(promotion->reader);
  if (!goes_on)
    return;
  publish(promotion);
  /* Files seldom change; once more is looked before one is promoted. */
  const time_t now_s = monotonic_s();
  const bool look_at_files = now_s != promotion->files_seen_s;
  promotion->files_seen_s = now_s;
  if (look_at_files && !promotion_files_hold(promotion, why, sizeof why))
    promotion_end(promotion, PROMOTION_REFUSED, why);
  else
    decide(promotion);
}
