/* quality.h - what feedback's scores say of the policy, with exploration taken into account.
 *
 *   struct quality quality = {0};
 *   quality_add(&quality, decision, feedback);       // for each decision, in any order
 *   double mean = quality_value(&quality.of[QUALITY_POLICY]);
 *
 * A score tells of the tier that was chosen alone. Where the log has each choice's
 * propensity, rows that are weighed by its inverse stand for all decisions, those for which
 * another tier was chosen included. The mean is self-normalised: the weighted sum over the
 * sum of weights (A. Swaminathan, T. Joachims: The Self-Normalized Estimator for
 * Counterfactual Learning, NIPS 2015). */
#ifndef TIERD_CTL_REPORT_QUALITY_H
#define TIERD_CTL_REPORT_QUALITY_H

#include "daemon/ctl/join_table.h"

/* Whose value is estimated. Close decisions are those that could have explored. */
enum quality_policy {
  QUALITY_POLICY,    /* the policy, had it never explored */
  QUALITY_UP_KEPT,   /* close decisions whose other tier is the dearer: the policy's tier */
  QUALITY_UP_MOVED,  /* the same, one tier up */
  QUALITY_DOWN_KEPT, /* close decisions whose other tier is the cheaper: the policy's tier */
  QUALITY_DOWN_MOVED,
  QUALITY_POLICIES
};

struct quality_text {
  const char *code; /* stable */
  const char *title;
};

extern const struct quality_text quality_texts[QUALITY_POLICIES];

/* In whole millionths, so that sums do not depend on the order of the lines. */
struct quality_sum {
  uint64_t rows;
  int64_t weights, squares, scores; /* of weights, of their squares, of weight times score */
};

struct quality {
  struct quality_sum of[QUALITY_POLICIES];
  uint64_t explored; /* decisions, with a score or without */
};

/* feedback may be NULL. Lines without a readable propensity count as certain. */
void quality_add(struct quality *quality, const struct join_line *decision,
                 const struct join_feedback *feedback);

/* The mean score, 0 to 1; NaN of no rows. */
double quality_value(const struct quality_sum *sum);

/* As many rows of equal weight would say as much; NaN of no rows. */
double quality_effective_rows(const struct quality_sum *sum);

#endif
