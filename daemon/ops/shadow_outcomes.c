/* shadow_outcomes.c - from feedback on the tier taken to a judgement on two tiers.
 *
 * Only one tier was tried. If it did, every dearer one would have; if it failed, every
 * cheaper one would have failed: that tiers are good enough in this order is what the
 * model itself assumes. The other cases are doubtful. Leaving them out would let a
 * candidate pass that goes below the running model everywhere, since of it nothing but
 * doubt is ever seen; so they count by the running model's calibrated probability. That is
 * for the figures; the verdict goes by those that were tested, whatever came of it.
 *
 * Each loop has a ring, in which the count in a decision's id says its place. */
#include "daemon/ops/shadow_outcomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What both models chose and what was said since. */
struct entry {
  struct shadow_scored scored;
  struct shadow_feedback said; /* of each field the latest */
  bool used, counted;
};

/* One a loop, since ids count within a loop. */
struct ring {
  uint64_t prefix; /* of the loop's ids */
  struct entry *entries;
};

struct shadow_outcomes {
  size_t rings_max, rings_count;
  size_t size; /* of each ring */
  struct ring *rings;
};

/* The memory is shared out evenly, with a least for each loop however many there are. */
struct shadow_outcomes *outcomes_create(size_t loops) {
  struct shadow_outcomes *outcomes = calloc(1, sizeof *outcomes);
  if (outcomes == NULL)
    return NULL;
  outcomes->size =
      OUTCOMES_MAX / loops > OUTCOMES_LOOP_MIN ? OUTCOMES_MAX / loops : OUTCOMES_LOOP_MIN;
  outcomes->rings = calloc(loops, sizeof *outcomes->rings);
  for (; outcomes->rings && outcomes->rings_max < loops; outcomes->rings_max++) {
    struct ring *ring = &outcomes->rings[outcomes->rings_max];
    /* Memory that no decision has touched yet costs nothing but addresses. */
    ring->entries = calloc(outcomes->size, sizeof *ring->entries);
    if (ring->entries == NULL)
      break;
  }
  if (outcomes->rings_max == loops)
    return outcomes;
  outcomes_destroy(outcomes);
  return NULL;
}

/* Also takes one that was only begun. */
void outcomes_destroy(struct shadow_outcomes *outcomes) {
  if (outcomes == NULL)
    return;
  for (size_t i = 0; i < outcomes->rings_max; i++)
    free(outcomes->rings[i].entries);
  free(outcomes->rings);
  free(outcomes);
}

/* Prefixes stay those of the loops; what they decided is forgotten. */
void outcomes_clear(struct shadow_outcomes *outcomes) {
  for (size_t i = 0; i < outcomes->rings_count; i++)
    memset(outcomes->rings[i].entries, 0, outcomes->size * sizeof(struct entry));
}

/* NULL for a prefix that no loop has shown yet. */
static struct ring *find_ring(struct shadow_outcomes *outcomes, uint64_t prefix) {
  for (size_t i = 0; i < outcomes->rings_count; i++)
    if (outcomes->rings[i].prefix == prefix)
      return &outcomes->rings[i];
  return NULL;
}

/* The loop's ring, which is its own from its first decision on. NULL when all are taken. */
static struct ring *ring_of(struct shadow_outcomes *outcomes, uint64_t prefix) {
  struct ring *ring = find_ring(outcomes, prefix);
  if (ring != NULL || outcomes->rings_count == outcomes->rings_max)
    return ring;
  ring = &outcomes->rings[outcomes->rings_count++];
  ring->prefix = prefix;
  return ring;
}

/* The oldest of the loop goes, and with it the chance that late feedback still counts. */
void outcomes_put(struct shadow_outcomes *outcomes, const struct shadow_scored *scored) {
  struct ring *ring = ring_of(outcomes, scored->prefix);
  if (ring == NULL)
    return;
  ring->entries[scored->count % outcomes->size] =
      (struct entry){.scored = *scored,
                     .said = {.score = NAN, .label = -1, .answered = -1, .escalated = -1},
                     .used = true};
}

/* A label says most; that somebody escalated says more than a score of the answer. */
static struct outcome outcome_of(const struct entry *entry) {
  const struct shadow_feedback *said = &entry->said;
  const uint32_t tier = said->answered >= 0 ? (uint32_t)said->answered : entry->scored.tier;
  if (said->label >= 0)
    return (struct outcome){OUTCOME_NEEDED, (uint32_t)said->label};
  /* Who answered after an escalation is not who failed. */
  if (said->escalated == 1)
    return (struct outcome){OUTCOME_FAILED, entry->scored.tier};
  if (!isnan(said->score))
    return (struct outcome){said->score >= OUTCOME_GOOD_SCORE ? OUTCOME_DID : OUTCOME_FAILED, tier};
  return (struct outcome){said->escalated == 0 ? OUTCOME_DID : OUTCOME_NOTHING, tier};
}

/* The chance that tier is too low, given what happened to the one that was tried. */
static double too_low(const float *good, uint32_t tier, struct outcome outcome, bool *doubtful) {
  const double tried = (double)good[outcome.tier], here = (double)good[tier];
  switch (outcome.kind) {
  case OUTCOME_NEEDED:
    return tier < outcome.tier ? 1 : 0;
  case OUTCOME_DID:
    if (tier >= outcome.tier)
      return 0;
    *doubtful = true;
    return tried > 0 ? 1 - fmin(here / tried, 1) : 1;
  case OUTCOME_FAILED:
    if (tier <= outcome.tier)
      return 1;
    *doubtful = true;
    return tried < 1 ? fmin((1 - here) / (1 - tried), 1) : 0;
  case OUTCOME_NOTHING:
    break;
  }
  return 0;
}

/* One doubtful side makes the pair doubtful. */
void outcome_judge(const struct shadow_scored *scored, struct outcome outcome, double *base,
                   double *candidate, bool *doubtful) {
  *doubtful = false;
  *base = too_low(scored->good, scored->base, outcome, doubtful);
  *candidate = too_low(scored->good, scored->candidate, outcome, doubtful);
}

/* Whether something was tried must not hang on how it went, or the tested ones would not
 * stand for the others: that a dear tier failed says that a cheaper one would have, and that
 * it did says nothing, so neither counts. Of a dearer choice a trial tells one side alone. */
bool outcome_tests(const struct shadow_scored *scored, struct outcome outcome, double *base,
                   double *candidate) {
  const bool labelled = outcome.kind == OUTCOME_NEEDED;
  const bool cheaper = scored->candidate < scored->base;
  const bool tried = (outcome.kind == OUTCOME_DID || outcome.kind == OUTCOME_FAILED) &&
                     outcome.tier == scored->candidate;
  if (scored->base == scored->candidate || !(labelled || (cheaper && tried)))
    return false;
  *base = labelled && scored->base < outcome.tier ? 1 : 0;
  *candidate = labelled ? scored->candidate < outcome.tier : outcome.kind == OUTCOME_FAILED;
  return true;
}

/* For how a pair of values enters the sums, or leaves them. */
static void count_pair(struct gate_pair *pair, double base, double candidate, bool back) {
  if (back)
    gate_pair_remove(pair, base, candidate);
  else
    gate_pair_add(pair, base, candidate);
}

/* Adds what the entry says now, or with remove takes it back. */
static void count_entry(const struct entry *entry, struct gate_counts *counts, bool back) {
  const struct outcome outcome = outcome_of(entry);
  const uint64_t one = back ? UINT64_MAX : 1; /* wraps to one less */
  double base, candidate;
  bool doubtful;
  if (outcome.kind == OUTCOME_NOTHING)
    return;
  outcome_judge(&entry->scored, outcome, &base, &candidate, &doubtful);
  count_pair(&counts->under, base, candidate, back);
  const enum gate_way way =
      entry->scored.candidate < entry->scored.base ? GATE_CHEAPER : GATE_DEARER;
  double base_tested, candidate_tested;
  if (outcome_tests(&entry->scored, outcome, &base_tested, &candidate_tested))
    count_pair(&counts->tested[way], base_tested, candidate_tested, back);
  if (doubtful) {
    counts->doubtful += one;
    return;
  }
  counts->judged += one;
  counts->failed_base += base > 0.5 ? one : 0;
  counts->failed_candidate += candidate > 0.5 ? one : 0;
}

/* Field by field, as log join does it. */
static void merge(struct shadow_feedback *said, const struct shadow_feedback *more) {
  if (!isnan(more->score))
    said->score = more->score;
  if (more->label >= 0)
    said->label = more->label;
  if (more->answered >= 0)
    said->answered = more->answered;
  if (more->escalated >= 0)
    said->escalated = more->escalated;
}

bool outcomes_report(struct shadow_outcomes *outcomes, const struct shadow_feedback *feedback,
                     struct gate_counts *counts) {
  struct ring *ring = find_ring(outcomes, feedback->prefix);
  if (ring == NULL)
    return false;
  struct entry *entry = &ring->entries[feedback->count % outcomes->size];
  if (!entry->used || entry->scored.count != feedback->count)
    return false;
  if (entry->counted)
    count_entry(entry, counts, true);
  merge(&entry->said, feedback);
  count_entry(entry, counts, false);
  entry->counted = true;
  return true;
}
