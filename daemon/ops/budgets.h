/* budgets.h - what has been spent against each budget in its period.
 *
 *   struct budgets *budgets;
 *   if (!budgets_open(&budgets, text, state_dir, why, sizeof why)) ...
 *   budgets_check(budgets, labels, count, now_s, tiers, &limit);      // before deciding
 *   budgets_charge(budgets, labels, count, now_s, nano, &charge);     // after it
 *   budgets_correct(budgets, &charge, difference);                    // when the bill is known
 *
 * The last three may be called by any thread at any time and take no lock, but for the
 * first charge of a period. Amounts are nano-USD; periods are UTC's. */
#ifndef TIERD_OPS_BUDGETS_H
#define TIERD_OPS_BUDGETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/router/budget.h"

#define BUDGETS_FILE "budgets"

enum {
  BUDGETS_VALUES_MAX = 1024, /* of a rule for "*", in one period; others share one account */
  BUDGET_RULE_BYTES_MAX = 384
};

struct budgets; /* opaque */

struct budget_label {
  struct span key, value;
};

/* Which accounts a decision was charged to. */
struct budget_charge {
  int32_t day, month; /* since 1970 */
  uint32_t count;
  struct {
    uint16_t rule, slot;
  } accounts[BUDGET_MATCHES_MAX];
};

/* Reads the rules, which must be valid, and what state_dir knows to have been spent, and
 * makes sure that no other process writes there. On success *out is the caller's. False
 * with why filled. */
bool budgets_open(struct budgets **out, const char *rules, const char *state_dir, char *why,
                  size_t why_size);

/* Does not write. budgets may be NULL. */
void budgets_close(struct budgets *budgets);

/* The limit that takes the most tiers; one of cut 0 when none takes any. Its spans point
 * into the rules and the labels. */
void budgets_check(const struct budgets *budgets, const struct budget_label *labels, size_t count,
                   int64_t now_s, size_t tiers_count, struct budget_limit *out);

/* Adds an amount, at least 0, to every budget that holds, and says to which. */
void budgets_charge(struct budgets *budgets, const struct budget_label *labels, size_t count,
                    int64_t now_s, int64_t nano, struct budget_charge *out);

/* Adds a difference, of either sign, to accounts charged before; those of a period whose
 * account is gone are left alone. */
void budgets_correct(struct budgets *budgets, const struct budget_charge *charge,
                     int64_t difference_nano);

/* One rule as it stands. */
struct budget_reading {
  char rule[BUDGET_RULE_BYTES_MAX]; /* as it was written, cut */
  int64_t amount_nano;
  int64_t spent_nano; /* in the period that is now, by the value that has spent most */
  uint64_t accounts;  /* values that were charged in it; at most one where the rule names it */
};

/* Fills out, which has room for BUDGET_RULES_MAX, and gives their number. Takes no lock;
 * budgets may be NULL. */
size_t budgets_read(const struct budgets *budgets, int64_t now_s, struct budget_reading *out);

/* For state_saver.h; owner is the budgets. */
bool budgets_take_change(void *owner);
void budgets_print(void *owner, FILE *out);

#endif
