/* shadow_gate.h - may a candidate take the running model's place? The arithmetic alone.
 *
 *   struct gate_counts counts = {0};
 *   gate_pair_add(&counts.unstable, base, candidate);   // of each decision
 *   ...
 *   if (gate_due(&counts, &limits, looks)) {
 *     gate_judge(&counts, &limits, looks, &result);     // passed, failed or still open
 *     looks++;
 *   }
 *
 * Both models are asked about the same decisions, so each criterion is the mean of
 * paired differences, candidate less base, where more is worse. PROMOTION.md has the
 * formulas and why they are these. Pure. */
#ifndef TIERD_OPS_SHADOW_GATE_H
#define TIERD_OPS_SHADOW_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/router/money.h"

/* A share of decisions, for both models, and the squares of the differences. */
struct gate_pair {
  uint64_t count;
  double base, candidate; /* sums of values from 0 to 1 */
  double squares;
};

/* Expected cost in nano-USD, where both choices have a price. d is candidate less base. */
struct gate_cost {
  uint64_t count;
  double base, candidate;
  double d_squares, d_base, base_squares; /* sums of d * d, d * base, base * base */
  double baseline;                        /* of the top tier, for savings */
  uint64_t unpriced;                      /* decisions that could not be compared */
};

/* Which way a candidate's choice differs from the running model's. */
enum gate_way { GATE_CHEAPER, GATE_DEARER, GATE_WAYS };

struct gate_counts {
  uint64_t decisions;
  uint64_t dearer, cheaper;  /* disagreements: the candidate's tier is above or below */
  uint64_t dropped;          /* decisions that the shadow had no time for */
  uint64_t judged, doubtful; /* decisions with feedback that says, or does not, about both */
  uint64_t failed_base, failed_candidate; /* of those judged: the tier was too low */
  struct gate_pair under; /* under-routing where there was feedback, doubtful ones by belief */
  /* Under-routing where the choices differ and it was tried what the candidate's would have
   * led to: evidence alone, and no belief. */
  struct gate_pair tested[GATE_WAYS];
  struct gate_pair believed; /* under-routing as the running model's probabilities have it */
  struct gate_pair unstable; /* the tier changes when the prompt is perturbed */
  struct gate_cost cost;
};

struct gate_limits {
  uint64_t min_decisions; /* at least 1 */
  uint64_t min_judged;    /* 0: feedback is not needed, see below */
  double margin;          /* that still counts as "no worse": of under-routing, and of the cost */
  double unstable_margin; /* likewise, of unstable decisions */
};

enum gate_verdict {
  GATE_OPEN,   /* neither is shown yet */
  GATE_PASSED, /* no worse than the margin allows */
  GATE_FAILED  /* worse than that */
};

/* With fewer choices tested of those that differ one way nothing is taken to be known of
 * them: all may be worse, or none. */
enum { GATE_TESTED_MIN = 30 };

/* The three criteria. Under-routing is what feedback says, or with min_judged 0 what the
 * running model believes. */
enum gate_criterion { GATE_UNDER_ROUTING, GATE_STABILITY, GATE_COST, GATE_CRITERIA };

struct gate_figure {
  double base, candidate;   /* shares; of cost, the means in USD */
  double change, low, high; /* candidate less base, and its interval; of cost, as a share
                               of the base's. NaN where there is nothing to go by */
  enum gate_verdict verdict;
};

struct gate_result {
  enum gate_verdict verdict; /* of all: passed when each is, failed when one is */
  struct gate_figure figures[GATE_CRITERIA];
};

void gate_pair_add(struct gate_pair *pair, double base, double candidate);

/* Takes back what was added with the same values. */
void gate_pair_remove(struct gate_pair *pair, double base, double candidate);

/* In nano-USD; an unknown amount counts as unpriced. */
void gate_cost_add(struct gate_cost *cost, int64_t base, int64_t candidate, int64_t baseline);

/* Of the choices that differ, those that were tested. */
uint64_t gate_tested(const struct gate_counts *counts);

/* Is it time for look number looks, counted from 0? Each look needs twice the decisions
 * and judged decisions of the one before. */
bool gate_due(const struct gate_counts *counts, const struct gate_limits *limits, unsigned looks);

/* Look number looks. Each look spends half of the error that is left: together they are
 * wrong, either way, in GATE_ERROR of runs at the most for each criterion. */
#define GATE_ERROR 0.05
void gate_judge(const struct gate_counts *counts, const struct gate_limits *limits, unsigned looks,
                struct gate_result *out);

/* Of the normal distribution: exceeded with this probability, 0 < probability <= 0.5. */
double gate_quantile(double probability);

const char *gate_criterion_name(enum gate_criterion criterion);
const char *gate_verdict_name(enum gate_verdict verdict);

#endif
