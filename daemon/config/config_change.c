/* config_change.c - copies and compares configs, setting by setting.
 *
 * Walks the option table like config.c. What may change at run time is listed here
 * by key; a setting that is not listed is taken to need a restart, so that a new one
 * is never half applied because somebody forgot it. Reading a fresh config and
 * putting it to use is left to daemon/ops. */
#include "daemon/config/config_change.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/config/options.h"

/* Read anew for each request or each piece of one. */
static const char *const changeable[] = {"model",
                                         "catalog",
                                         "log-prompts",
                                         "quality",
                                         "max-risk",
                                         "stale-days",
                                         "url-bytes-max",
                                         "header-bytes-max",
                                         "headers-max",
                                         "body-bytes-max",
                                         "batch-lines-max",
                                         "json-depth-max",
                                         "json-nodes-max",
                                         "header-timeout",
                                         "body-timeout",
                                         "requests-in-flight-max",
                                         "idle-timeout",
                                         "write-timeout",
                                         "drain-timeout",
                                         "explore",
                                         "tier-share-max",
                                         "drift-warn",
                                         "drain-delay",
                                         "good-enough-min",
                                         "decision-deadline-us",
                                         "promote-min-decisions",
                                         "promote-min-judged",
                                         "promote-margin",
                                         "promote-unstable-margin",
                                         "promote-deadline-hours"};

static bool may_change(const struct option *option) {
  for (size_t i = 0; i < sizeof changeable / sizeof changeable[0]; i++)
    if (strcmp(option->key, changeable[i]) == 0)
      return true;
  return false;
}

/* Of a field that is no string; options.c checks types against fields. */
static size_t size_of(const struct option *option) {
  if (option->type == OPTION_BOOL)
    return sizeof(bool);
  return option->type == OPTION_RATIO ? sizeof(double) : sizeof(uint32_t);
}

static char **string_at(const struct config *config, const struct option *option) {
  return (char **)((const char *)config + option->offset);
}

static void copy_number(struct config *to, const struct config *from, const struct option *option) {
  memcpy((char *)to + option->offset, (const char *)from + option->offset, size_of(option));
}

static bool differs(const struct config *a, const struct config *b, const struct option *option) {
  if (option->type == OPTION_STRING)
    return strcmp(*string_at(a, option), *string_at(b, option)) != 0;
  return memcmp((const char *)a + option->offset, (const char *)b + option->offset,
                size_of(option)) != 0;
}

/* The old string goes only when the new one is there. */
static bool copy_value(struct config *to, const struct config *from, const struct option *option) {
  if (option->type != OPTION_STRING) {
    copy_number(to, from, option);
    return true;
  }
  char *copy = strdup(*string_at(from, option));
  if (copy == NULL)
    return false;
  free(*string_at(to, option));
  *string_at(to, option) = copy;
  return true;
}

bool config_copy(struct config *to, const struct config *from) {
  size_t count;
  const struct option *table = options_table(&count);
  *to = (struct config){0};
  for (size_t i = 0; i < count; i++) {
    if (option_is_setting(&table[i]) && !copy_value(to, from, &table[i])) {
      config_deinit(to);
      return false;
    }
  }
  return true;
}

bool config_keep_fixed(struct config *fresh, const struct config *running,
                       struct config_kept *kept) {
  size_t count;
  const struct option *table = options_table(&count);
  kept->count = 0;
  for (size_t i = 0; i < count; i++) {
    if (!option_is_setting(&table[i]) || may_change(&table[i]) ||
        !differs(fresh, running, &table[i]))
      continue;
    if (!copy_value(fresh, running, &table[i]))
      return false;
    if (kept->count < CONFIG_KEPT_MAX)
      kept->keys[kept->count++] = table[i].key;
  }
  return true;
}

void config_copy_numbers(struct config *to, const struct config *from) {
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++)
    if (option_is_setting(&table[i]) && table[i].type != OPTION_STRING)
      copy_number(to, from, &table[i]);
}
