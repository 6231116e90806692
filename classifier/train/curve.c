/* curve.c - plays the policy at each lambda over out-of-fold probabilities. */
#include "classifier/train/curve.h"

#include <math.h>

#include "classifier/svm/policy.h"

/* From here on nothing is worth more than the cheapest tier, all tiers costing
 * something. */
#define LAMBDA_MAX 1.25

struct totals {
  double quality, quality_top, cost, cost_top;
};

static void play(struct totals *totals, const struct dataset *dataset, const struct tier_map *map,
                 float *const *probabilities, const float *weights, double lambda) {
  size_t top = dataset->tiers_count - 1;
  double shares[MODEL_TIERS_MAX];
  float good[MODEL_TIERS_MAX];
  *totals = (struct totals){0};
  for (size_t tier = 0; tier <= top; tier++)
    shares[tier] = map->costs[tier] / map->costs[top];
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    if (isnan(probabilities[0][i]))
      continue;
    for (size_t tier = 0; tier < top; tier++)
      good[tier] = probabilities[tier][i];
    good[top] = 1.0f;
    size_t tier = policy_tier(good, shares, top + 1, lambda);
    double weight = (double)weights[i];
    totals->quality += weight * example_quality(example, dataset->tiers_count, tier);
    totals->quality_top += weight * example_quality(example, dataset->tiers_count, top);
    totals->cost += weight * shares[tier];
    totals->cost_top += weight;
  }
}

size_t curve_measure(const struct dataset *dataset, const struct tier_map *map,
                     float *const *probabilities, const float *weights,
                     struct model_curve_point *points) {
  double best = 0;
  for (size_t i = 0; i < MODEL_CURVE_MAX; i++) {
    struct totals totals;
    /* Closer together near 0, where high qualities lie. */
    double part = 1 - (double)i / (MODEL_CURVE_MAX - 1);
    double lambda = LAMBDA_MAX * part * part;
    play(&totals, dataset, map, probabilities, weights, lambda);
    double quality = totals.quality_top > 0 ? totals.quality / totals.quality_top : 1;
    /* A lower lambda never promises less, and nothing promises more than the top. */
    best = fmax(best, fmin(quality, 1.0));
    points[i].quality = i + 1 == MODEL_CURVE_MAX ? 1.0 : best;
    points[i].lambda = lambda;
    points[i].saving = totals.cost_top > 0 ? 1 - totals.cost / totals.cost_top : 0;
  }
  return MODEL_CURVE_MAX;
}
