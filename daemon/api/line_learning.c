/* line_learning.c - how likely a decision was, and whether it speaks against an earlier one.
 *
 * Every decision has a propensity, so that a reader need not know which could explore:
 * most have 1. What exploration is stands in daemon/router/explore.h, what counts as asked
 * again in reask.c. */
#include "daemon/api/line_learning.h"

#include "daemon/api/decision_id.h"

static void write_propensity(struct json_out *out, const struct catalog *catalog,
                             const struct route_decision *decision) {
  /* Nine digits: its inverse is a weight, and the sum of weights must come out right. */
  json_key(out, "propensity");
  json_fixed(out, decision->propensity, 9);
  if (decision->other_tier < 0)
    return;
  json_key(out, "close");
  json_open(out, '{');
  json_key(out, "tier");
  json_text(out, catalog->tiers[decision->other_tier].name);
  json_key(out, "explored");
  json_bool(out, decision->explored);
  json_close(out, '}');
}

/* Where live traffic set lambda, the quality in the line did not. */
static void write_lambda(struct json_out *out, const struct route_decision *decision) {
  if (!decision->live_lambda)
    return;
  json_key(out, "lambda");
  json_fixed(out, decision->lambda, 6);
}

/* Null says that the question is new, which a line without the member does not. */
static void write_reasked(struct json_out *out, const struct routed *routed) {
  char id[DECISION_ID_MAX];
  json_key(out, "reasked");
  if (!routed->reasked) {
    json_null(out);
    return;
  }
  decision_id_print(routed->reask.id_prefix, routed->reask.id_count, id);
  json_open(out, '{');
  json_key(out, "of");
  json_text(out, id);
  json_key(out, "how");
  json_text(out, reask_names[routed->reask.how]);
  json_close(out, '}');
}

void line_learning_write(struct json_out *out, const struct api_worker *worker,
                         const struct routed *routed) {
  write_lambda(out, &routed->decision);
  write_propensity(out, &worker->snapshot->catalog, &routed->decision);
  if (worker->state->reasks)
    write_reasked(out, routed);
}
