/* hull.h - the best quality that mixing policies buys at each cost. */
#ifndef TIERD_BENCH_HULL_H
#define TIERD_BENCH_HULL_H

#include <stddef.h>

#include "bench/accuracy/protocol.h"

/* The non-decreasing convex hull of quality over cost, from the cheapest point to
 * the dearest, into hull (room for count). points may come in any order and are
 * sorted by cost. Returns how many; 0 when a cost is unknown. */
size_t hull_build(struct curve_point *points, size_t count, struct curve_point *hull);

/* Mean quality along the hull over the cost range (RouterBench's AIQ). Points
 * may come in any order. NaN when a cost is unknown or the range is empty. */
double hull_area(const struct curve_point *points, size_t count);

#endif
