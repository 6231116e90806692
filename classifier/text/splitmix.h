/* splitmix.h - one step of SplitMix64 (Steele, Lea, Flood 2014): 64 bits well mixed.
 *
 * For numbers that must come out the same on every machine and in every run: seeds of
 * training, made-up prompts. Not for secrets. */
#ifndef TIERD_TEXT_SPLITMIX_H
#define TIERD_TEXT_SPLITMIX_H

#include <stdint.h>

static inline uint64_t splitmix(uint64_t z) {
  z += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* From 0 to below 1, by the upper 53 bits. */
static inline double splitmix_unit(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}

#endif
