/* route_models.c - for each tier, the model that a request would go to and its cost.
 *
 *   conversation → token counts → per model: input by its vocabulary, corrected by what
 *   usage taught → fits? → cost; per tier the default model or the cheapest that fits
 *
 * What a call costs is cost.c's, what fits is fit.c's; caches of a conversation come
 * later, in route_session.c. */
#include "classifier/svm/model.h"
#include "daemon/router/fit.h"
#include "daemon/router/route_internal.h"

/* More than any share of a top tier's cost that a price can come to. */
#define UNPRICED_SHARE 1e6

/* Is a cheaper than b? A model without a price is never cheaper. */
static bool cheaper(const struct cost *a, const struct cost *b) {
  if (!money_known(a->expected))
    return false;
  return !money_known(b->expected) || a->expected < b->expected;
}

struct usage_estimate route_usage_of(const struct route_expected *expected,
                                     const struct catalog_model *model) {
  struct usage_estimate usage = expected->usage;
  usage.input = tokens_of_counts(&expected->counts, model->tokenizer, model->images);
  if (expected->corrections)
    correction_apply(&expected->corrections[model - expected->models], &usage);
  return usage;
}

/* False with why set when the model does not fit; cost is its estimate otherwise. */
static bool model_cost(const struct catalog_model *model, const struct route_request *request,
                       const struct route_expected *expected, struct cost *cost, enum fit *why) {
  struct usage_estimate usage = route_usage_of(expected, model);
  *why = fit_model(model, request, usage.input);
  if (*why == FIT_OK)
    *cost = cost_estimate(model, &usage);
  return *why == FIT_OK;
}

/* The tier's default model when it fits, else the cheapest of the tier that does. */
static void choose_model(const struct router *router, const struct route_request *request,
                         const struct route_expected *expected, uint32_t tier,
                         struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  struct route_alternative *option = &decision->alternatives[tier];
  uint32_t preferred = catalog->tiers[tier].default_model;
  enum fit why, other;
  option->model = (int)preferred;
  if (model_cost(&catalog->models[preferred], request, expected, &option->cost, &why))
    return;
  option->model = -1;
  for (size_t i = 0; i < catalog->models_count; i++) {
    struct cost cost;
    if (catalog->models[i].tier != tier ||
        !model_cost(&catalog->models[i], request, expected, &cost, &other))
      continue;
    if (option->model < 0 || cheaper(&cost, &option->cost)) {
      option->model = (int)i;
      option->cost = cost;
    }
  }
  if (why != FIT_NOT_CANDIDATE)
    route_add_reason(decision, "passed_over", 0, "%s %s", catalog->models[preferred].name,
                     fit_text(why));
}

/* What each tier would cost as a share of the top one's, by the catalogue where it
 * knows both prices. A tier whose price is unknown counts as dearer than any other, so
 * that it is never taken as the cheaper one. */
static void set_cost_shares(const struct router *router, struct route_decision *decision) {
  double *shares = decision->shares;
  size_t count = router->catalog->tiers_count;
  bool priced = money_known(decision->baseline.expected) && decision->baseline.expected > 0;
  for (size_t tier = 0; tier < count; tier++) {
    const struct route_alternative *option = &decision->alternatives[tier];
    shares[tier] = model_cost_share(router->model, tier);
    if (priced && option->model >= 0 && money_known(option->cost.expected))
      shares[tier] = (double)option->cost.expected / (double)decision->baseline.expected;
    else if (option->model >= 0 && !money_known(option->cost.expected) && tier + 1 < count)
      shares[tier] = UNPRICED_SHARE;
  }
}

/* The top tier's default model, whether or not the request may go there; nearly always it
 * may, and then the tier has just been priced by it. */
static void price_baseline(const struct catalog *catalog, const struct route_expected *expected,
                           struct route_decision *decision) {
  const size_t top = catalog->tiers_count - 1;
  const struct route_alternative *option = &decision->alternatives[top];
  const uint32_t model = catalog->tiers[top].default_model;
  const struct usage_estimate usage = route_usage_of(expected, &catalog->models[model]);
  decision->baseline_model = model;
  decision->baseline_input_tokens = usage.input;
  decision->baseline =
      option->model == (int)model ? option->cost : cost_estimate(&catalog->models[model], &usage);
}

void route_price_tiers(const struct router *router, const struct route_request *request,
                       struct route_expected *expected, struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  if (decision->degraded)
    tokens_guess_conversation(&request->conversation, &expected->counts);
  else
    tokens_count_conversation(&request->conversation, &expected->counts);
  expected->models = catalog->models;
  expected->corrections = request->corrections;
  expected->usage = (struct usage_estimate){
      .now_s = request->now_s,
      .cached = request->cached_prefix_tokens,
      .output_p50 = (double)decision->prediction.output_tokens_p50,
      .output_p90 = (double)decision->prediction.output_tokens_p90,
      .output_limit = request->max_output_tokens,
      .batch = request->batch,
  };
  for (uint32_t tier = 0; tier < catalog->tiers_count; tier++) {
    choose_model(router, request, expected, tier, decision);
    decision->alternatives[tier].probability = decision->prediction.good[tier];
  }
  price_baseline(catalog, expected, decision);
  set_cost_shares(router, decision);
}
