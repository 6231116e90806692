/* route.c - from a request to a decision.
 *
 *   features → probabilities; the wished quality → lambda
 *   per tier: the best model that fits, and what it would cost (route_models.c)
 *   the tier in range that is worth its cost and risky by no more than max_risk
 *   (route_tiers.c)
 *   in a conversation, costs by what is in the caches; a dearer tier that served the last
 *   call, where leaving it would not pay (route_session.c)
 *   now and then the other tier, where the choice is close (route_explore.c)
 *   the cost cap (route_tiers.c)
 *
 * Every step that bends the choice leaves a reason (route_explain.c). Token counts,
 * prices and fitness are pure functions beside this file. */
#include "daemon/router/route.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/features/features.h"
#include "daemon/router/route_internal.h"

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
  char text[256];
  const char *version = router->catalog->version ? router->catalog->version : "";
  int len =
      snprintf(text, sizeof text, "%.17g %.17g %s", router->quality, router->max_risk, version);
  /* Without these the version stays what it was before there were any. */
  if (router->explore > 0 && len > 0 && (size_t)len < sizeof text)
    len += snprintf(text + len, sizeof text - (size_t)len, " explore %.17g", router->explore);
  if (router->good_enough_min > 0 && len > 0 && (size_t)len < sizeof text)
    len += snprintf(text + len, sizeof text - (size_t)len, " good %.17g", router->good_enough_min);
  if (router->share_cap.on && len > 0 && (size_t)len < sizeof text)
    snprintf(text + len, sizeof text - (size_t)len, " share %u %.17g",
             (unsigned)router->share_cap.tier, router->share_cap.share);
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

static enum route_status tier_range(const struct catalog *catalog,
                                    const struct route_request *request, struct route_range *range,
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
  *range = (struct route_range){(uint32_t)low, (uint32_t)high};
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

/* Only names of the catalogue pass: a request that means a model or tier which is not
 * there must not be answered with another one. */
static enum route_status check_request(const struct catalog *catalog,
                                       const struct route_request *request,
                                       struct route_range *range, struct route_error *err) {
  enum route_status status = tier_range(catalog, request, range, err);
  if (status == ROUTE_OK)
    status = check_names(catalog, request->candidates, request->candidates_count,
                         "routing/candidates", err);
  if (status == ROUTE_OK)
    status = check_names(catalog, request->exclude, request->exclude_count, "routing/exclude", err);
  return status;
}

/* Of a request that is late: that nothing is known. */
static void predict_nothing(const struct router *router, struct prediction *out) {
  *out = (struct prediction){.tiers_count = router->catalog->tiers_count,
                             .score = NAN,
                             .abstain = true,
                             .output_tokens_p50 = NAN,
                             .output_tokens_p90 = NAN};
  out->good[out->tiers_count - 1] = 1.0f;
}

/* What the model makes of the request; the reasons begin anew. */
static void predict(const struct router *router, const struct route_request *request,
                    struct route_scratch *scratch, struct route_decision *out) {
  out->degraded = request->late;
  if (out->degraded) {
    predict_nothing(router, &out->prediction);
  } else {
    features_extract(&scratch->features, &request->conversation);
    model_predict(router->model, &scratch->features, &out->prediction);
  }
  out->reasons_count = 0;
  out->explained = false;
  out->explored = false;
  out->other_tier = -1;
  out->gain_bin = -1;
  out->capped = false;
  out->propensity = 1;
  out->abstained = out->prediction.abstain;
  out->quality = isnan(request->quality) ? router->quality : request->quality;
  out->live_lambda = request->has_lambda && isnan(request->quality);
  out->lambda = out->live_lambda ? request->lambda : model_lambda(router->model, out->quality);
  out->by_threshold = request->by_threshold;
  out->strong_from = request->strong_from;
}

bool router_price_stale(const struct router *router, const struct catalog_model *model,
                        int64_t today) {
  return model->price_as_of_days < 0 ||
         today - model->price_as_of_days > (int64_t)router->stale_days;
}

/* Of the chosen model, for the answer and for who learns from its usage later. */
static void note_model(const struct router *router, const struct route_request *request,
                       const struct route_expected *expected, struct route_decision *decision) {
  const struct catalog_model *model = &router->catalog->models[decision->model];
  const struct usage_estimate usage = route_usage_of(expected, model);
  decision->input_tokens = usage.input;
  decision->input_tokens_plain =
      tokens_of_counts(&expected->counts, model->tokenizer, model->images);
  decision->stop_after_tokens = correction_stop_after(&usage, model->output_max);
  decision->price_stale = router_price_stale(router, model, request->now_s / 86400);
}

enum route_status route_decide(const struct router *router, const struct route_request *request,
                               struct route_scratch *scratch, struct route_decision *out,
                               struct route_error *err) {
  const double risk = isnan(request->max_risk) ? router->max_risk : request->max_risk;
  struct route_range range = {0, 0};
  struct route_expected expected;
  struct route_choice choice;
  enum route_status status = check_request(router->catalog, request, &range, err);
  if (status != ROUTE_OK)
    return status;
  predict(router, request, scratch, out);
  route_price_tiers(router, request, &expected, out);
  range = route_apply_budget(router, request, out, range);
  route_gather_choice(router, out, range, risk, &choice);
  const int tier = route_choose_tier(router, request, out, &choice);
  if (tier < 0)
    return refuse(err, ROUTE_NO_MODEL_FITS, "routing", "no model fits: %s",
                  out->reasons_count ? out->reasons[0].text
                                     : "candidates, exclude and the tier range leave none");
  const uint32_t kept = out->degraded ? (uint32_t)tier
                                      : route_choose_in_session(router, request, &expected, &choice,
                                                                out, (uint32_t)tier);
  const uint32_t taken =
      kept == (uint32_t)tier ? route_explore(router, request, &choice, out, kept) : kept;
  out->tier = route_apply_cost_cap(router, request, out, taken, range.low);
  out->model = (uint32_t)out->alternatives[out->tier].model;
  note_model(router, request, &expected, out);
  /* What a tier's probability says is not why it was stayed with, explored or left at. */
  if ((taken == (uint32_t)tier && !out->capped) || out->tier != taken)
    route_explain_choice(router, range, risk, out);
  route_explain_images(router, &expected, out);
  if (request->explain && !out->degraded)
    route_explain_features(router, scratch, out);
  return ROUTE_OK;
}
