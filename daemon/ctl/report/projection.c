/* projection.c - one division and a few products.
 *
 * The split is a rule of thumb about applications at large, not a measurement of this
 * one; whoever knows better gives --split. */
#include "daemon/ctl/report/projection.h"

#include <math.h>

#include "daemon/router/money.h"

const char *const projection_names[PROJECTION_PARTS] = {"tokens", "infrastructure", "evaluation",
                                                        "guardrails", "other"};

/* Tokens' published range. */
#define TOKENS_LOW 0.30
#define TOKENS_HIGH 0.40

struct projection_split projection_split_default(void) {
  return (struct projection_split){{0.35, 0.225, 0.175, 0.125, 0.125}};
}

bool projection_split_finish(struct projection_split *split) {
  double rest = 1;
  for (int i = 0; i < PROJECTION_OTHER; i++)
    rest -= split->share[i];
  /* Decimal fractions do not add up to exactly 1 in binary. */
  if (rest < -1e-9 || !(split->share[PROJECTION_TOKENS] > 0))
    return false;
  split->share[PROJECTION_OTHER] = rest > 1e-9 ? rest : 0;
  return true;
}

/* Rounded to the nano-dollar; unknown beyond what money can hold. */
static int64_t times(int64_t nano, double factor) {
  const double product = (double)nano * factor;
  return fabs(product) < (double)MONEY_MAX ? (int64_t)llround(product) : MONEY_UNKNOWN;
}

struct projection projection_of(int64_t tokens_month, const struct projection_split *split) {
  const double tokens = split->share[PROJECTION_TOKENS];
  struct projection out = {.total = MONEY_UNKNOWN, .low = MONEY_UNKNOWN, .high = MONEY_UNKNOWN};
  if (money_known(tokens_month)) {
    out.low = times(tokens_month, 1 / TOKENS_HIGH);
    out.high = times(tokens_month, 1 / TOKENS_LOW);
  }
  for (int i = 0; i < PROJECTION_PARTS; i++)
    out.part[i] =
        money_known(tokens_month) ? times(tokens_month, split->share[i] / tokens) : MONEY_UNKNOWN;
  out.total = out.part[PROJECTION_TOKENS];
  for (int i = PROJECTION_TOKENS + 1; i < PROJECTION_PARTS; i++)
    out.total = money_add(out.total, out.part[i]);
  return out;
}
