/* route_explore.c - takes the other tier where the choice is close and the draw says so.
 *
 * Only decisions that are the policy's own may explore: whoever names a bound, a budget
 * that has cut, a conversation that goes on and a prompt unlike any other are left alone.
 * What is close, and how often, is explore.h's business; the other tier is one of those
 * that might have been chosen anyway, so that max_risk holds. */
#include <math.h>

#include "classifier/svm/policy.h"
#include "daemon/router/route_internal.h"

/* Has the request left the choice of tier to the policy alone? */
static bool is_free(const struct route_request *request, const struct route_decision *decision) {
  const bool bounded = request->min_tier.len > 0 || request->max_tier.len > 0 ||
                       !isnan(request->max_risk) || money_known(request->max_cost) ||
                       request->budget.cut > 0;
  /* Another model would find a conversation's cache cold, which is not what the gap says. */
  const bool goes_on = request->last_call != NULL || request->cached_prefix_given;
  return !bounded && !goes_on && !request->dry_run && !decision->abstained && !decision->capped &&
         !decision->by_threshold;
}

uint32_t route_explore(const struct router *router, const struct route_request *request,
                       const struct route_choice *choice, struct route_decision *decision,
                       uint32_t tier) {
  const double chance = request->explore.chance;
  const struct catalog_tier *tiers = router->catalog->tiers;
  size_t at = 0;
  double gap;
  if (!(chance > 0) || !is_free(request, decision))
    return tier;
  while (at < choice->count && choice->tiers[at] != tier)
    at++;
  if (at == choice->count)
    return tier;
  const int other =
      explore_neighbour(choice->good, choice->shares, choice->count, decision->lambda, at, &gap);
  if (other < 0 || !(gap <= EXPLORE_BAND))
    return tier;
  decision->explored = request->explore.at < chance;
  decision->other_tier = decision->explored ? (int)tier : (int)choice->tiers[other];
  decision->propensity = decision->explored ? chance : 1 - chance;
  if (!decision->explored)
    return tier;
  decision->threshold =
      policy_needed(choice->good, choice->shares, choice->count, decision->lambda, (size_t)other);
  route_add_reason(decision, "explored", 0,
                   "%s is explored in place of %s: the choice is close (%.3f), and such ones are "
                   "tried with probability %.3f",
                   tiers[choice->tiers[other]].name, tiers[tier].name, gap, chance);
  return choice->tiers[other];
}
