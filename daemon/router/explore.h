/* explore.h - now and then the other tier, where the choice is close.
 *
 *   struct explore state;                          // one a thread
 *   explore_init(&state, seed);
 *   request.explore = explore_draw(&state, share, number);   // before each decision
 *   route_decide(...);
 *   explore_learn(&state, decision.explorable);               // after it
 *
 * A log of one's own decisions says nothing of what the other tier would have made of the
 * same prompts, so a router that is trained on it believes itself. A small share of close
 * decisions therefore goes one tier up or down, with a probability that is known and
 * logged. Pure: no clock, no random numbers but a hash of seed and decision. README.md
 * beside this file has the rules. */
#ifndef TIERD_ROUTER_EXPLORE_H
#define TIERD_ROUTER_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A choice is close when its value lies at most this far above its neighbour's: by so
 * much a tier's probability would have to differ for the policy to choose otherwise. */
#define EXPLORE_BAND 0.1

/* Exploring must stay the exception, even where hardly any decision is close. */
#define EXPLORE_CHANCE_MAX 0.5

/* Decisions after which an old one counts for half in the share of close ones. */
enum { EXPLORE_HALF_LIFE = 1000 };

/* What a thread knows of its decisions. Not shared. */
struct explore {
  uint64_t seed;
  double close_share; /* of late decisions, those that could have explored */
};

/* What was drawn for one decision. A zeroed one never explores. */
struct explore_draw {
  double chance; /* 0 to EXPLORE_CHANCE_MAX: of exploring if the choice is close */
  double at;     /* 0 to below 1: explores when this is below chance */
};

void explore_init(struct explore *state, uint64_t seed);

/* For the decision of that number, such that about share of all decisions explore. The
 * same state, share and number give the same draw. */
struct explore_draw explore_draw(const struct explore *state, double share, uint64_t number);

/* Tells whether the decision was close and free to explore. */
void explore_learn(struct explore *state, bool explorable);

/* Of count tiers, cheapest first, the neighbour of chosen whose value is next to its own,
 * and by how much less it is worth; -1 when chosen has no neighbour. good and shares as for
 * policy_tier(). */
int explore_neighbour(const float *good, const double *shares, size_t count, double lambda,
                      size_t chosen, double *gap);

#endif
