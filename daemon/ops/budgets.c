/* budgets.c - accounts in tables, one table a rule and period.
 *
 * A rule has two tables, for the periods of even and of odd number. Whoever first
 * charges in a new period empties the table of the one before last, under the mutex;
 * all else is atomic operations on slots. So a new period begins at 0 without anybody
 * having to watch the clock, and a bill that comes after midnight still finds the
 * account of the day before.
 *
 * A rule for "*" has a slot for each value, found by its hash; a client that makes up
 * values fills the slots and no more: what finds none is charged to one account that
 * all such values share, so that no budget is escaped by that either.
 *
 * How amounts come to the disk and back is the business of budgets_file.c. */
#include "daemon/ops/budgets.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/ops/budgets_internal.h"

/* FNV-1a. Values come from clients that could as well name another's value, so that
 * nothing is gained by finding two of one hash. */
static uint64_t key_of(struct span value) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < value.len; i++)
    hash = (hash ^ (unsigned char)value.ptr[i]) * UINT64_C(1099511628211);
  return hash > KEY_SHARED ? hash : hash + KEY_SHARED + 1;
}

struct table *budgets_table(const struct budgets *budgets, size_t rule, int64_t period) {
  return &budgets->states[rule].tables[period % TABLES];
}

void budgets_empty_table(struct budgets *budgets, size_t rule, struct table *table,
                         int64_t period) {
  pthread_mutex_lock(&budgets->turn);
  /* Of several that come here at midnight one does it. */
  if (atomic_load(&table->period) != period) {
    for (size_t i = 0; i <= budgets->states[rule].slots_count; i++) {
      atomic_store(&table->slots[i].key, KEY_FREE);
      atomic_store(&table->slots[i].spent, 0);
    }
    atomic_store(&table->slots[budgets->states[rule].slots_count].key, KEY_SHARED);
    atomic_store(&table->values, 0);
    atomic_store(&table->period, period);
  }
  pthread_mutex_unlock(&budgets->turn);
}

size_t budgets_find_slot(struct table *table, size_t slots_count, uint64_t key, bool make) {
  if (key == KEY_SHARED)
    return slots_count;
  for (size_t step = 0; step < slots_count; step++) {
    const size_t at = (size_t)(key + step) % slots_count;
    uint64_t held = atomic_load_explicit(&table->slots[at].key, memory_order_acquire);
    if (held == KEY_FREE && !make)
      break;
    if (held == KEY_FREE) {
      /* Counted first, so that two that come at once do not both take the last one. */
      if (atomic_fetch_add(&table->values, 1) >= BUDGETS_VALUES_MAX) {
        atomic_fetch_sub(&table->values, 1);
        break;
      }
      if (atomic_compare_exchange_strong(&table->slots[at].key, &held, key))
        return at;
      atomic_fetch_sub(&table->values, 1); /* somebody was quicker; held says who */
    }
    if (held == key)
      return at;
  }
  /* Who was charged to the shared account has to be checked against it, too. */
  return make || atomic_load(&table->values) >= BUDGETS_VALUES_MAX ? slots_count : SIZE_MAX;
}

/* Where the value is named there is one slot, and no need of a hash. */
static uint64_t rule_key(const struct budget_rule *rule, struct span value) {
  return budget_rule_is_any(rule) ? key_of(value) : KEY_SINGLE;
}

static struct span find_label(const struct budget_label *labels, size_t count, struct span key) {
  for (size_t i = 0; i < count; i++)
    if (span_eq(labels[i].key, key))
      return labels[i].value;
  return span_make(NULL, 0);
}

/* The value by which a rule holds for these labels; empty when it does not. */
static struct span value_for(const struct budgets *budgets, size_t rule,
                             const struct budget_label *labels, size_t count) {
  const struct span value = find_label(labels, count, budgets->rules.list[rule].label);
  const bool holds = value.len > 0 && budget_rule_holds(&budgets->rules, rule, value);
  return holds ? value : span_make(NULL, 0);
}

/* Makes nothing: to look at a budget must not use up the room for values. Corrections may
 * have taken more than was charged, which is no credit. */
static int64_t spent_by(const struct budgets *budgets, size_t rule, struct span value,
                        int64_t period) {
  struct table *table = budgets_table(budgets, rule, period);
  if (atomic_load(&table->period) != period)
    return 0;
  const size_t at = budgets_find_slot(table, budgets->states[rule].slots_count,
                                      rule_key(&budgets->rules.list[rule], value), false);
  if (at == SIZE_MAX)
    return 0;
  const int64_t spent = atomic_load_explicit(&table->slots[at].spent, memory_order_relaxed);
  return spent > 0 ? spent : 0;
}

void budgets_check(const struct budgets *budgets, const struct budget_label *labels, size_t count,
                   int64_t now_s, size_t tiers_count, struct budget_limit *out) {
  *out = (struct budget_limit){0};
  for (size_t i = 0; i < budgets->rules.count; i++) {
    const struct budget_rule *rule = &budgets->rules.list[i];
    const struct span value = value_for(budgets, i, labels, count);
    if (value.len == 0)
      continue;
    const int64_t spent = spent_by(budgets, i, value, budget_period_number(rule->period, now_s));
    const uint32_t cut = budget_cut(spent, rule->amount_nano, tiers_count);
    if (cut > out->cut)
      *out = (struct budget_limit){cut, rule->label, value, spent, rule->amount_nano, rule->period};
  }
}

/* The atomic add. Reading first costs little and keeps the sum in its bounds. */
static void add(struct budgets *budgets, struct slot *slot, int64_t nano) {
  if (nano > CHARGE_MAX_NANO)
    nano = CHARGE_MAX_NANO;
  if (nano < -CHARGE_MAX_NANO)
    nano = -CHARGE_MAX_NANO;
  const int64_t spent = atomic_load_explicit(&slot->spent, memory_order_relaxed);
  if ((nano > 0 && spent >= SPENT_MAX_NANO) || (nano < 0 && spent <= -SPENT_MAX_NANO))
    return;
  /* In sequential order: the saver takes the flag and then reads the amounts, so that
   * either it sees this amount or the flag is seen as taken. */
  atomic_fetch_add(&slot->spent, nano);
  /* Looked at first: a line of memory that all threads write would slow all of them. */
  if (!atomic_load(&budgets->changed))
    atomic_store(&budgets->changed, true);
}

void budgets_charge(struct budgets *budgets, const struct budget_label *labels, size_t count,
                    int64_t now_s, int64_t nano, struct budget_charge *out) {
  *out = (struct budget_charge){.day = (int32_t)budget_period_number(BUDGET_DAY, now_s),
                                .month = (int32_t)budget_period_number(BUDGET_MONTH, now_s)};
  for (size_t i = 0; i < budgets->rules.count && out->count < BUDGET_MATCHES_MAX; i++) {
    const struct budget_rule *rule = &budgets->rules.list[i];
    const struct span value = value_for(budgets, i, labels, count);
    if (value.len == 0)
      continue;
    const int64_t period = rule->period == BUDGET_DAY ? out->day : out->month;
    struct table *table = budgets_table(budgets, i, period);
    if (atomic_load(&table->period) != period)
      budgets_empty_table(budgets, i, table, period);
    const size_t at =
        budgets_find_slot(table, budgets->states[i].slots_count, rule_key(rule, value), true);
    add(budgets, &table->slots[at], nano);
    out->accounts[out->count].rule = (uint16_t)i;
    out->accounts[out->count++].slot = (uint16_t)at;
  }
}

void budgets_correct(struct budgets *budgets, const struct budget_charge *charge,
                     int64_t difference_nano) {
  for (uint32_t i = 0; i < charge->count; i++) {
    const size_t rule = charge->accounts[i].rule;
    const int64_t period =
        budgets->rules.list[rule].period == BUDGET_DAY ? charge->day : charge->month;
    struct table *table = budgets_table(budgets, rule, period);
    /* The table may hold a later period by now. */
    if (atomic_load(&table->period) == period)
      add(budgets, &table->slots[charge->accounts[i].slot], difference_nano);
  }
}

/* No period is held until somebody charges in one. */
static bool make_table(struct table *table, size_t slots_count) {
  table->slots = calloc(slots_count + 1, sizeof *table->slots);
  atomic_init(&table->period, -1);
  return table->slots != NULL;
}

static bool make_states(struct budgets *budgets) {
  bool ok = true;
  budgets->states = calloc(budgets->rules.count + 1, sizeof *budgets->states);
  for (size_t i = 0; budgets->states && i < budgets->rules.count; i++) {
    struct account_rule *state = &budgets->states[i];
    state->slots_count = budget_rule_is_any(&budgets->rules.list[i]) ? SLOTS_ANY : 1;
    for (size_t t = 0; t < TABLES; t++)
      ok = make_table(&state->tables[t], state->slots_count) && ok;
  }
  return ok && budgets->states;
}

bool budgets_open(struct budgets **out, const char *rules, const char *state_dir, char *why,
                  size_t why_size) {
  struct budgets *budgets = calloc(1, sizeof *budgets);
  struct budget_error err;
  *out = NULL;
  snprintf(why, why_size, "out of memory");
  if (budgets == NULL)
    return false;
  budgets->lock_fd = -1;
  budgets->text = strdup(rules);
  if (pthread_mutex_init(&budgets->turn, NULL) != 0) {
    free(budgets->text);
    free(budgets);
    return false;
  }
  if (budgets->text && budget_rules_parse(span_of(budgets->text), &budgets->rules, &err) &&
      make_states(budgets) && budgets_restore(budgets, state_dir, why, why_size)) {
    *out = budgets;
    return true;
  }
  budgets_close(budgets);
  return false;
}

void budgets_close(struct budgets *budgets) {
  if (budgets == NULL)
    return;
  for (size_t i = 0; budgets->states && i < budgets->rules.count; i++)
    for (size_t t = 0; t < TABLES; t++)
      free(budgets->states[i].tables[t].slots);
  free(budgets->states);
  if (budgets->lock_fd >= 0)
    close(budgets->lock_fd);
  pthread_mutex_destroy(&budgets->turn);
  free(budgets->text);
  free(budgets);
}
