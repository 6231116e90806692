/* import_report.c - what an import did, for people and for programs.
 *
 * The plan's entries come in. For people, a table of each kind, most important first,
 * and long lists cut: a price list has hundreds of models that nobody asked for. For
 * programs, all of it as JSON.
 */
#include "daemon/ctl/catalog/import_report.h"

#include <stdio.h>

#include "daemon/ctl/catalog/change_json.h"
#include "daemon/ctl/catalog/json_write.h"
#include "daemon/ctl/table.h"

enum { ROWS_MAX = 20 }; /* of what was not taken */

/* Names come from somebody else's list, so every column has a bound. */
static const struct table_column added_columns[] = {
    {"added", TABLE_LEFT, 60, TERM_PLAIN},       {"provider", TABLE_LEFT, 30, TERM_PLAIN},
    {"tier", TABLE_LEFT, 24, TERM_PLAIN},        {"input/1M", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"output/1M", TABLE_DECIMAL, 0, TERM_PLAIN}, {"unknown, because", TABLE_LEFT, 100, TERM_PLAIN}};

static const struct table_column reason_columns[] = {{"model", TABLE_LEFT, 60, TERM_PLAIN},
                                                     {"provider", TABLE_LEFT, 30, TERM_PLAIN},
                                                     {"why", TABLE_LEFT, 120, TERM_PLAIN}};

/* Unknown is a word, never an empty cell that might pass for nothing. */
static const char *price_text(int64_t price, char text[MONEY_TEXT_MAX]) {
  if (!money_known(price))
    return "unknown";
  money_print(price, text);
  return text;
}

/* The old figures beside the new: this is what a person approves or not. */
static bool print_updated(const struct plan *plan, const struct term *term) {
  struct ctl_table *table = ctl_table_create(change_columns, CHANGE_COLUMNS);
  for (size_t i = 0; i < plan->count; i++)
    change_rows(table, plan->entries[i].name, &plan->entries[i].changes);
  /* Once above the table, rather than in each cell. */
  fputs("Updated, USD per million tokens:\n", term->out);
  const bool ok = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return ok;
}

/* With what is unknown about each, since that keeps it from being chosen. */
static bool print_added(const struct plan *plan, const struct term *term) {
  struct ctl_table *table =
      ctl_table_create(added_columns, sizeof added_columns / sizeof added_columns[0]);
  for (size_t i = 0; i < plan->count; i++) {
    const struct plan_entry *entry = &plan->entries[i];
    char input[MONEY_TEXT_MAX], output[MONEY_TEXT_MAX];
    /* Entries are in one list by name. */
    if (entry->action != PLAN_ADDED)
      continue;
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){entry->name, entry->provider, entry->tier,
                                        price_text(entry->model->price.input, input),
                                        price_text(entry->model->price.output, output),
                                        entry->reason});
  }
  const bool ok = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return ok;
}

/* The models of one action that have a reason. */
static bool print_reasons(const struct plan *plan, enum plan_action action, const char *title,
                          const struct term *term) {
  struct ctl_table *table =
      ctl_table_create(reason_columns, sizeof reason_columns / sizeof reason_columns[0]);
  /* Hundreds may be left out; the first ones show what kind they are. */
  size_t more = 0, rows = 0;
  for (size_t i = 0; i < plan->count; i++) {
    const struct plan_entry *entry = &plan->entries[i];
    if (entry->action != action || entry->reason[0] == '\0')
      continue;
    /* Counted all the same, so that the cut is no secret. */
    if (rows++ < ROWS_MAX)
      ctl_table_add(table, TERM_PLAIN,
                    (const char *const[]){entry->name, entry->provider, entry->reason});
    else
      more++;
  }
  bool ok = true;
  if (rows > 0) {
    fprintf(term->out, "%s:\n", title);
    ok = ctl_table_print(table, term);
  }
  /* Where the rest can be seen is said beside the number. */
  if (more > 0)
    fprintf(term->out, "... and %zu more; --json lists all\n", more);
  ctl_table_destroy(table);
  return ok;
}

/* What was changed, what was added, what needs a look, what was not taken; then the sum. */
bool import_report_print(const struct plan *plan, const struct plan_input *input,
                         const struct term *term) {
  /* A table without rows would be a title without a table. */
  bool ok = plan->counts[PLAN_UPDATED] == 0 || print_updated(plan, term);
  ok = ok && (plan->counts[PLAN_ADDED] == 0 || print_added(plan, term));
  ok = ok && print_reasons(plan, PLAN_UPDATED, "Look at these again", term) &&
       print_reasons(plan, PLAN_CONFIRMED, "Look at these again", term) &&
       print_reasons(plan, PLAN_KEPT, "Kept as they were", term) &&
       print_reasons(plan, PLAN_LEFT_OUT, "Left out", term);
  /* The sum always comes, so that an import that did nothing says so. */
  const size_t *counts = plan->counts;
  fprintf(term->out,
          "%s list, prices of %s: %zu added, %zu updated, %zu confirmed, %zu kept, %zu left out; "
          "passed over: %zu that are no chat models, %zu by --provider and --models\n",
          price_list_owner(input->list->format), input->as_of, counts[PLAN_ADDED],
          counts[PLAN_UPDATED], counts[PLAN_CONFIRMED], counts[PLAN_KEPT], counts[PLAN_LEFT_OUT],
          input->list->not_chat, input->list->filtered);
  return ok;
}

/* Absent rather than empty. */
static bool put_text(cJSON *object, const char *key, const char *text) {
  return text[0] == '\0' || json_put(object, key, cJSON_CreateString(text));
}

/* Whole or NULL: half an entry would say that something is absent that is not. */
static cJSON *entry_json(const struct plan_entry *entry) {
  cJSON *item = cJSON_CreateObject();
  if (item != NULL && put_text(item, "model", entry->name) &&
      put_text(item, "action", plan_action_name(entry->action)) &&
      put_text(item, "provider", entry->provider) && put_text(item, "tier", entry->tier) &&
      put_text(item, "reason", entry->reason) &&
      (entry->action != PLAN_UPDATED || json_put(item, "changes", change_json(&entry->changes))))
    return item;
  cJSON_Delete(item);
  return NULL;
}

/* Everything, in one list by name: programs filter for themselves. */
cJSON *import_report_json(const struct plan *plan, const struct plan_input *input) {
  cJSON *root = cJSON_CreateObject();
  cJSON *counts = cJSON_CreateObject();
  cJSON *models = cJSON_CreateArray();
  bool ok = root != NULL && counts != NULL && models != NULL;
  for (int i = 0; ok && i < PLAN_ACTIONS; i++)
    ok = json_put(counts, plan_action_name((enum plan_action)i),
                  cJSON_CreateNumber((double)plan->counts[i]));
  for (size_t i = 0; ok && i < plan->count; i++) {
    /* Those that were left out too, with the reason. */
    cJSON *item = entry_json(&plan->entries[i]);
    ok = item != NULL && cJSON_AddItemToArray(models, item);
  }
  ok = ok &&
       json_put(
           root, "format",
           cJSON_CreateString(input->list->format == LIST_LITELLM ? "litellm" : "models.dev")) &&
       json_put(root, "as_of", cJSON_CreateString(input->as_of)) &&
       json_put(counts, "not_chat", cJSON_CreateNumber((double)input->list->not_chat)) &&
       json_put(counts, "filtered", cJSON_CreateNumber((double)input->list->filtered));
  if (ok) {
    cJSON_AddItemToObject(root, "counts", counts);
    cJSON_AddItemToObject(root, "models", models);
    return root;
  }
  /* Not handed over yet, so each is ours to delete; NULL does no harm. */
  cJSON_Delete(counts);
  cJSON_Delete(models);
  cJSON_Delete(root);
  return NULL;
}
