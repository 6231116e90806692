/* curve.c - plays the policy at each threshold over out-of-fold probabilities. */
#include "classifier/train/curve.h"

#include <math.h>

struct totals {
  double quality, quality_top, cost, cost_top;
};

static void play(struct totals *totals, const struct dataset *dataset, const struct tier_map *map,
                 float *const *probabilities, const float *weights, double threshold) {
  size_t top = dataset->tiers_count - 1;
  *totals = (struct totals){0};
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    if (isnan(probabilities[0][i]))
      continue;
    size_t tier = 0;
    double reached = 0;
    for (; tier < top; tier++) {
      double good = isnan(probabilities[tier][i]) ? 0 : (double)probabilities[tier][i];
      reached = fmax(reached, good);
      if (reached >= threshold)
        break;
    }
    double weight = (double)weights[i];
    totals->quality += weight * example_quality(example, dataset->tiers_count, tier);
    totals->quality_top += weight * example_quality(example, dataset->tiers_count, top);
    totals->cost += weight * map->costs[tier];
    totals->cost_top += weight * map->costs[top];
  }
}

size_t curve_measure(const struct dataset *dataset, const struct tier_map *map,
                     float *const *probabilities, const float *weights,
                     struct model_curve_point *points) {
  double best = 0;
  for (size_t i = 0; i < MODEL_CURVE_MAX; i++) {
    struct totals totals;
    double threshold = (double)i / (MODEL_CURVE_MAX - 1);
    play(&totals, dataset, map, probabilities, weights, threshold);
    double quality = totals.quality_top > 0 ? totals.quality / totals.quality_top : 1;
    /* More caution never promises less, and nothing promises more than the top. */
    best = fmax(best, fmin(quality, 1.0));
    points[i].quality = i + 1 == MODEL_CURVE_MAX ? 1.0 : best;
    points[i].threshold = threshold;
    points[i].saving = totals.cost_top > 0 ? 1 - totals.cost / totals.cost_top : 0;
  }
  return MODEL_CURVE_MAX;
}
