/* policy.h - which tier is worth its cost.
 *
 *   double shares[] = {0.0125, 0.25, 1};        // of the top tier's cost
 *   double lambda = model_lambda(model, 0.95);  // for 95 % of the top tier's quality
 *   size_t tier = policy_tier(prediction.good, shares, 3, lambda);
 *
 * A tier's value is its probability of being good enough less lambda times its cost,
 * the top tier's cost being 1. Taking the greatest value gives the most quality that
 * any rule can buy for the money it spends, since every step up costs the same for what
 * it adds (a Lagrangian; lambda is the multiplier). Pure arithmetic. */
#ifndef TIERD_SVM_POLICY_H
#define TIERD_SVM_POLICY_H

#include <stddef.h>

/* The tier of the greatest value, the cheaper of equals. good and shares have count
 * entries, cheapest first; count is at least 1. */
size_t policy_tier(const float *good, const double *shares, size_t count, double lambda);

/* The least probability at which tier has at least the value of every tier above it. 0
 * for the top tier. */
double policy_needed(const float *good, const double *shares, size_t count, double lambda,
                     size_t tier);

#endif
