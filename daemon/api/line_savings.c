/* line_savings.c - prices the request that was decided in four plainer ways.
 *
 * The router has priced the call as it will be made. For the log it is priced again
 * without this and that, by the same function (cost.h), so that a report can say what
 * each measure brought. Prices change, hence this is done now and not when the log is
 * read. Pure arithmetic, and no more than four estimates of it. */
#include "daemon/api/line_savings.h"

#include "daemon/api/decision_parts.h"

static uint64_t larger(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

/* The usage as routed, but with nothing that saves. */
static struct usage_estimate plain_usage(const struct route_request *request,
                                         const struct route_decision *decision, uint32_t model,
                                         uint64_t input) {
  struct usage_estimate usage = {
      .now_s = request->now_s,
      .input = input,
      .output_p50 = (double)decision->prediction.output_tokens_p50,
      .output_p90 = (double)decision->prediction.output_tokens_p90,
  };
  correction_apply_output(request->corrections ? &request->corrections[model] : NULL, &usage);
  return usage;
}

/* Was the call priced without cache, batch and limit already? Most are. */
static bool is_plain(const struct route_request *request, const struct route_decision *decision) {
  const struct cost *chosen = &decision->alternatives[decision->tier].cost;
  return !request->batch && request->max_output_tokens == 0 && request->cached_prefix_tokens == 0 &&
         chosen->cached == 0 && chosen->cache_written == 0 && decision->baseline.cached == 0 &&
         decision->baseline.cache_written == 0;
}

struct line_savings line_savings_of(const struct router *router,
                                    const struct route_request *request,
                                    const struct route_decision *decision) {
  const struct catalog_model *model = &router->catalog->models[decision->model];
  const struct catalog_model *top = &router->catalog->models[decision->baseline_model];
  const struct cost *chosen = &decision->alternatives[decision->tier].cost;
  struct usage_estimate usage =
      plain_usage(request, decision, decision->baseline_model, decision->baseline_input_tokens);
  struct line_savings savings = {decision->baseline.expected, chosen->expected, chosen->expected,
                                 chosen->expected};
  if (is_plain(request, decision))
    return savings;
  savings.top = cost_estimate(top, &usage).expected;
  usage = plain_usage(request, decision, decision->model, decision->input_tokens);
  savings.model = cost_estimate(model, &usage).expected;
  /* A batch may do without the cache, so the request's own wish counts as well. */
  usage.cached = larger(request->cached_prefix_tokens, chosen->cached);
  usage.cache_write = chosen->cache_written;
  if (model->cache_mode == CACHE_EXPLICIT)
    usage.cache_lifetime_s = request->marks.lifetime_s;
  savings.cached = cost_estimate(model, &usage).expected;
  usage.batch = request->batch;
  savings.batched = cost_estimate(model, &usage).expected;
  return savings;
}

static void write_money(struct json_out *out, const char *name, int64_t nano) {
  json_key(out, name);
  json_money(out, nano);
}

/* The prices of a million tokens that the estimate was made with: a report can then
 * say what a part of the call costs. */
static void write_rates(struct json_out *out, const struct catalog_model *model,
                        const struct route_decision *decision, int64_t now_s) {
  const bool batch = decision->alternatives[decision->tier].cost.batch;
  struct price_set price;
  (void)catalog_prices(model, now_s, decision->input_tokens, &price); /* unknown where none is */
  json_key(out, "rates");
  json_open(out, '{');
  write_money(out, "input", batch ? price.batch_input : price.input);
  write_money(out, "output", batch ? price.batch_output : price.output);
  json_close(out, '}');
}

void line_savings_write(struct json_out *out, const struct router *router,
                        const struct route_request *request,
                        const struct route_decision *decision) {
  const struct cost *cost = &decision->alternatives[decision->tier].cost;
  const struct line_savings savings = line_savings_of(router, request, decision);
  parts_write_breakdown(out, &cost->breakdown);
  write_rates(out, &router->catalog->models[decision->model], decision, request->now_s);
  json_key(out, "plain");
  json_open(out, '{');
  write_money(out, "top", savings.top);
  write_money(out, "model", savings.model);
  write_money(out, "cached", savings.cached);
  write_money(out, "batched", savings.batched);
  json_close(out, '}');
  json_key(out, "batch");
  json_open(out, '{');
  json_key(out, "asked");
  json_bool(out, request->batch);
  write_money(out, "saving", cost->batch_saving);
  json_close(out, '}');
}
