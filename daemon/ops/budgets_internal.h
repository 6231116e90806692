/* budgets_internal.h - what the accounts (budgets.c) and their file (budgets_file.c)
 * share. */
#ifndef TIERD_OPS_BUDGETS_INTERNAL_H
#define TIERD_OPS_BUDGETS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ops/budgets.h"
#include "daemon/router/money.h"

/* An account takes no more when it holds this, and no more than that at once, so that
 * sums cannot wrap whatever is reported. */
#define SPENT_MAX_NANO (INT64_C(1000000000) * NANO_PER_USD)
#define CHARGE_MAX_NANO (INT64_C(1000000) * NANO_PER_USD)

enum { KEY_FREE = 0, KEY_SINGLE = 1, KEY_SHARED = 2, TABLES = 2 };

/* Twice as many slots as values, so that searching ends soon. */
enum { SLOTS_ANY = 2 * BUDGETS_VALUES_MAX };

struct slot {
  _Atomic uint64_t key;
  _Atomic int64_t spent;
};

struct table {
  _Atomic int64_t period; /* number of the one that it holds; -1: none yet */
  atomic_uint values;
  struct slot *slots; /* slots_count, and the shared one behind them */
};

struct account_rule {
  size_t slots_count; /* 1 where the rule names its value */
  struct table tables[TABLES];
};

struct budgets {
  char *text; /* that the rules point into */
  struct budget_rules rules;
  struct account_rule *states; /* one a rule */
  pthread_mutex_t turn;        /* of who empties a table */
  atomic_bool changed;
  int lock_fd; /* held as long as this is the only writer */
};

/* The table of a rule that is for that period, whatever it holds now. */
struct table *budgets_table(const struct budgets *budgets, size_t rule, int64_t period);

/* Makes a table hold that period, from 0, unless it does. Takes the mutex. */
void budgets_empty_table(struct budgets *budgets, size_t rule, struct table *table, int64_t period);

/* The slot of a key, made where there is none and make is set: then at least the shared
 * one is found. SIZE_MAX otherwise. */
size_t budgets_find_slot(struct table *table, size_t slots_count, uint64_t key, bool make);

/* Takes the directory's lock and what its file says. False with why filled. */
bool budgets_restore(struct budgets *budgets, const char *directory, char *why, size_t why_size);

#endif
