/* status_view.c - prints whatever members the daemon tells of itself.
 *
 * The daemon may grow members that this client has not heard of; they are shown
 * under their own names. Only times are rewritten, for seconds are no unit to
 * read an uptime in.
 */
#include "daemon/ctl/status_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"

/* Bounds, for whoever answers may not be tierd. */
enum { STATUS_MEMBERS_MAX = 100, STATUS_NAME_MAX = 40 };

static const struct table_column status_columns[] = {{NULL, TABLE_LEFT, STATUS_NAME_MAX, TERM_BOLD},
                                                     {NULL, TABLE_LEFT, 200, TERM_PLAIN}};

/* False for the ending alone, which would leave no name. */
static bool ends_in(const char *name, const char *end) {
  size_t len = strlen(name), end_len = strlen(end);
  return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* "model_version" reads "model version"; "uptime_s" loses its unit, because its
 * value is written with units. */
static void label_of(const char *name, char label[STATUS_NAME_MAX]) {
  snprintf(label, STATUS_NAME_MAX, "%s", name);
  if (strlen(name) < STATUS_NAME_MAX && ends_in(name, "_s"))
    label[strlen(label) - 2] = '\0';
  for (char *at = label; *at; at++)
    if (*at == '_')
      *at = ' ';
}

/* What has no plain form is shown as the JSON it is. */
static void add_json(struct ctl_table *table, const char *label, const cJSON *member) {
  char *text = cJSON_PrintUnformatted(member);
  ctl_table_add(table, TERM_PLAIN, (const char *const[]){label, text});
  cJSON_free(text);
}

/* By type, since names that are not known yet say nothing. */
static void add_member(struct ctl_table *table, const cJSON *member) {
  char label[STATUS_NAME_MAX], room[AMOUNT_TEXT_MAX];
  label_of(member->string ? member->string : "", label);
  if (cJSON_IsString(member))
    ctl_table_add(table, TERM_PLAIN, (const char *const[]){label, member->valuestring});
  else if (cJSON_IsNumber(member) && ends_in(member->string, "_s"))
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){label, amount_duration(member->valuedouble, room)});
  else if (cJSON_IsBool(member))
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){label, cJSON_IsTrue(member) ? "yes" : "no"});
  else if (cJSON_IsNull(member))
    ctl_table_add(table, TERM_PLAIN, (const char *const[]){label, "unknown"});
  else
    add_json(table, label, member);
}

/* Every member but those named skip, which have been told already. */
static void add_members(struct ctl_table *table, const cJSON *object, const char *skip) {
  size_t rows = 0;
  if (!cJSON_IsObject(object))
    return;
  for (const cJSON *at = object->child; at && rows < STATUS_MEMBERS_MAX; at = at->next, rows++)
    if (at->string && strcmp(at->string, skip) != 0)
      add_member(table, at);
}

/* Readiness first: it is what was asked. */
bool status_view_print(const cJSON *ready, const cJSON *version, bool is_ready,
                       const struct term *term) {
  struct ctl_table *table = ctl_table_create(status_columns, 2);
  ctl_table_add(table, is_ready ? TERM_GOOD : TERM_BAD,
                (const char *const[]){"status", is_ready ? "ready" : "not ready"});
  add_members(table, ready, "status");
  add_members(table, version, "");
  bool printed = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return printed;
}
