/* draw.h - numbers for tests that try many cases: the same in every run. */
#ifndef TIERD_UNIT_DRAW_H
#define TIERD_UNIT_DRAW_H

#include <stdint.h>

static uint64_t random_state = 1;

/* xorshift64: below that number; good enough to mix cases. */
static inline uint32_t draw(uint32_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32) % below;
}

#endif
