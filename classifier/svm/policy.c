/* policy.c - the greatest of a few values, and what it takes to be the greatest. */
#include "classifier/svm/policy.h"

static double value(const float *good, const double *shares, double lambda, size_t tier) {
  return (double)good[tier] - lambda * shares[tier];
}

size_t policy_tier(const float *good, const double *shares, size_t count, double lambda) {
  size_t best = 0;
  for (size_t tier = 1; tier < count; tier++)
    if (value(good, shares, lambda, tier) > value(good, shares, lambda, best))
      best = tier;
  return best;
}

double policy_needed(const float *good, const double *shares, size_t count, double lambda,
                     size_t tier) {
  double needed = 0;
  for (size_t other = tier + 1; other < count; other++) {
    double least = value(good, shares, lambda, other) + lambda * shares[tier];
    needed = least > needed ? least : needed;
  }
  return needed;
}
