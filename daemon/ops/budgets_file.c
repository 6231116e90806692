/* budgets_file.c - amounts to the disk and back.
 *
 * File, a line each, fields parted by a tab:
 *
 *   tierd-budgets 1
 *   day|month  period's number  slot's key, hex  spent, nano-USD  LABEL=VALUE
 *
 * A rule is known again by label, value and period: its amount may change. Values that
 * a rule for "*" has seen stand there as their hashes alone. When the file is written is
 * the business of state_saver.c. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>

#include "daemon/ops/budgets_internal.h"
#include "daemon/ops/state_file.h"

#define HEADER "tierd-budgets 1"

enum { LINE_FIELDS = 5 };

bool budgets_take_change(void *owner) {
  struct budgets *budgets = owner;
  return atomic_exchange(&budgets->changed, false);
}

static const char *period_name(enum budget_period period) {
  return period == BUDGET_DAY ? "day" : "month";
}

/* A change that comes while this runs is in the file or in the next one. */
static void print_table(const struct budget_rule *rule, const struct account_rule *state,
                        struct table *table, FILE *out) {
  const int64_t period = atomic_load(&table->period);
  for (size_t i = 0; period >= 0 && i <= state->slots_count; i++) {
    const uint64_t key = atomic_load(&table->slots[i].key);
    const int64_t spent = atomic_load(&table->slots[i].spent);
    if (key == KEY_FREE || spent == 0)
      continue;
    fprintf(out, "%s\t%" PRId64 "\t%016" PRIx64 "\t%" PRId64 "\t%.*s=%.*s\n",
            period_name(rule->period), period, key, spent, (int)rule->label.len, rule->label.ptr,
            (int)rule->value.len, rule->value.ptr);
  }
}

void budgets_print(void *owner, FILE *out) {
  struct budgets *budgets = owner;
  fputs(HEADER "\n", out);
  /* No table is emptied under the printer's hands. */
  pthread_mutex_lock(&budgets->turn);
  for (size_t i = 0; i < budgets->rules.count; i++)
    for (size_t t = 0; t < TABLES; t++)
      print_table(&budgets->rules.list[i], &budgets->states[i], &budgets->states[i].tables[t], out);
  pthread_mutex_unlock(&budgets->turn);
}

/* Numbers as budgets_print() writes them, and nothing after them. */
static bool parse_number(struct span text, int base, int64_t *out) {
  char copy[32], *end;
  if (text.len == 0 || text.len >= sizeof copy || text.ptr[0] == ' ' || text.ptr[0] == '+')
    return false;
  memcpy(copy, text.ptr, text.len);
  copy[text.len] = '\0';
  errno = 0;
  /* A key uses all 64 bits. */
  *out = base == 16 ? (int64_t)strtoull(copy, &end, base) : strtoll(copy, &end, base);
  return errno == 0 && *end == '\0';
}

/* The rule of the file's "LABEL=VALUE", or -1 when there is no such any more. */
static int find_rule(const struct budget_rules *rules, struct span period, struct span name) {
  for (size_t i = 0; i < rules->count; i++) {
    const struct budget_rule *rule = &rules->list[i];
    const size_t label = rule->label.len;
    if (span_is(period, period_name(rule->period)) && name.len == label + 1 + rule->value.len &&
        name.ptr[label] == '=' && span_eq(span_make(name.ptr, label), rule->label) &&
        span_eq(span_make(name.ptr + label + 1, rule->value.len), rule->value))
      return (int)i;
  }
  return -1;
}

/* One line without its line feed. False when it is not one of ours. */
static bool take_line(struct budgets *budgets, struct span line) {
  struct span fields[LINE_FIELDS];
  int64_t period, key, spent;
  for (size_t i = 0; i < LINE_FIELDS; i++) {
    const char *tab = line.len > 0 ? memchr(line.ptr, '\t', line.len) : NULL;
    /* The last one has the rest, whatever is in it. */
    const size_t len = tab != NULL && i + 1 < LINE_FIELDS ? (size_t)(tab - line.ptr) : line.len;
    if (tab == NULL && i + 1 < LINE_FIELDS)
      return false;
    fields[i] = span_make(line.ptr, len);
    line = i + 1 < LINE_FIELDS ? span_make(line.ptr + len + 1, line.len - len - 1) : line;
  }
  if (!parse_number(fields[1], 10, &period) || !parse_number(fields[2], 16, &key) ||
      !parse_number(fields[3], 10, &spent) || period < 0 || period > INT32_MAX ||
      spent > 2 * SPENT_MAX_NANO || spent < -2 * SPENT_MAX_NANO || key == KEY_FREE)
    return false;
  const int rule = find_rule(&budgets->rules, fields[0], fields[4]);
  if (rule < 0)
    return true; /* a budget that was taken out of the settings */
  struct table *table = budgets_table(budgets, (size_t)rule, period);
  if (atomic_load(&table->period) < period)
    budgets_empty_table(budgets, (size_t)rule, table, period);
  /* An older period's line in a later one's place: we never write such. */
  if (atomic_load(&table->period) != period)
    return false;
  const size_t at =
      budgets_find_slot(table, budgets->states[rule].slots_count, (uint64_t)key, true);
  atomic_fetch_add(&table->slots[at].spent, spent);
  return true;
}

/* A line that is not understood condemns the file: what it meant may be the amount that
 * closes a budget. */
static bool take_file(struct budgets *budgets, const char *text) {
  const size_t header = strlen(HEADER "\n");
  if (strncmp(text, HEADER "\n", header) != 0)
    return false;
  for (text += header; *text != '\0';) {
    const char *end = strchr(text, '\n');
    if (end == NULL || !take_line(budgets, span_make(text, (size_t)(end - text))))
      return false;
    text = end + 1;
  }
  return true;
}

/* Two that write the same file would each undo what the other has counted. */
static bool lock_directory(struct budgets *budgets, const char *directory, char *why,
                           size_t why_size) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/" BUDGETS_FILE ".lock", directory) >= (int)sizeof path) {
    snprintf(why, why_size, "--state-dir: the path is too long");
    return false;
  }
  budgets->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (budgets->lock_fd >= 0 && flock(budgets->lock_fd, LOCK_EX | LOCK_NB) == 0)
    return true;
  if (errno == EWOULDBLOCK)
    snprintf(why, why_size,
             "%s: another tierd keeps its budgets in this directory; give each a --state-dir of "
             "its own",
             directory);
  else
    snprintf(why, why_size, "cannot open %s: %s", path, strerror(errno));
  return false;
}

bool budgets_restore(struct budgets *budgets, const char *directory, char *why, size_t why_size) {
  char *text = NULL;
  if (!state_directory_make(directory, why, why_size) ||
      !lock_directory(budgets, directory, why, why_size) ||
      !state_file_read(directory, BUDGETS_FILE, &text, why, why_size))
    return false;
  const bool ok = text == NULL || take_file(budgets, text);
  /* Beginning at 0 unasked would hand out money that may be spent already. */
  if (!ok)
    snprintf(why, why_size,
             "%s/" BUDGETS_FILE ": not a file of budgets, or damaged; remove it to count from 0",
             directory);
  free(text);
  atomic_store(&budgets->changed, false);
  return ok;
}
