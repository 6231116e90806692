/* hull.c - the upper hull of quality over cost, kept from falling, and its area.
 *
 * Between two policies any mix can be had by chance, so the hull is what a router
 * can reach; a dearer policy that is worse is never needed, so it does not fall.
 */
#include "bench/accuracy/hull.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Of equal cost the better one first, so that the others are dropped at once. */
static int by_cost(const void *left, const void *right) {
  const struct curve_point *a = left, *b = right;
  if (a->cost != b->cost)
    return a->cost < b->cost ? -1 : 1;
  return a->quality > b->quality ? -1 : a->quality < b->quality;
}

/* A look is cheaper than a sort, and a bootstrap makes thousands of hulls. */
static bool is_sorted(const struct curve_point *points, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (points[i].cost < points[i - 1].cost)
      return false;
  return true;
}

/* Does b lie on or below the line from a to c? */
static bool is_under(const struct curve_point *a, const struct curve_point *b,
                     const struct curve_point *c) {
  return (b->quality - a->quality) * (c->cost - a->cost) <=
         (c->quality - a->quality) * (b->cost - a->cost);
}

/* Puts a point on a hull that grows with cost; returns the new count. */
static size_t push(struct curve_point *hull, size_t count, struct curve_point point) {
  if (count > 0 && point.quality < hull[count - 1].quality)
    point.quality = hull[count - 1].quality; /* non-decreasing */
  while (count > 0 && hull[count - 1].cost >= point.cost) {
    if (hull[count - 1].quality >= point.quality)
      return count;
    count--;
  }
  while (count > 1 && is_under(&hull[count - 2], &hull[count - 1], &point))
    count--;
  hull[count++] = point;
  return count;
}

size_t hull_build(struct curve_point *points, size_t count, struct curve_point *hull) {
  size_t used = 0;
  for (size_t i = 0; i < count; i++)
    if (!isfinite(points[i].cost))
      return 0;
  if (!is_sorted(points, count)) /* a router's curve mostly is */
    qsort(points, count, sizeof *points, by_cost);
  for (size_t i = 0; i < count; i++)
    used = push(hull, used, points[i]);
  return used;
}

/* AIQ: the area below the hull, as a mean over the range of costs. */
static double mean_quality(const struct curve_point *hull, size_t count) {
  double area = 0;
  for (size_t i = 1; i < count; i++)
    area += (hull[i].quality + hull[i - 1].quality) / 2 * (hull[i].cost - hull[i - 1].cost);
  double range = hull[count - 1].cost - hull[0].cost;
  return range > 0 ? area / range : NAN;
}

/* On a copy, since the curve is still wanted in its own order. */
double hull_area(const struct curve_point *points, size_t count) {
  if (count < 2 || !isfinite(points[0].cost) || !isfinite(points[count - 1].cost))
    return NAN;
  struct curve_point *sorted = malloc(2 * count * sizeof *sorted);
  if (!sorted)
    return NAN;
  for (size_t i = 0; i < count; i++)
    sorted[i] = points[i];
  size_t used = hull_build(sorted, count, sorted + count);
  double area = used > 1 ? mean_quality(sorted + count, used) : NAN;
  free(sorted);
  return area;
}
