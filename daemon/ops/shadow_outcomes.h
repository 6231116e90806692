/* shadow_outcomes.h - which tier both models would have taken, until feedback says which
 * one would have done.
 *
 *   outcomes_put(outcomes, &scored);                  // a decision that both were asked about
 *   outcomes_report(outcomes, &feedback, &counts);    // adds to counts what it says
 *
 * For one thread. */
#ifndef TIERD_OPS_SHADOW_OUTCOMES_H
#define TIERD_OPS_SHADOW_OUTCOMES_H

#include "daemon/ops/shadow_gate.h"
#include "daemon/ops/shadow_port.h"

enum {
  OUTCOMES_MAX = 32768,    /* decisions that are remembered, shared by the loops evenly */
  OUTCOMES_LOOP_MIN = 1024 /* but each loop has so many at the least */
};

/* From this score on an answer was good enough. */
#define OUTCOME_GOOD_SCORE 0.5f

struct shadow_outcomes; /* opaque */

struct shadow_scored {
  uint64_t prefix, count;
  uint32_t tier;                 /* that was really taken */
  uint32_t base, candidate;      /* that the running model and the candidate take */
  float good[CATALOG_TIERS_MAX]; /* the running model's probabilities */
};

/* What is known of a decision: did a tier do or not, or which one was needed. */
struct outcome {
  enum { OUTCOME_NOTHING, OUTCOME_DID, OUTCOME_FAILED, OUTCOME_NEEDED } kind;
  uint32_t tier;
};

/* Under-routing of both choices, 0 or 1 where the outcome says, else by the running
 * model's probabilities, given the outcome; then *doubtful is set. */
void outcome_judge(const struct shadow_scored *scored, struct outcome outcome, double *base,
                   double *candidate, bool *doubtful);

/* The same by evidence alone, of choices that differ: false where neither a label nor the
 * candidate's own tier, tried, says what the candidate's choice leads to. What stays unknown
 * of the running model's then counts against the candidate. */
bool outcome_tests(const struct shadow_scored *scored, struct outcome outcome, double *base,
                   double *candidate);

/* For decisions of so many loops, each with a prefix of its own. NULL when memory is out. */
struct shadow_outcomes *outcomes_create(size_t loops);
void outcomes_destroy(struct shadow_outcomes *outcomes); /* may be NULL */

/* Forgets everything. */
void outcomes_clear(struct shadow_outcomes *outcomes);

/* Remembers a decision, and forgets the oldest of its loop. */
void outcomes_put(struct shadow_outcomes *outcomes, const struct shadow_scored *scored);

/* Adds a report to counts, or replaces what an earlier one on the same decision added: of
 * each field the latest counts. False when the decision is not remembered. */
bool outcomes_report(struct shadow_outcomes *outcomes, const struct shadow_feedback *feedback,
                     struct gate_counts *counts);

#endif
