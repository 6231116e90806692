/* decision_json.c - writes decisions. Money is decimal USD, unknown is null. */
#include "daemon/api/decision_json.h"

#include "daemon/api/decision_parts.h"
#include "daemon/api/json_out.h"

/* What the decision's cost and each alternative's have in common. */
static void write_amounts(struct json_out *out, const struct cost *cost) {
  parts_write_range(out, cost);
  parts_write_breakdown(out, &cost->breakdown);
  json_key(out, "batch_saving");
  json_money(out, cost->batch_saving);
  if (cost->batch_saving_unknown != NULL) {
    json_key(out, "batch_saving_unknown");
    json_text(out, cost->batch_saving_unknown);
  }
  json_key(out, "unknown_reason");
  json_text_or_null(out, cost->unknown_reason);
}

/* Saved against always calling the top tier; unknown when either price is. */
static void write_saving(struct json_out *out, const struct cost *cost,
                         const struct cost *baseline) {
  bool known = money_known(cost->expected) && money_known(baseline->expected);
  json_key(out, "saving");
  if (!known) {
    json_null(out);
  } else if (baseline->expected >= cost->expected) {
    json_money(out, baseline->expected - cost->expected);
  } else {
    json_fixed(out, (double)(baseline->expected - cost->expected) / (double)NANO_PER_USD, 9);
  }
  json_key(out, "saving_ratio");
  if (known && baseline->expected > 0)
    json_fixed(out, 1.0 - (double)cost->expected / (double)baseline->expected, 4);
  else
    json_null(out);
}

/* A catalogue need not date its prices; answers say so as GET /v1/models does. */
static void write_age(struct json_out *out, const struct catalog_model *model, int64_t now_s,
                      bool stale) {
  json_key(out, "price_as_of");
  json_text_or_null(out, model->price_as_of);
  if (span_of(model->price_as_of).len == 0) {
    json_key(out, "price_as_of_unknown");
    json_string(out, catalog_why_unknown(model, "as_of", now_s));
  }
  json_key(out, "price_stale");
  json_bool(out, stale);
}

static void write_cost(struct json_out *out, const struct router *router,
                       const struct route_decision *decision, int64_t now_s) {
  const struct catalog_model *model = &router->catalog->models[decision->model];
  const struct cost *cost = &decision->alternatives[decision->tier].cost;
  json_key(out, "cost");
  json_open(out, '{');
  json_key(out, "currency");
  json_text(out, "USD");
  write_amounts(out, cost);
  parts_write_tokens(out, decision);
  json_key(out, "batch");
  json_bool(out, cost->batch);
  parts_write_baseline(out, router, decision);
  write_saving(out, cost, &decision->baseline);
  write_age(out, model, now_s, decision->price_stale);
  json_close(out, '}');
}

static void write_alternatives(struct json_out *out, const struct router *router,
                               const struct route_decision *decision) {
  json_key(out, "alternatives");
  json_open(out, '[');
  for (size_t i = 0; i < router->catalog->tiers_count; i++) {
    const struct route_alternative *option = &decision->alternatives[i];
    json_open(out, '{');
    json_key(out, "tier");
    json_text(out, router->catalog->tiers[i].name);
    json_key(out, "model");
    if (option->model >= 0)
      json_text(out, router->catalog->models[option->model].name);
    else
      json_null(out);
    json_key(out, "probability");
    parts_write_probability(out, decision, i);
    json_key(out, "cost");
    if (option->model >= 0) {
      json_open(out, '{');
      write_amounts(out, &option->cost);
      json_close(out, '}');
    } else {
      json_null(out);
      json_key(out, "unknown_reason"); /* where there is a cost, it has its own */
      json_text(out, "no model of the tier fits this request");
    }
    json_close(out, '}');
  }
  json_close(out, ']');
}

/* The least probability at which each tier but the top one wins over the dearer ones. */
static void write_thresholds(struct json_out *out, const struct catalog *catalog,
                             const struct route_decision *decision) {
  const size_t count = catalog->tiers_count;
  json_key(out, "thresholds");
  json_open(out, '{');
  for (size_t i = 0; i + 1 < count; i++) {
    json_key_span(out, span_of(catalog->tiers[i].name));
    json_fixed(out, route_needed(decision, decision->prediction.good, decision->shares, count, i),
               4);
  }
  json_close(out, '}');
}

/* With "explain": the weights of the reasons sum to distance, which is margin less
 * needed. */
static void write_explanation(struct json_out *out, const struct catalog *catalog,
                              const struct route_decision *decision) {
  if (!decision->explained)
    return;
  json_key(out, "explanation");
  json_open(out, '{');
  json_key(out, "tier");
  json_text(out, catalog->tiers[decision->explained_tier].name);
  json_key(out, "margin");
  json_fixed(out, (double)decision->margin, 5);
  json_key(out, "needed");
  json_fixed(out, (double)decision->margin_needed, 5);
  json_key(out, "distance");
  json_fixed(out, (double)(decision->margin - decision->margin_needed), 5);
  write_thresholds(out, catalog, decision);
  json_close(out, '}');
}

static void write_reasons(struct json_out *out, const struct route_decision *decision) {
  json_key(out, "reasons");
  json_open(out, '[');
  for (size_t i = 0; i < decision->reasons_count; i++) {
    json_open(out, '{');
    json_key(out, "code");
    json_text(out, decision->reasons[i].code);
    json_key(out, "text");
    json_text(out, decision->reasons[i].text);
    json_key(out, "weight");
    json_fixed(out, (double)decision->reasons[i].weight, 5);
    json_close(out, '}');
  }
  json_close(out, ']');
}

void decision_write(struct buffer *buffer, const struct router *router,
                    const struct route_decision *decision, const char *id, int64_t created_s,
                    struct span request_id) {
  const struct catalog_model *model = &router->catalog->models[decision->model];
  struct json_out out = {.buffer = buffer};
  json_open(&out, '{');
  json_key(&out, "id");
  json_text(&out, id);
  if (request_id.len > 0) {
    json_key(&out, "request_id");
    json_raw(&out, request_id);
  }
  json_key(&out, "object");
  json_text(&out, "route.decision");
  json_key(&out, "created");
  json_integer(&out, created_s);
  json_key(&out, "tier");
  json_text(&out, router->catalog->tiers[decision->tier].name);
  json_key(&out, "model");
  json_text(&out, model->name);
  json_key(&out, "provider");
  json_text(&out, model->provider);
  json_key(&out, "score");
  json_fixed(&out, (double)decision->prediction.score, 4);
  json_key(&out, "confidence");
  parts_write_probability(&out, decision, decision->tier);
  parts_write_probabilities(&out, router, decision);
  json_key(&out, "abstained");
  json_bool(&out, decision->abstained);
  write_cost(&out, router, decision, created_s);
  json_key(&out, "stop_after_tokens");
  if (decision->stop_after_tokens > 0)
    json_unsigned(&out, decision->stop_after_tokens);
  else
    json_null(&out);
  write_alternatives(&out, router, decision);
  write_reasons(&out, decision);
  write_explanation(&out, router->catalog, decision);
  json_key(&out, "model_version");
  json_text(&out, model_version(router->model));
  json_key(&out, "policy_version");
  json_text(&out, router->policy_version);
  json_close(&out, '}');
}

void decision_headers(struct api_response *response, const struct router *router,
                      const struct route_decision *decision, const char *id) {
  char cost[MONEY_TEXT_MAX];
  int64_t expected = decision->alternatives[decision->tier].cost.expected;
  api_add_header(response, "x-tierd-model", span_of(router->catalog->models[decision->model].name));
  api_add_header(response, "x-tierd-tier", span_of(router->catalog->tiers[decision->tier].name));
  if (money_known(expected))
    api_add_header(response, "x-tierd-cost-usd", span_make(cost, money_print(expected, cost)));
  else
    api_add_header(response, "x-tierd-cost-usd", span_of("unknown"));
  api_add_header(response, "x-tierd-id", span_of(id));
}
