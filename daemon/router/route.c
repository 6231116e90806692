/* route.c - from a request to a decision.
 *
 *   features → probabilities → threshold for the wished quality
 *   per tier: the best model that fits, and what it would cost
 *   the cheapest tier in range that reaches the threshold, within the cost cap
 *
 * Every step that bends the choice leaves a reason. Token counts, prices and
 * fitness are pure functions beside this file. */
#include "daemon/router/route.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/features/features.h"
#include "daemon/router/fit.h"
#include "daemon/router/tokens.h"

struct route_scratch {
  struct features features;
};

struct route_scratch *route_scratch_create(void) {
  struct route_scratch *scratch = malloc(sizeof *scratch);
  if (scratch)
    features_init(&scratch->features);
  return scratch;
}

void route_scratch_destroy(struct route_scratch *scratch) {
  free(scratch);
}

const struct features *route_scratch_features(const struct route_scratch *scratch) {
  return &scratch->features;
}

/* FNV-1a over everything that bends a decision besides the model. */
static void set_policy_version(struct router *router) {
  uint64_t hash = UINT64_C(14695981039346656037);
  char text[128];
  snprintf(text, sizeof text, "%.17g %.17g %s", router->quality, router->max_risk,
           router->catalog->version ? router->catalog->version : "");
  for (const char *p = text; *p; p++)
    hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  snprintf(router->policy_version, sizeof router->policy_version, "%016llx",
           (unsigned long long)hash);
}

bool router_check(struct router *router, char *why, size_t why_size) {
  size_t count = model_tiers_count(router->model);
  bool same = count == router->catalog->tiers_count;
  for (size_t i = 0; same && i < count; i++)
    same = strcmp(model_tier_name(router->model, i), router->catalog->tiers[i].name) == 0;
  if (!same) {
    snprintf(why, why_size,
             "the model was trained for %zu tiers beginning with \"%s\", the catalogue has %zu "
             "beginning with \"%s\": names and order must be equal; train with --tiers CATALOGUE",
             count, model_tier_name(router->model, 0), router->catalog->tiers_count,
             router->catalog->tiers[0].name);
    return false;
  }
  set_policy_version(router);
  return true;
}

__attribute__((format(printf, 4, 5))) static void add_reason(struct route_decision *decision,
                                                             const char *code, float weight,
                                                             const char *format, ...) {
  if (decision->reasons_count == ROUTE_REASONS_MAX)
    return;
  struct route_reason *reason = &decision->reasons[decision->reasons_count++];
  va_list args;
  va_start(args, format);
  vsnprintf(reason->text, sizeof reason->text, format, args);
  va_end(args);
  reason->code = code;
  reason->weight = weight;
}

__attribute__((format(printf, 4, 5))) static enum route_status refuse(struct route_error *err,
                                                                      enum route_status status,
                                                                      const char *field,
                                                                      const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  err->field = field;
  return status;
}

struct range {
  uint32_t low, high;
};

static enum route_status tier_range(const struct catalog *catalog,
                                    const struct route_request *request, struct range *range,
                                    struct route_error *err) {
  int low = request->min_tier.len ? catalog_find_tier(catalog, request->min_tier) : 0;
  int high = request->max_tier.len ? catalog_find_tier(catalog, request->max_tier)
                                   : (int)catalog->tiers_count - 1;
  if (low < 0)
    return refuse(err, ROUTE_UNKNOWN_TIER, "routing/min_tier", "no tier \"%.*s\" in the catalogue",
                  (int)(request->min_tier.len < 64 ? request->min_tier.len : 64),
                  request->min_tier.ptr);
  if (high < 0)
    return refuse(err, ROUTE_UNKNOWN_TIER, "routing/max_tier", "no tier \"%.*s\" in the catalogue",
                  (int)(request->max_tier.len < 64 ? request->max_tier.len : 64),
                  request->max_tier.ptr);
  if (low > high)
    return refuse(err, ROUTE_EMPTY_RANGE, "routing/min_tier", "min_tier is above max_tier");
  *range = (struct range){(uint32_t)low, (uint32_t)high};
  return ROUTE_OK;
}

static enum route_status check_names(const struct catalog *catalog, const struct span *names,
                                     size_t count, const char *field, struct route_error *err) {
  for (size_t i = 0; i < count; i++)
    if (catalog_find_model(catalog, names[i]) < 0)
      return refuse(err, ROUTE_UNKNOWN_MODEL, field, "no model \"%.*s\" in the catalogue",
                    (int)(names[i].len < 128 ? names[i].len : 128), names[i].ptr);
  return ROUTE_OK;
}

/* Is a cheaper than b? A model without a price is never cheaper. */
static bool cheaper(const struct cost *a, const struct cost *b) {
  if (!money_known(a->expected))
    return false;
  return !money_known(b->expected) || a->expected < b->expected;
}

/* What a call is expected to use: the same for every model but for the input, which
 * each counts with a vocabulary of its own. */
struct expected_usage {
  struct token_counts counts;
  struct usage_estimate usage; /* without the input */
};

static struct usage_estimate usage_of(const struct expected_usage *expected,
                                      const struct catalog_model *model) {
  struct usage_estimate usage = expected->usage;
  usage.input = tokens_of_counts(&expected->counts, model->tokenizer);
  return usage;
}

/* False with why set when the model does not fit; cost is its estimate otherwise. */
static bool model_cost(const struct catalog_model *model, const struct route_request *request,
                       const struct expected_usage *expected, struct cost *cost, enum fit *why) {
  struct usage_estimate usage = usage_of(expected, model);
  *why = fit_model(model, request, usage.input);
  if (*why == FIT_OK)
    *cost = cost_estimate(model, &usage);
  return *why == FIT_OK;
}

/* The tier's default model when it fits, else the cheapest of the tier that does. */
static void choose_model(const struct router *router, const struct route_request *request,
                         const struct expected_usage *expected, uint32_t tier,
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
    add_reason(decision, "passed_over", 0, "%s %s", catalog->models[preferred].name, fit_text(why));
}

/* The cheapest tier of the range that has a model and satisfies; when none does,
 * the highest that has a model. -1 when none has. */
static int choose_tier(const struct router *router, const struct route_decision *decision,
                       struct range range) {
  int best = -1;
  uint32_t floor = range.low;
  if (decision->abstained && router->catalog->safe_tier > floor)
    floor = router->catalog->safe_tier < range.high ? router->catalog->safe_tier : range.high;
  for (uint32_t tier = range.low; tier <= range.high; tier++) {
    const struct route_alternative *option = &decision->alternatives[tier];
    if (option->model < 0)
      continue;
    best = (int)tier;
    if (tier >= floor && (double)option->probability >= decision->threshold)
      break;
    if (tier >= floor && decision->abstained)
      break;
  }
  return best;
}

/* Goes down from tier while the expected cost is above the cap. An unknown cost is
 * above any cap. */
static uint32_t apply_cost_cap(const struct router *router, const struct route_request *request,
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
    add_reason(decision, "cost_cap", 0, "%s would cost more than max_cost_usd allows",
               router->catalog->tiers[tier].name);
  if (!money_known(chosen->cost.expected) || chosen->cost.expected > request->max_cost)
    add_reason(decision, "cost_cap_missed", 0, "no tier is known to stay below max_cost_usd");
  return best;
}

static void explain_choice(const struct router *router, struct route_decision *decision) {
  const char *name = router->catalog->tiers[decision->tier].name;
  double probability = (double)decision->alternatives[decision->tier].probability;
  if (decision->abstained)
    add_reason(decision, "abstained", 0,
               "the prompt is unlike anything learned, so the safe tier is taken");
  else if (probability >= decision->threshold)
    add_reason(decision, "good_enough", 0,
               "%s is the cheapest tier with probability %.2f or more of being good enough (%.2f)",
               name, decision->threshold, probability);
  else
    add_reason(decision, "best_allowed", 0,
               "no allowed tier reaches probability %.2f; %s comes nearest (%.2f)",
               decision->threshold, name, probability);
}

/* The features behind the head that separates the chosen tier from the next, or
 * from the one below when the top was chosen. */
static void explain_features(const struct router *router, const struct route_scratch *scratch,
                             struct route_decision *decision) {
  struct contribution parts[ROUTE_EXPLAINED_MAX];
  float rest;
  size_t head =
      decision->tier + 1 < router->catalog->tiers_count ? decision->tier : decision->tier - 1;
  size_t count =
      model_explain(router->model, &scratch->features, head, parts, ROUTE_EXPLAINED_MAX, &rest);
  for (size_t i = 0; i < count; i++)
    add_reason(decision, model_feature_name(router->model, parts[i].feature), parts[i].weight,
               "%s: speaks %s %s", model_feature_meaning(router->model, parts[i].feature),
               parts[i].weight >= 0 ? "for" : "against", router->catalog->tiers[head].name);
  if (count > 0)
    add_reason(decision, "rest", rest, "all other features and the constant");
}

static void price(const struct router *router, const struct route_request *request,
                  struct expected_usage *expected, struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  tokens_count_conversation(&request->conversation, &expected->counts);
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
  decision->baseline_model = catalog->tiers[catalog->tiers_count - 1].default_model;
  const struct catalog_model *baseline = &catalog->models[decision->baseline_model];
  struct usage_estimate usage = usage_of(expected, baseline);
  decision->baseline = cost_estimate(baseline, &usage);
}

bool router_price_stale(const struct router *router, const struct catalog_model *model,
                        int64_t today) {
  return model->price_as_of_days < 0 ||
         today - model->price_as_of_days > (int64_t)router->stale_days;
}

enum route_status route_decide(const struct router *router, const struct route_request *request,
                               struct route_scratch *scratch, struct route_decision *out,
                               struct route_error *err) {
  const struct catalog *catalog = router->catalog;
  struct range range = {0, 0};
  enum route_status status = tier_range(catalog, request, &range, err);
  if (status == ROUTE_OK)
    status = check_names(catalog, request->candidates, request->candidates_count,
                         "routing/candidates", err);
  if (status == ROUTE_OK)
    status = check_names(catalog, request->exclude, request->exclude_count, "routing/exclude", err);
  if (status != ROUTE_OK)
    return status;
  features_extract(&scratch->features, &request->conversation);
  model_predict(router->model, &scratch->features, &out->prediction);
  out->reasons_count = 0;
  out->abstained = out->prediction.abstain;
  out->quality = isnan(request->quality) ? router->quality : request->quality;
  double risk = isnan(request->max_risk) ? router->max_risk : request->max_risk;
  out->threshold = fmax(model_threshold(router->model, out->quality), 1.0 - risk);
  struct expected_usage expected;
  price(router, request, &expected, out);
  int tier = choose_tier(router, out, range);
  if (tier < 0)
    return refuse(err, ROUTE_NO_MODEL_FITS, "routing", "no model fits: %s",
                  out->reasons_count ? out->reasons[0].text
                                     : "candidates, exclude and the tier range leave none");
  out->tier = apply_cost_cap(router, request, out, (uint32_t)tier, range.low);
  out->model = (uint32_t)out->alternatives[out->tier].model;
  out->input_tokens = tokens_of_counts(&expected.counts, catalog->models[out->model].tokenizer);
  out->price_stale =
      router_price_stale(router, &catalog->models[out->model], request->now_s / 86400);
  explain_choice(router, out);
  if (request->explain)
    explain_features(router, scratch, out);
  return ROUTE_OK;
}
