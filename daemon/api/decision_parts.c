/* decision_parts.c - members that the answer and the log's line have in common.
 *
 * Each is written in one place, so that a log can be read against the answers that
 * clients kept. What only one of them has stays in decision_json.c, decision_line.c and
 * line_savings.c. */
#include "daemon/api/decision_parts.h"

void parts_write_probability(struct json_out *out, const struct route_decision *decision,
                             size_t tier) {
  if (decision->degraded)
    json_null(out);
  else
    json_fixed(out, (double)decision->prediction.good[tier], 4);
}

void parts_write_probabilities(struct json_out *out, const struct router *router,
                               const struct route_decision *decision) {
  json_key(out, "probabilities");
  json_open(out, '{');
  for (size_t i = 0; i < router->catalog->tiers_count; i++) {
    json_key_span(out, span_of(router->catalog->tiers[i].name));
    parts_write_probability(out, decision, i);
  }
  json_close(out, '}');
}

void parts_write_range(struct json_out *out, const struct cost *cost) {
  json_key(out, "expected");
  json_money(out, cost->expected);
  json_key(out, "low");
  json_money(out, cost->low);
  json_key(out, "high");
  json_money(out, cost->high);
}

void parts_write_breakdown(struct json_out *out, const struct cost_breakdown *breakdown) {
  json_key(out, "breakdown");
  json_open(out, '{');
  json_key(out, "input");
  json_money(out, breakdown->input);
  json_key(out, "cache_read");
  json_money(out, breakdown->cache_read);
  json_key(out, "cache_write");
  json_money(out, breakdown->cache_write);
  json_key(out, "output");
  json_money(out, breakdown->output);
  json_close(out, '}');
}

void parts_write_tokens(struct json_out *out, const struct route_decision *decision) {
  const struct cost *cost = &decision->alternatives[decision->tier].cost;
  json_key(out, "input_tokens");
  json_unsigned(out, decision->input_tokens);
  json_key(out, "cached_tokens");
  json_unsigned(out, cost->cached);
  json_key(out, "output_tokens");
  json_open(out, '{');
  json_key(out, "p50");
  json_fixed(out, cost->output_p50, 0);
  json_key(out, "p90");
  json_fixed(out, cost->output_p90, 0);
  json_close(out, '}');
}

void parts_write_baseline(struct json_out *out, const struct router *router,
                          const struct route_decision *decision) {
  json_key(out, "baseline");
  json_open(out, '{');
  json_key(out, "model");
  json_text(out, router->catalog->models[decision->baseline_model].name);
  json_key(out, "expected");
  json_money(out, decision->baseline.expected);
  if (!money_known(decision->baseline.expected)) {
    json_key(out, "unknown_reason");
    json_text_or_null(out, decision->baseline.unknown_reason);
  }
  json_close(out, '}');
}
