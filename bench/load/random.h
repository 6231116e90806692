/* random.h - seeded numbers for the speed instruments: the same on every machine.
 * SplitMix64 (Steele, Lea, Flood 2014). */
#ifndef TIERD_BENCH_RANDOM_H
#define TIERD_BENCH_RANDOM_H

#include <stdint.h>

#include "classifier/text/splitmix.h"

/* From 0 to below 1; depends on seed and index alone. */
static inline double bench_random_unit(uint64_t seed, uint64_t index) {
  return splitmix_unit(splitmix(splitmix(seed) + index));
}

#endif
