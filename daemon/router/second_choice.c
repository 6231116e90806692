/* second_choice.c - the choice of route.c once more, for a model that did not decide.
 *
 * The request's range, budget and cost cap are boiled down to the tiers that may be
 * taken, when the decision is made; the model's part follows later and elsewhere.
 * tests/unit/test_second_choice.c holds the two choices together. */
#include "daemon/router/second_choice.h"

#include <math.h>

#include "classifier/svm/policy.h"

static bool fits(const struct second_view *view, uint32_t tier) {
  return view->fits >> tier & 1;
}

/* -1 when no tier of the range has a model. */
static int highest_fit(const struct second_view *view) {
  for (uint32_t tier = view->high + 1; tier-- > view->low;)
    if (fits(view, tier))
      return (int)tier;
  return -1;
}

/* A budget cuts from the top, and goes before min_tier; see route_apply_budget(). */
static void apply_budget(struct second_view *view, uint32_t cut) {
  const uint32_t top = view->tiers - 1;
  const uint32_t high = cut < top ? top - cut : 0;
  if (cut == 0 || high >= view->high || highest_fit(view) < 0)
    return;
  view->low = view->low < high ? view->low : high;
  view->high = high;
  while (highest_fit(view) < 0)
    view->high++;
}

/* Tiers above the cap go, but for the lowest, which is taken when nothing keeps to it. */
static void apply_cost_cap(struct second_view *view, int64_t cap) {
  if (!money_known(cap))
    return;
  for (uint32_t tier = view->high; tier > view->low; tier--) {
    if (fits(view, tier) && money_known(view->costs[tier]) && view->costs[tier] <= cap)
      return;
    view->high = tier - 1;
    if (highest_fit(view) < 0) {
      view->high = tier;
      return;
    }
  }
}

static uint32_t tier_or(const struct catalog *catalog, struct span name, uint32_t otherwise) {
  const int tier = name.len > 0 ? catalog_find_tier(catalog, name) : -1;
  return tier >= 0 ? (uint32_t)tier : otherwise;
}

/* Range first, then what a budget takes from it, then what a cap does, as in route.c. */
void second_view_init(struct second_view *view, const struct router *router,
                      const struct route_request *request, const struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  *view = (struct second_view){
      .quality = decision->quality,
      .max_risk = isnan(request->max_risk) ? router->max_risk : request->max_risk,
      .by_threshold = decision->by_threshold,
      .strong_from = decision->strong_from,
      .tiers = (uint32_t)catalog->tiers_count,
      .low = tier_or(catalog, request->min_tier, 0),
      .high = tier_or(catalog, request->max_tier, (uint32_t)catalog->tiers_count - 1),
      .safe_tier = catalog->safe_tier,
      .baseline = decision->baseline.expected};
  for (uint32_t tier = 0; tier < view->tiers; tier++) {
    const struct route_alternative *option = &decision->alternatives[tier];
    view->shares[tier] = decision->shares[tier];
    view->costs[tier] = option->model >= 0 ? option->cost.expected : MONEY_UNKNOWN;
    if (option->model >= 0)
      view->fits |= UINT32_C(1) << tier;
  }
  apply_budget(view, request->budget.cut);
  apply_cost_cap(view, request->max_cost);
}

/* The lowest tier that an abstaining model leaves. */
static uint32_t floor_of(const struct second_view *view, bool abstain, uint32_t highest) {
  if (!abstain || view->safe_tier <= view->low)
    return view->low;
  return view->safe_tier < highest ? view->safe_tier : highest;
}

/* The first whose chance of not being good enough is below the threshold, as in
 * route_tiers.c. */
static size_t below_threshold(const float *good, size_t count, double strong_from) {
  size_t at = 0;
  while (at + 1 < count && 1 - (double)good[at] >= strong_from)
    at++;
  return at;
}

uint32_t second_choice(const struct second_view *view, const struct model *model,
                       const struct prediction *prediction) {
  const int found = highest_fit(view);
  const uint32_t highest = found < 0 ? view->high : (uint32_t)found;
  uint32_t tiers[CATALOG_TIERS_MAX];
  float good[CATALOG_TIERS_MAX];
  double shares[CATALOG_TIERS_MAX];
  size_t count = 0;
  for (uint32_t tier = floor_of(view, prediction->abstain, highest); tier <= highest; tier++) {
    /* The highest one may be as risky as it is: there is none behind it. */
    if (!fits(view, tier) || (tier < highest && !prediction->abstain &&
                              model_risk(model, tier, prediction->good[tier]) > view->max_risk))
      continue;
    tiers[count] = tier;
    good[count] = prediction->good[tier];
    shares[count++] = view->shares[tier];
  }
  if (count == 0)
    return highest;
  if (prediction->abstain)
    return tiers[0];
  if (view->by_threshold)
    return tiers[below_threshold(good, count, view->strong_from)];
  return tiers[policy_tier(good, shares, count, model_lambda(model, view->quality))];
}
