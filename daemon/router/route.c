/* route.c - from a request to a decision.
 *
 *   features → probabilities; the wished quality → lambda
 *   per tier: the best model that fits, and what it would cost
 *   the tier in range that is worth its cost (classifier/svm/policy.h) and risky by no
 *   more than max_risk
 *   in a conversation, costs by what is in the caches; a dearer tier that served the last
 *   call, where leaving it would not pay (session.h)
 *   the cost cap
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
#include "classifier/svm/policy.h"
#include "daemon/router/fit.h"
#include "daemon/router/session.h"
#include "daemon/router/tokens.h"

/* More than any share of a top tier's cost that a price can come to. */
#define UNPRICED_SHARE 1e6

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
  const struct catalog_model *models;
  const struct token_correction *corrections; /* of these models, or NULL */
};

static struct usage_estimate usage_of(const struct expected_usage *expected,
                                      const struct catalog_model *model) {
  struct usage_estimate usage = expected->usage;
  usage.input = tokens_of_counts(&expected->counts, model->tokenizer);
  if (expected->corrections)
    correction_apply(&expected->corrections[model - expected->models], &usage);
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

/* The highest tier of the range that has a model, or -1. */
static int highest_tier(const struct route_decision *decision, struct range range) {
  for (uint32_t tier = range.high + 1; tier-- > range.low;)
    if (decision->alternatives[tier].model >= 0)
      return (int)tier;
  return -1;
}

/* Takes from the top of the range what a budget has cut. It goes before min_tier, for a
 * budget that a request can lift is none; only where no model of the tiers left takes
 * the request at all is it served all the same, by the lowest tier that can. */
static struct range apply_budget(const struct router *router, const struct route_request *request,
                                 struct route_decision *decision, struct range range) {
  const uint32_t top = (uint32_t)router->catalog->tiers_count - 1;
  const uint32_t cut = request->budget.cut;
  const uint32_t high = cut < top ? top - cut : 0;
  char text[BUDGET_TEXT_MAX];
  if (cut == 0 || high >= range.high || highest_tier(decision, range) < 0)
    return range;
  struct range left = {range.low < high ? range.low : high, high};
  while (highest_tier(decision, left) < 0)
    left.high++;
  budget_limit_print(&request->budget, text, sizeof text);
  add_reason(decision, "budget", 0, "%s: nothing above %s", text,
             router->catalog->tiers[high].name);
  if (left.high > high)
    add_reason(decision, "budget_missed", 0, "no model of the tiers that the budget leaves fits");
  return left;
}

/* Tiers that may be chosen, cheapest first: they have a model and lie at or above the
 * floor. Those below the highest must keep to the bound on the risk. */
struct choice {
  uint32_t tiers[CATALOG_TIERS_MAX];
  float good[CATALOG_TIERS_MAX];
  double shares[CATALOG_TIERS_MAX];
  size_t count;
};

static void gather_choice(const struct router *router, const struct route_decision *decision,
                          struct range range, double risk, struct choice *choice) {
  uint32_t floor = range.low;
  int found = highest_tier(decision, range);
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

/* -1 when there is no choice. Sets the threshold. */
static int choose_tier(struct route_decision *decision, const struct choice *choice) {
  if (choice->count == 0)
    return -1;
  /* The safe tier is safe, whatever it costs. */
  size_t at = decision->abstained
                  ? 0
                  : policy_tier(choice->good, choice->shares, choice->count, decision->lambda);
  decision->threshold =
      policy_needed(choice->good, choice->shares, choice->count, decision->lambda, at);
  return (int)choice->tiers[at];
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

/* The first tier below the chosen one that had a model: what was not good enough. */
static int passed_tier(const struct route_decision *decision, struct range range) {
  for (uint32_t tier = decision->tier; tier-- > range.low;)
    if (decision->alternatives[tier].model >= 0)
      return (int)tier;
  return -1;
}

static void explain_choice(const struct router *router, struct range range, double risk,
                           struct route_decision *decision) {
  const struct catalog_tier *tiers = router->catalog->tiers;
  const char *name = tiers[decision->tier].name;
  double probability = (double)decision->alternatives[decision->tier].probability;
  int passed = passed_tier(decision, range);
  if (decision->abstained)
    add_reason(decision, "abstained", 0,
               "the prompt is unlike anything learned, so the safe tier is taken");
  else if ((int)decision->tier < highest_tier(decision, range))
    add_reason(decision, "good_enough", 0,
               "%s is good enough with probability %.2f; a dearer tier is not worth its cost from "
               "%.2f on",
               name, probability, decision->threshold);
  else if (passed < 0)
    add_reason(decision, "best_allowed", 0, "no cheaper tier is allowed than %s", name);
  else if (model_risk(router->model, (size_t)passed, decision->alternatives[passed].probability) >
           risk)
    add_reason(decision, "max_risk", 0, "%s would fail more often than max_risk %.3g allows",
               tiers[passed].name, risk);
  else
    add_reason(decision, "worth_it", 0,
               "%s is worth its cost: %s is good enough with probability %.2f only", name,
               tiers[passed].name, (double)decision->alternatives[passed].probability);
}

/* Where a value lies among those of training, in words. */
static const char *position_text(float position) {
  static const char *const words[] = {"far below", "below", "about", "above", "far above"};
  return words[position < -0.75f   ? 0
               : position < -0.25f ? 1
               : position <= 0.25f ? 2
               : position <= 0.75f ? 3
                                   : 4];
}

static void explain_part(const struct router *router, const struct route_scratch *scratch,
                         const struct contribution *part, struct route_decision *decision) {
  const char *name = model_feature_name(router->model, part->feature);
  const char *tier = router->catalog->tiers[decision->explained_tier].name;
  const char *side = part->weight >= 0 ? "for" : "against";
  if (part->feature < FEATURES_COUNT) {
    float position = model_feature_position(router->model, &scratch->features, part->feature);
    add_reason(decision, name, part->weight, "%s, %s the middle: speaks %s %s",
               model_feature_meaning(router->model, part->feature), position_text(position), side,
               tier);
  } else {
    float share;
    const char *kind = model_kind(router->model, &scratch->features, &share);
    add_reason(decision, name, part->weight, "its words are like those of %s (%.2f): speaks %s %s",
               kind, (double)share, side, tier);
  }
}

/* The features behind the machine that separates the chosen tier from the next, or from
 * the one below when the top was chosen. Their weights and the rest's sum to how far
 * its margin lies above what it needed. */
static void explain_features(const struct router *router, const struct route_scratch *scratch,
                             struct route_decision *decision) {
  struct contribution parts[ROUTE_EXPLAINED_MAX];
  size_t tiers = router->catalog->tiers_count;
  uint32_t head = decision->tier + 1 < tiers ? decision->tier : decision->tier - 1;
  float rest;
  double needed =
      policy_needed(decision->prediction.good, decision->shares, tiers, decision->lambda, head);
  decision->explained = true;
  decision->explained_tier = head;
  decision->margin = decision->prediction.margin[head];
  decision->margin_needed = model_margin_at(router->model, head, needed);
  size_t count =
      model_explain(router->model, &scratch->features, head, parts, ROUTE_EXPLAINED_MAX, &rest);
  for (size_t i = 0; i < count; i++)
    explain_part(router, scratch, &parts[i], decision);
  add_reason(decision, "rest", rest - decision->margin_needed,
             "all other features, less what %s needs (probability %.2f)",
             router->catalog->tiers[head].name, needed);
}

static void price(const struct router *router, const struct route_request *request,
                  struct expected_usage *expected, struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
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
  decision->baseline_model = catalog->tiers[catalog->tiers_count - 1].default_model;
  const struct catalog_model *baseline = &catalog->models[decision->baseline_model];
  struct usage_estimate usage = usage_of(expected, baseline);
  decision->baseline_input_tokens = usage.input;
  decision->baseline = cost_estimate(baseline, &usage);
  set_cost_shares(router, decision);
}

/* The model that served the last call takes its tier's place, if it fits, its cache is
 * warm, and telling another one everything anew would not pay. */
static void prefer_last_model(const struct session_view *view, const struct router *router,
                              const struct expected_usage *expected,
                              struct route_decision *decision) {
  const struct catalog_model *model = &router->catalog->models[view->model];
  const struct usage_estimate usage = usage_of(expected, model);
  struct route_alternative *option = &decision->alternatives[model->tier];
  if (option->model == view->model || fit_model(model, view->request, usage.input) != FIT_OK ||
      session_cached(view, model, usage.input) == 0)
    return;
  const struct session_costs stay = session_costs_of(view, model, &usage, true);
  const struct catalog_model *other = &router->catalog->models[option->model];
  const struct usage_estimate other_usage = usage_of(expected, other);
  const struct session_costs move = session_costs_of(view, other, &other_usage, false);
  if (session_stays(&stay, &move, session_turns_ahead(view->last)))
    option->model = view->model;
}

/* Prices each tier by what the conversation has left in caches: warm for the model that
 * served the last call, cold for the others. The baseline is a conversation that has
 * been with the top tier from its beginning. */
static void price_caches(const struct session_view *view, const struct router *router,
                         const struct expected_usage *expected, struct route_decision *decision) {
  const struct catalog *catalog = router->catalog;
  struct usage_estimate usage;
  if (view->last != NULL)
    prefer_last_model(view, router, expected, decision);
  for (uint32_t tier = 0; tier < catalog->tiers_count; tier++) {
    struct route_alternative *option = &decision->alternatives[tier];
    if (option->model < 0)
      continue;
    usage = usage_of(expected, &catalog->models[option->model]);
    option->cost =
        session_cost(view, &catalog->models[option->model], &usage, option->model == view->model);
  }
  const struct catalog_model *baseline = &catalog->models[decision->baseline_model];
  usage = usage_of(expected, baseline);
  decision->baseline = session_cost(view, baseline, &usage, true);
}

/* What the warm cache of the option saves on this call; 0 when that is not known. */
static int64_t cache_worth(const struct session_view *view, const struct router *router,
                           const struct expected_usage *expected,
                           const struct route_alternative *option) {
  const struct catalog_model *model = &router->catalog->models[option->model];
  const struct usage_estimate usage = usage_of(expected, model);
  const struct cost cold = session_cost(view, model, &usage, false);
  if (!money_known(cold.expected) || !money_known(option->cost.expected))
    return 0;
  return cold.expected - option->cost.expected;
}

/* Where the tier that the policy wants is below that of the last call, stays with the
 * latter while moving would not pay over the turns that are expected. Never up: the
 * policy has done that already if quality asks for it. */
static uint32_t keep_tier(const struct session_view *view, const struct router *router,
                          const struct expected_usage *expected, const struct choice *choice,
                          struct route_decision *decision, uint32_t wanted) {
  const struct catalog_model *models = router->catalog->models;
  size_t at = 0;
  if (view->last == NULL || models[view->model].tier <= wanted)
    return wanted;
  const uint32_t tier = models[view->model].tier;
  while (at < choice->count && choice->tiers[at] != tier)
    at++;
  const struct route_alternative *stay = &decision->alternatives[tier];
  const struct route_alternative *move = &decision->alternatives[wanted];
  if (at == choice->count || stay->model != view->model)
    return wanted; /* it is not allowed any more, or does not fit */
  const int64_t worth = cache_worth(view, router, expected, stay);
  const struct usage_estimate usage = usage_of(expected, &models[move->model]);
  const struct session_costs staying = {stay->cost.expected, stay->cost.expected};
  const struct session_costs moving = session_costs_of(view, &models[move->model], &usage, false);
  if (worth <= 0 || !session_stays(&staying, &moving, session_turns_ahead(view->last)))
    return wanted;
  decision->threshold =
      policy_needed(choice->good, choice->shares, choice->count, decision->lambda, at);
  char amount[MONEY_TEXT_MAX];
  money_print(session_round(worth), amount);
  add_reason(decision, "stays", 0, "stays: the cached prefix is worth $%s", amount);
  return tier;
}

/* In a conversation, costs and tier with regard to caches. A client who says how much
 * is cached knows better. */
static uint32_t choose_in_session(const struct router *router, const struct route_request *request,
                                  const struct expected_usage *expected,
                                  const struct choice *choice, struct route_decision *decision,
                                  uint32_t wanted) {
  struct session_view view;
  if (!request->sessions || request->cached_prefix_given)
    return wanted;
  session_view_init(&view, router->catalog, request, &expected->counts);
  if (view.last == NULL && !request->marks.any)
    return wanted; /* nothing was cached, and what will be costs what it did anyway */
  price_caches(&view, router, expected, decision);
  return keep_tier(&view, router, expected, choice, decision, wanted);
}

/* Of the chosen model, for the answer and for who learns from its usage later. */
static void note_tokens(const struct expected_usage *expected, const struct catalog_model *model,
                        struct route_decision *decision) {
  const struct usage_estimate usage = usage_of(expected, model);
  decision->input_tokens = usage.input;
  decision->input_tokens_plain = tokens_of_counts(&expected->counts, model->tokenizer);
  decision->stop_after_tokens = correction_stop_after(&usage, model->output_max);
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
  out->explained = false;
  out->abstained = out->prediction.abstain;
  out->quality = isnan(request->quality) ? router->quality : request->quality;
  double risk = isnan(request->max_risk) ? router->max_risk : request->max_risk;
  out->lambda = model_lambda(router->model, out->quality);
  struct expected_usage expected;
  price(router, request, &expected, out);
  range = apply_budget(router, request, out, range);
  struct choice choice;
  gather_choice(router, out, range, risk, &choice);
  int tier = choose_tier(out, &choice);
  if (tier < 0)
    return refuse(err, ROUTE_NO_MODEL_FITS, "routing", "no model fits: %s",
                  out->reasons_count ? out->reasons[0].text
                                     : "candidates, exclude and the tier range leave none");
  const uint32_t kept = choose_in_session(router, request, &expected, &choice, out, (uint32_t)tier);
  out->tier = apply_cost_cap(router, request, out, kept, range.low);
  out->model = (uint32_t)out->alternatives[out->tier].model;
  note_tokens(&expected, &catalog->models[out->model], out);
  out->price_stale =
      router_price_stale(router, &catalog->models[out->model], request->now_s / 86400);
  /* What a tier's probability says is not why it was stayed with. */
  if (kept == (uint32_t)tier || out->tier != kept)
    explain_choice(router, range, risk, out);
  if (request->explain)
    explain_features(router, scratch, out);
  return ROUTE_OK;
}
