/* options.h - the option table, for the files of this folder.
 *
 * options.def turned into an array: config_init(), the flags, the config file,
 * --help and --dump-config all walk this one table.
 */
#ifndef TIERD_CONFIG_OPTIONS_H
#define TIERD_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/text/span.h"
#include "daemon/config/config.h"

enum option_type {
  OPTION_GROUP,   /* no option: a title above those that follow */
  OPTION_COMMAND, /* a flag that is no setting, such as --check */
  OPTION_STRING,  /* char *; the rest of the names say what users may write */
  OPTION_BOOL,    /* bool; true, yes, on, 1 and their opposites */
  OPTION_COUNT,   /* uint32_t; whole number */
  OPTION_RATIO,   /* double */
  OPTION_BYTES,   /* uint32_t; number with optional K, M, G */
  OPTION_TIME,    /* uint32_t milliseconds; number with optional ms, s, m */
  OPTION_MODE     /* uint32_t; octal */
};

struct option {
  enum option_type type;
  const char *key;          /* without dashes; of a group its title */
  size_t offset;            /* of the field in struct config; settings only */
  const char *default_text; /* as a user would write it; settings only */
  double min;               /* in the field's unit, as is max */
  double max;
  const char *unit;          /* "" for none */
  const char *metavar;       /* "" for flags without a value */
  const char *help;          /* a clause */
  char letter;               /* of the one-letter flag; 0 for none */
  enum config_result result; /* what a command makes of the whole run */
};

/* The table, static, groups and commands included. */
const struct option *options_table(size_t *count);

/* The setting or command of that key, or NULL. */
const struct option *options_find(struct span key);

/* The key most like an unknown one, or NULL. Commands are considered when
 * commands is set. */
const char *options_nearest(struct span key, bool commands);

/* The unit of a string that is a list. */
#define OPTION_LIST "list"

bool option_is_list(const struct option *option);

static inline bool option_is_setting(const struct option *option) {
  return option->type > OPTION_COMMAND;
}

/* Parses value into the option's field. where says whose value it is ("--listen",
 * "a.conf:3: listen") and opens the error text. False, when memory is out too,
 * leaves the field as it was. */
bool option_set(struct config *config, const struct option *option, struct span value,
                const char *where, struct config_error *err);

/* Adds value to a list behind a comma; as option_set() else. */
bool option_append(struct config *config, const struct option *option, struct span value,
                   const char *where, struct config_error *err);

/* Writes a number as a user would write it for that type ("4M", "10s", "0660"),
 * such that it reads back as the same number. */
enum { OPTION_NUMBER_TEXT_MAX = 40 };
void option_number_text(enum option_type type, double number, char *out);

/* The setting's value in the config file's syntax, strings quoted. */
void option_print_value(const struct config *config, const struct option *option, FILE *out);

/* Lengths of a setting's string; longer ones are refused. */
enum { OPTION_STRING_BYTES_MAX = 4096 };

#endif
