/* budget.h - budgets by label and period, as rules. Pure: who has spent how much is
 * known by daemon/ops/budgets.h.
 *
 *   struct budget_rules rules;
 *   struct budget_error err;
 *   if (!budget_rules_parse(span_of("team=search:5/day, team=*:20/month"), &rules, &err)) ...
 *   uint32_t cut = budget_cut(spent, rules.list[0].amount, tiers_count); */
#ifndef TIERD_ROUTER_BUDGET_H
#define TIERD_ROUTER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/text/span.h"

enum budget_period { BUDGET_DAY, BUDGET_MONTH };

enum {
  BUDGET_RULES_MAX = 64,
  BUDGET_MATCHES_MAX = 8,      /* pairs of label and period, so rules that one request meets */
  BUDGET_LABEL_BYTES_MAX = 64, /* as the labels of a request have */
  BUDGET_VALUE_BYTES_MAX = 256,
  BUDGET_TEXT_MAX = 128 /* of budget_limit_print() */
};

struct budget_rule {
  struct span label;
  struct span value;   /* "*" holds for each value without a rule of its own */
  struct span text;    /* the rule as it was written */
  int64_t amount_nano; /* USD; 0 leaves the cheapest tier from the start */
  enum budget_period period;
};

struct budget_rules {
  struct budget_rule list[BUDGET_RULES_MAX];
  size_t count;
};

struct budget_error {
  struct span item; /* of the list, what is wrong */
  const char *why;  /* a clause with what was expected; static storage */
};

/* What a budget says about one request: how many tiers it takes from the top. A zeroed
 * one takes none. */
struct budget_limit {
  uint32_t cut;
  struct span label, value;
  int64_t spent_nano, amount_nano;
  enum budget_period period;
};

/* A list of LABEL=VALUE:AMOUNT/day or /month, parted by commas; empty for no rule. The
 * rules' spans point into text. False with err filled. */
bool budget_rules_parse(struct span text, struct budget_rules *out, struct budget_error *err);

/* Is its value "*"? */
bool budget_rule_is_any(const struct budget_rule *rule);

/* Is that rule the one for this value of its label? An exact rule of the same label and
 * period goes before one for "*". */
bool budget_rule_holds(const struct budget_rules *rules, size_t at, struct span value);

/* Days or months since 1970-01, UTC. */
int64_t budget_period_number(enum budget_period period, int64_t now_s);

/* How many of tiers_count tiers are taken from the top, by the rule in README.md. The
 * cheapest is never taken. */
uint32_t budget_cut(int64_t spent_nano, int64_t amount_nano, size_t tiers_count);

/* "team=search has spent 4.2 of 5 USD today (UTC)", long names cut. */
void budget_limit_print(const struct budget_limit *limit, char *out, size_t out_size);

#endif
