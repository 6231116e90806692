/* catalog.h - tierctl catalog: import, check and diff. No daemon is asked. */
#ifndef TIERD_CTL_CATALOG_CATALOG_H
#define TIERD_CTL_CATALOG_CATALOG_H

#include <cjson/cJSON.h>

#include "daemon/ctl/catalog/options.h"
#include "daemon/ctl/term.h"

/* As of diff(1). */
enum catalog_exit { CATALOG_SAME = 0, CATALOG_FOUND = 1, CATALOG_TROUBLE = 2 };

/* Where a command writes. */
struct catalog_console {
  struct term out;
  struct term err;
};

/* Runs what argv[0..] asks for, the words after "catalog". json: --json was given
 * before that word. */
enum catalog_exit command_catalog(int argc, char **argv, bool json,
                                  const struct catalog_console *console);

enum catalog_exit catalog_command_import(const struct catalog_options *options,
                                         const struct catalog_console *console);
enum catalog_exit catalog_command_check(const struct catalog_options *options,
                                        const struct catalog_console *console);
enum catalog_exit catalog_command_diff(const struct catalog_options *options,
                                       const struct catalog_console *console);

/* "tierctl: ", why and a line feed on err, cleaned. Returns CATALOG_TROUBLE. */
enum catalog_exit catalog_complain(const struct catalog_console *console, const char *why);

/* A date as the options have it, YYYY-MM-DD, in days since 1970-01-01. False with a
 * complaint that names the option. */
bool catalog_date(const struct catalog_console *console, const char *option, const char *text,
                  int64_t *days);

/* Prints a tree for --json and deletes it; it may be NULL when memory is out. */
enum catalog_exit catalog_print_json(const struct catalog_console *console, const struct term *out,
                                     cJSON *tree, enum catalog_exit result);

#endif
