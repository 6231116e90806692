/* protocol.c - from a ranking of rows to APGR, CPT and savings.
 *
 * One pass builds the curve; the measures are small functions of it. Budgets are
 * the ten quantiles of the score: where a quantile falls within a group of equal
 * scores the curve is straight there, which is the mean over all orders of the
 * group. The hull and its area are in hull.c, intervals in bootstrap.c.
 */
#include "bench/accuracy/protocol.h"

#include <math.h>
#include <stdlib.h>

#include "bench/accuracy/hull.h"

const char *const measure_names[MEASURES_COUNT] = {"apgr",     "cpt50",    "cpt80", "saving95",
                                                   "saving98", "saving99", "aiq"};

/* Equal scores by index: the order within a group does not matter, but it has to be one. */
static int by_falling_score(const void *left, const void *right) {
  const struct protocol_item *a = left, *b = right;
  if (a->score != b->score)
    return a->score > b->score ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

/* The highest score, which needs the strong model most, goes first. */
void protocol_sort(struct protocol_item *items, size_t count) {
  qsort(items, count, sizeof *items, by_falling_score);
}

/* From nobody to everybody sent to the strong model, in one pass over the sorted rows. */
size_t protocol_curve(const struct protocol_item *items, size_t count, const uint32_t *weights,
                      struct curve_point *points) {
  double total = 0, quality = 0, cost = 0;
  for (size_t i = 0; i < count; i++) {
    double weight = weights ? weights[items[i].index] : 1;
    total += weight;
    quality += weight * items[i].weak_quality;
    cost += weight * items[i].weak_cost;
  }
  if (total <= 0)
    return 0;
  size_t used = 0;
  double sent = 0, last_sent = 0;
  points[used++] = (struct curve_point){0, quality / total, cost / total};
  for (size_t i = 0; i < count; i++) {
    double weight = weights ? weights[items[i].index] : 1;
    sent += weight;
    quality += weight * (items[i].strong_quality - items[i].weak_quality);
    cost += weight * (items[i].strong_cost - items[i].weak_cost);
    /* A point closes a group of equal scores, unless no row of it counts. */
    if ((i + 1 < count && items[i + 1].score == items[i].score) || sent <= last_sent)
      continue;
    points[used++] = (struct curve_point){sent / total, quality / total, cost / total};
    last_sent = sent;
  }
  return used;
}

/* What tossing a coin between two policies gives. */
static struct curve_point between(struct curve_point a, struct curve_point b, double part) {
  return (struct curve_point){a.share + part * (b.share - a.share),
                              a.quality + part * (b.quality - a.quality),
                              a.cost + part * (b.cost - a.cost)};
}

struct curve_point protocol_at(const struct curve_point *points, size_t count, double share) {
  size_t low = 0, high = count - 1;
  if (share >= points[high].share)
    return points[high];
  /* By halving; shares rise. */
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (points[middle].share <= share)
      low = middle;
    else
      high = middle;
  }
  double width = points[high].share - points[low].share;
  double part = width > 0 ? (share - points[low].share) / width : 0;
  return between(points[low], points[high], part);
}

/* Without a gap between the two models there is nothing to recover. */
double protocol_recovered(const struct curve_point *points, size_t count, double quality) {
  double weak = points[0].quality, gap = points[count - 1].quality - weak;
  return gap > 1e-12 ? (quality - weak) / gap : NAN;
}

/* The least share of strong calls whose recovered gap reaches target, straight
 * between the budgets. */
static double least_share(const double recovered[PROTOCOL_STEPS + 1], double target) {
  for (int k = 1; k <= PROTOCOL_STEPS; k++) {
    double before = recovered[k - 1], here = recovered[k];
    if (before >= target)
      return (k - 1) / (double)PROTOCOL_STEPS;
    if (here >= target)
      return (k - 1 + (target - before) / (here - before)) / PROTOCOL_STEPS;
  }
  return NAN; /* only without a gap: the last budget recovers all of it */
}

/* All points are looked at: a curve may reach the quality, lose it and reach it again. */
double protocol_saving(const struct curve_point *points, size_t count, double share) {
  const struct curve_point *top = &points[count - 1];
  double target = share * top->quality;
  double least = top->cost;
  for (size_t i = 0; i < count; i++) {
    double cost = NAN;
    if (points[i].quality >= target)
      cost = points[i].cost;
    /* Between two points a mix of both policies just reaches the target. */
    if (i > 0 && (points[i - 1].quality >= target) != (points[i].quality >= target)) {
      double part = (target - points[i - 1].quality) / (points[i].quality - points[i - 1].quality);
      double mixed = between(points[i - 1], points[i], part).cost;
      cost = isnan(cost) || mixed < cost ? mixed : cost;
    }
    if (cost < least)
      least = cost;
  }
  return top->cost > 0 && isfinite(points[0].cost) ? 1 - least / top->cost : NAN;
}

/* APGR by the trapezoids of ten budgets, as RouteLLM does it. */
void protocol_measure(const struct curve_point *points, size_t count,
                      double measures[MEASURES_COUNT]) {
  double recovered[PROTOCOL_STEPS + 1];
  double area = 0;
  for (int k = 0; k <= PROTOCOL_STEPS; k++) {
    struct curve_point at = protocol_at(points, count, k / (double)PROTOCOL_STEPS);
    recovered[k] = protocol_recovered(points, count, at.quality);
    if (k > 0)
      area += (recovered[k - 1] + recovered[k]) / 2 / PROTOCOL_STEPS;
  }
  measures[MEASURE_APGR] = area;
  measures[MEASURE_CPT50] = least_share(recovered, 0.5);
  measures[MEASURE_CPT80] = least_share(recovered, 0.8);
  measures[MEASURE_SAVING95] = protocol_saving(points, count, 0.95);
  measures[MEASURE_SAVING98] = protocol_saving(points, count, 0.98);
  measures[MEASURE_SAVING99] = protocol_saving(points, count, 0.99);
  measures[MEASURE_AIQ] = hull_area(points, count);
}
