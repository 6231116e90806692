/* change_json.c - changed figures as JSON and as rows of a table.
 *
 * Import and diff report the same thing, so both take it from here.
 */
#include "daemon/ctl/catalog/change_json.h"

#include <math.h>
#include <stdio.h>

#include "daemon/ctl/catalog/json_write.h"

const struct table_column change_columns[CHANGE_COLUMNS] = {
    {"model", TABLE_LEFT, 60, TERM_PLAIN},  {"figure", TABLE_LEFT, 60, TERM_PLAIN},
    {"from", TABLE_DECIMAL, 0, TERM_PLAIN}, {"to", TABLE_DECIMAL, 0, TERM_PLAIN},
    {"change", TABLE_RIGHT, 0, TERM_PLAIN},
};

/* Exact decimals, not doubles. */
static cJSON *value_json(const struct figure_change *change, int64_t value) {
  char text[FIGURE_TEXT_MAX];
  figures_print(change->unit, value, text);
  return cJSON_CreateRaw(text);
}

/* Two decimals: more would pretend that anybody compares prices so finely. */
static cJSON *percent_json(const struct figure_change *change) {
  const double percent = figures_percent(change);
  char text[64];
  snprintf(text, sizeof text, "%.2f", percent);
  return isnan(percent) ? cJSON_CreateNull() : cJSON_CreateRaw(text);
}

/* An item that could not be made whole takes the array with it, so that a program never
 * reads a part for the whole. */
cJSON *change_json(const struct figure_changes *changes) {
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; array != NULL && i < changes->count; i++) {
    const struct figure_change *change = &changes->items[i];
    cJSON *item = cJSON_CreateObject();
    if (item != NULL && json_put(item, "figure", cJSON_CreateString(change->name)) &&
        json_put(item, "from", value_json(change, change->from)) &&
        json_put(item, "to", value_json(change, change->to)) &&
        json_put(item, "percent", percent_json(change)) && cJSON_AddItemToArray(array, item))
      continue;
    cJSON_Delete(item);
    cJSON_Delete(array);
    array = NULL;
  }
  return array;
}

/* "unknown" for people; "null" is for programs. */
static const char *shown(enum figure_unit unit, int64_t value, char text[FIGURE_TEXT_MAX]) {
  if (!money_known(value))
    return "unknown";
  figures_print(unit, value, text);
  return text;
}

void change_rows(struct ctl_table *table, const char *model, const struct figure_changes *changes) {
  for (size_t i = 0; i < changes->count; i++) {
    const struct figure_change *change = &changes->items[i];
    const double percent = figures_percent(change);
    char from[FIGURE_TEXT_MAX], to[FIGURE_TEXT_MAX], by[64] = "";
    if (!isnan(percent))
      snprintf(by, sizeof by, fabs(percent) < 1e6 ? "%+.1f %%" : "%+.3g %%", percent);
    /* The name stands once, at the first of its figures. */
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){i == 0 ? model : "", change->name,
                                        shown(change->unit, change->from, from),
                                        shown(change->unit, change->to, to), by});
  }
}
