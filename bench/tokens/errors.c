/* errors.c - gathers errors by group and prints them.
 *
 * The error of a row is relative to its exact count, and every row weighs the same: a
 * router prices single prompts, so a short one counts as much as a long one. */
#include "bench/tokens/errors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const axis_names[] = {[BY_FILE] = "file",
                                         [BY_KIND] = "kind",
                                         [BY_SCRIPT] = "script",
                                         [BY_BOTH] = "both",
                                         [OVER_ALL] = "all"};

/* Names come from the data: what a terminal or a JSON string could stumble over
 * becomes a question mark. */
static void clean_name(char *out, const char *name) {
  size_t len = strlen(name);
  len = len < ERROR_NAME_BYTES ? len : ERROR_NAME_BYTES - 1;
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)name[i];
    out[i] = c < 0x20 || c >= 0x7F || c == '"' || c == '\\' ? '?' : name[i];
  }
  out[len] = '\0';
}

/* NULL when the table is full, which is said at the end. */
static struct error_group *find_group(struct error_table *table, enum error_axis axis,
                                      const char *name) {
  char cleaned[ERROR_NAME_BYTES];
  clean_name(cleaned, name);
  /* From the end: rows of a group mostly follow each other. */
  for (int i = table->count; i-- > 0;)
    if (table->groups[i].axis == axis && strcmp(table->groups[i].name, cleaned) == 0)
      return &table->groups[i];
  if (table->count == ERROR_GROUPS_MAX) {
    table->full = true;
    return NULL;
  }
  struct error_group *group = &table->groups[table->count++];
  *group = (struct error_group){.axis = axis};
  memcpy(group->name, cleaned, sizeof cleaned);
  return group;
}

/* Sums alone, so that any number of rows takes the same memory. */
void errors_add(struct error_table *table, enum error_axis axis, const char *name,
                const struct error_sample *sample) {
  struct error_group *group = find_group(table, axis, name);
  if (!group)
    return;
  double exact = (double)sample->exact;
  double off = ((double)sample->estimated - exact) / exact;
  group->rows++;
  group->exact += sample->exact;
  group->estimated += sample->estimated;
  group->error += fabs(off);
  group->bias += off;
  group->quarter_error += fabs((double)sample->characters / 4 - exact) / exact;
}

/* By axis, then by name. */
static int compare(const void *left, const void *right) {
  const struct error_group *a = left, *b = right;
  if (a->axis != b->axis)
    return a->axis < b->axis ? -1 : 1;
  return strcmp(a->name, b->name);
}

/* The same order whichever way the files came. */
void errors_sort(struct error_table *table) {
  qsort(table->groups, (size_t)table->count, sizeof table->groups[0], compare);
}

/* A group has a row at least. */
static double percent(double sum, const struct error_group *group) {
  return 100 * sum / (double)group->rows;
}

/* Characters / 4 stand beside it: the rule of thumb that the estimate has to beat. */
void errors_print(const struct error_table *table) {
  (void)printf("%-7s %-32s %7s %10s %7s %7s %8s\n", "by", "group", "rows", "tokens", "MAPE %",
               "bias %", "chars/4 %");
  for (int i = 0; i < table->count; i++) {
    const struct error_group *group = &table->groups[i];
    (void)printf("%-7s %-32s %7llu %10llu %7.1f %+7.1f %8.1f\n", axis_names[group->axis],
                 group->name, (unsigned long long)group->rows, (unsigned long long)group->exact,
                 percent(group->error, group), percent(group->bias, group),
                 percent(group->quarter_error, group));
  }
  if (table->full)
    (void)printf("(more than %d groups; the rest is only in \"all\")\n", ERROR_GROUPS_MAX);
}

/* Names were cleaned, so they need no escaping. */
void errors_print_json(const struct error_table *table) {
  (void)printf("{\"groups\":[");
  for (int i = 0; i < table->count; i++) {
    const struct error_group *group = &table->groups[i];
    (void)printf("%s\n{\"by\":\"%s\",\"name\":\"%s\",\"rows\":%llu,\"o200k\":%llu,"
                 "\"estimated\":%llu,\"mape\":%.6f,\"bias\":%.6f,\"mape_chars_4\":%.6f}",
                 i ? "," : "", axis_names[group->axis], group->name,
                 (unsigned long long)group->rows, (unsigned long long)group->exact,
                 (unsigned long long)group->estimated, percent(group->error, group) / 100,
                 percent(group->bias, group) / 100, percent(group->quarter_error, group) / 100);
  }
  (void)printf("\n],\"complete\":%s}\n", table->full ? "false" : "true");
}
