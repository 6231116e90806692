/* explore.c - which decisions are close, and the coin that is thrown for them.
 *
 *   share wished / share of close decisions → chance; hash of seed and number → the throw
 *   values of the tiers → the neighbour that nearly won, and how nearly
 *
 * Who may not explore at all, for what the request asked, is known by route_explore.c. */
#include "daemon/router/explore.h"

#include <xxhash.h>

void explore_init(struct explore *state, uint64_t seed) {
  /* Until more is known every decision may be close: rather too little than too much. */
  *state = (struct explore){.seed = seed, .close_share = 1};
}

struct explore_draw explore_draw(const struct explore *state, double share, uint64_t number) {
  const uint64_t hash = XXH3_64bits_withSeed(&number, sizeof number, state->seed);
  struct explore_draw draw = {0};
  if (!(share > 0))
    return draw;
  draw.chance = share / state->close_share;
  if (!(draw.chance < EXPLORE_CHANCE_MAX))
    draw.chance = EXPLORE_CHANCE_MAX;
  /* The upper 53 bits, which a double holds exactly, so that it stays below 1. */
  draw.at = (double)(hash >> 11) * 0x1p-53;
  return draw;
}

void explore_learn(struct explore *state, bool explorable) {
  /* ln 2 / EXPLORE_HALF_LIFE, to first order. */
  const double step = 0.6931471805599453 / EXPLORE_HALF_LIFE;
  state->close_share += step * ((explorable ? 1 : 0) - state->close_share);
}

static double value(const float *good, const double *shares, double lambda, size_t tier) {
  return (double)good[tier] - lambda * shares[tier];
}

int explore_neighbour(const float *good, const double *shares, size_t count, double lambda,
                      size_t chosen, double *gap) {
  const double own = value(good, shares, lambda, chosen);
  int nearest = -1;
  /* Of equal gaps the dearer neighbour is taken: it is the one that cannot disappoint. */
  if (chosen + 1 < count) {
    nearest = (int)chosen + 1;
    *gap = own - value(good, shares, lambda, chosen + 1);
  }
  if (chosen > 0) {
    const double below = own - value(good, shares, lambda, chosen - 1);
    if (nearest < 0 || below < *gap) {
      nearest = (int)chosen - 1;
      *gap = below;
    }
  }
  return nearest;
}
