/* route_tiers.c - which tier is taken: the range less what a budget cuts, of it the
 * tiers that may be chosen, of them the one that is worth its cost
 * (classifier/svm/policy.h) or keeps to a threshold, and the request's cost cap last.
 *
 * Probabilities, costs and shares stand in the decision when these steps begin. */
#include <math.h>

#include "classifier/svm/policy.h"
#include "daemon/router/route_internal.h"

/* The highest tier of the range that has a model, or -1. */
int route_highest_tier(const struct route_decision *decision, struct route_range range) {
  for (uint32_t tier = range.high + 1; tier-- > range.low;)
    if (decision->alternatives[tier].model >= 0)
      return (int)tier;
  return -1;
}

/* Takes from the top of the range what a budget has cut. It goes before min_tier, for a
 * budget that a request can lift is none; only where no model of the tiers left takes
 * the request at all is it served all the same, by the lowest tier that can. */
struct route_range route_apply_budget(const struct router *router,
                                      const struct route_request *request,
                                      struct route_decision *decision, struct route_range range) {
  const uint32_t top = (uint32_t)router->catalog->tiers_count - 1;
  const uint32_t cut = request->budget.cut;
  const uint32_t high = cut < top ? top - cut : 0;
  char text[BUDGET_TEXT_MAX];
  if (cut == 0 || high >= range.high || route_highest_tier(decision, range) < 0)
    return range;
  struct route_range left = {range.low < high ? range.low : high, high};
  while (route_highest_tier(decision, left) < 0)
    left.high++;
  budget_limit_print(&request->budget, text, sizeof text);
  route_add_reason(decision, "budget", 0, "%s: nothing above %s", text,
                   router->catalog->tiers[high].name);
  if (left.high > high)
    route_add_reason(decision, "budget_missed", 0,
                     "no model of the tiers that the budget leaves fits");
  return left;
}

void route_gather_choice(const struct router *router, const struct route_decision *decision,
                         struct route_range range, double risk, struct route_choice *choice) {
  uint32_t floor = range.low;
  int found = route_highest_tier(decision, range);
  choice->count = 0;
  if (found < 0)
    return;
  uint32_t highest = (uint32_t)found;
  if (decision->abstained && router->catalog->safe_tier > floor)
    floor = router->catalog->safe_tier < highest ? router->catalog->safe_tier : highest;
  for (uint32_t tier = floor; tier <= highest; tier++) {
    const struct route_alternative *option = &decision->alternatives[tier];
    if (option->model < 0 || (tier < highest && !decision->abstained &&
                              model_risk(router->model, tier, option->probability) > risk))
      continue;
    choice->tiers[choice->count] = tier;
    choice->good[choice->count] = option->probability;
    choice->shares[choice->count++] = decision->shares[tier];
  }
}

double route_needed(const struct route_decision *decision, const float *good, const double *shares,
                    size_t count, size_t at) {
  if (!decision->by_threshold)
    return policy_needed(good, shares, count, decision->lambda, at);
  return at + 1 < count ? 1 - decision->strong_from : 0;
}

/* RouteLLM calls the strong model when its chance of winning is at least the threshold.
 * Winning is here that the cheaper one is not good enough; cost has no say. */
static size_t first_below(const struct route_choice *choice, double strong_from) {
  size_t at = 0;
  while (at + 1 < choice->count && 1 - (double)choice->good[at] >= strong_from)
    at++;
  return at;
}

/* Who asks for quality or a bound of its own gets it, whatever the share of others. */
static bool share_cut_governs(const struct route_request *request,
                              const struct route_decision *decision) {
  return request->share_cut.on && isnan(request->quality) && isnan(request->max_risk) &&
         request->min_tier.len == 0 && !decision->abstained && !decision->by_threshold;
}

/* What tier at of the choice is worth. */
static double value_at(const struct route_choice *choice, double lambda, size_t at) {
  return (double)choice->good[at] - lambda * choice->shares[at];
}

/* The best of the tiers below those whose share is limited, where the share leaves no room
 * for this request; else best as it is. Sets gain_bin where there was a choice. */
static size_t apply_share_cut(const struct router *router, const struct route_request *request,
                              struct route_decision *decision, const struct route_choice *choice,
                              size_t best) {
  const struct share_cut *cut = &request->share_cut;
  const double lambda = decision->lambda;
  size_t below = 0;
  if (!share_cut_governs(request, decision))
    return best;
  while (below < choice->count && choice->tiers[below] < cut->tier)
    below++;
  if (below == 0 || below == choice->count)
    return best;
  const size_t cheap = policy_tier(choice->good, choice->shares, below, lambda);
  const size_t dear = below + policy_tier(choice->good + below, choice->shares + below,
                                          choice->count - below, lambda);
  const unsigned bin = share_bin(value_at(choice, lambda, dear) - value_at(choice, lambda, cheap));
  decision->gain_bin = (int)bin;
  if (best < below || share_cut_allows(cut, bin))
    return best;
  decision->capped = true;
  route_add_reason(decision, "share_cap", 0,
                   "%s would be worth its cost, but is kept for requests that gain more by it",
                   router->catalog->tiers[choice->tiers[best]].name);
  return cheap;
}

/* -1 when there is no choice. Sets the threshold. */
int route_choose_tier(const struct router *router, const struct route_request *request,
                      struct route_decision *decision, const struct route_choice *choice) {
  if (choice->count == 0)
    return -1;
  /* The safe tier is safe, whatever it costs. */
  size_t at = 0;
  if (!decision->abstained)
    at = decision->by_threshold
             ? first_below(choice, decision->strong_from)
             : policy_tier(choice->good, choice->shares, choice->count, decision->lambda);
  at = apply_share_cut(router, request, decision, choice, at);
  decision->threshold = route_needed(decision, choice->good, choice->shares, choice->count, at);
  return (int)choice->tiers[at];
}

/* Goes down from tier while the expected cost is above the cap. An unknown cost is
 * above any cap. */
uint32_t route_apply_cost_cap(const struct router *router, const struct route_request *request,
                              struct route_decision *decision, uint32_t tier, uint32_t lowest) {
  if (!money_known(request->max_cost))
    return tier;
  uint32_t best = tier;
  for (uint32_t t = tier + 1; t-- > lowest;) {
    const struct route_alternative *option = &decision->alternatives[t];
    if (option->model < 0)
      continue;
    best = t;
    if (money_known(option->cost.expected) && option->cost.expected <= request->max_cost)
      break;
  }
  const struct route_alternative *chosen = &decision->alternatives[best];
  if (best != tier)
    route_add_reason(decision, "cost_cap", 0, "%s would cost more than max_cost_usd allows",
                     router->catalog->tiers[tier].name);
  if (!money_known(chosen->cost.expected) || chosen->cost.expected > request->max_cost)
    route_add_reason(decision, "cost_cap_missed", 0, "no tier is known to stay below max_cost_usd");
  return best;
}
