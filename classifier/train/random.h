/* random.h - a small seeded generator, so that training repeats to the byte.
 * SplitMix64 (Steele, Lea, Flood 2014). */
#ifndef TIERD_TRAIN_RANDOM_H
#define TIERD_TRAIN_RANDOM_H

#include <stdint.h>

#include "classifier/text/splitmix.h"

/* A number from 0 to below 1 that depends on seed and index alone. */
static inline double random_unit(uint64_t seed, uint64_t index) {
  return splitmix_unit(splitmix(seed * UINT64_C(0x2545F4914F6CDD1D) + index));
}

#endif
