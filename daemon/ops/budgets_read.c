/* budgets_read.c - what the accounts hold now, a line a rule, for /metrics.
 *
 * A rule for "*" has an account a value. Values are clients' and stay unnamed: of such a
 * rule the account that has spent most is told, which is the one that is held back first. */
#include <stdio.h>

#include "daemon/ops/budgets_internal.h"

/* Of the accounts of one table the greatest, and how many there are. The shared one, behind
 * the others, counts as one where it has been charged. */
static void read_table(const struct table *table, size_t slots_count,
                       struct budget_reading *reading) {
  for (size_t i = 0; i <= slots_count; i++) {
    const int64_t spent = atomic_load_explicit(&table->slots[i].spent, memory_order_relaxed);
    const uint64_t key = atomic_load_explicit(&table->slots[i].key, memory_order_relaxed);
    if (key == KEY_FREE || (key == KEY_SHARED && spent == 0))
      continue;
    reading->accounts++;
    if (spent > reading->spent_nano)
      reading->spent_nano = spent;
  }
}

size_t budgets_read(const struct budgets *budgets, int64_t now_s, struct budget_reading *out) {
  if (budgets == NULL)
    return 0;
  for (size_t i = 0; i < budgets->rules.count; i++) {
    const struct budget_rule *rule = &budgets->rules.list[i];
    const int64_t period = budget_period_number(rule->period, now_s);
    const struct table *table = budgets_table(budgets, i, period);
    out[i] = (struct budget_reading){.amount_nano = rule->amount_nano};
    snprintf(out[i].rule, sizeof out[i].rule, "%.*s", (int)rule->text.len, rule->text.ptr);
    if (atomic_load(&table->period) == period) /* else nobody has spent anything yet */
      read_table(table, budgets->states[i].slots_count, &out[i]);
  }
  return budgets->rules.count;
}
