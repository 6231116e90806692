/* line_learning.c - how likely a decision was, for whoever weighs it by that.
 *
 * Every decision has a propensity, so that a reader need not know which could explore:
 * most have 1. What exploration is stands in daemon/router/explore.h. */
#include "daemon/api/line_learning.h"

void line_learning_write(struct json_out *out, const struct catalog *catalog,
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
