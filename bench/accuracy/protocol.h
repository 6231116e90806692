/* protocol.h - RouteLLM's protocol: how much of the quality gap a ranking recovers.
 *
 * A router ranks rows by how much they need the strong model. Sending the first k
 * rows there, for every k, gives a curve of quality and cost against the share of
 * strong calls, and all measures are read off that curve:
 *
 *   protocol_sort(items, n);                        // hardest first
 *   count = protocol_curve(items, n, NULL, points); // n + 1 points of room
 *   protocol_measure(points, count, measures);
 *
 * Rows with equal scores are sent in expectation over all their orders: the curve
 * is straight across them. That is exact, and needs no random tie-breaking.
 */
#ifndef TIERD_BENCH_PROTOCOL_H
#define TIERD_BENCH_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

struct protocol_item {
  double score; /* higher: needs the strong model more */
  double weak_quality, strong_quality;
  double weak_cost, strong_cost; /* NaN when unknown */
  uint32_t index;                /* into weights */
};

/* One way to split the rows, in means per row. */
struct curve_point {
  double share; /* of strong calls */
  double quality;
  double cost; /* NaN when any cost is unknown */
};

enum measure {
  MEASURE_APGR,     /* share of the quality gap recovered, averaged over budgets */
  MEASURE_CPT50,    /* least share of strong calls that recovers half of the gap */
  MEASURE_CPT80,    /* the same for 80 % of it */
  MEASURE_SAVING95, /* cost saved against always-strong at 95 % of its quality */
  MEASURE_SAVING98,
  MEASURE_SAVING99,
  MEASURE_AIQ, /* mean quality over the cost range along the hull (RouterBench) */
  MEASURES_COUNT
};

enum { PROTOCOL_STEPS = 10 }; /* budgets at 0, 10, ... 100 % of strong calls */

extern const char *const measure_names[MEASURES_COUNT];

/* Sorts by falling score; rows of one score by index, so that runs repeat. */
void protocol_sort(struct protocol_item *items, size_t count);

/* Fills points from always-weak to always-strong, and returns how many: one after
 * each group of equal scores. weights[index] is how often a row counts (NULL: once).
 * points has room for count + 1; 0 when nothing counts. */
size_t protocol_curve(const struct protocol_item *items, size_t count, const uint32_t *weights,
                      struct curve_point *points);

/* The point at a share of strong calls, 0 to 1, straight between neighbours. */
struct curve_point protocol_at(const struct curve_point *points, size_t count, double share);

/* All measures; NaN for what cannot be known (no gap, unknown costs). */
void protocol_measure(const struct curve_point *points, size_t count,
                      double measures[MEASURES_COUNT]);

/* The share of the gap that a quality recovers; NaN without a gap. */
double protocol_recovered(const struct curve_point *points, size_t count, double quality);

/* Cost saved by the cheapest mix on the curve that keeps share of the last point's
 * quality. The points may be any set whose last is always-top; only neighbours in
 * the list are mixed. NaN when a cost is unknown. */
double protocol_saving(const struct curve_point *points, size_t count, double share);

#endif
