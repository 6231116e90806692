/* random.h - seeded numbers for the speed instruments: the same on every machine.
 * SplitMix64 (Steele, Lea, Flood 2014). */
#ifndef TIERD_BENCH_RANDOM_H
#define TIERD_BENCH_RANDOM_H

#include <stdint.h>

static inline uint64_t bench_random_mix(uint64_t z) {
  z += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* From 0 to below 1; depends on seed and index alone. */
static inline double bench_random_unit(uint64_t seed, uint64_t index) {
  return (double)(bench_random_mix(bench_random_mix(seed) + index) >> 11) * 0x1p-53;
}

#endif
