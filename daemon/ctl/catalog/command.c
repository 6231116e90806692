/* command.c - what the three catalogue commands have in common.
 *
 * Words to a command, a command to an exit status; complaints, dates and JSON on their
 * way out. What each command does is in import.c, check.c and diff.c.
 */
#include <stdlib.h>

#include "daemon/config/calendar.h"
#include "daemon/ctl/catalog/catalog.h"
#include "daemon/ctl/catalog/json_write.h"

enum { JSON_OUT_BYTES_MAX = 256 << 20 };

/* Reasons quote files, which may be hostile to terminals. */
enum catalog_exit catalog_complain(const struct catalog_console *console, const char *why) {
  fputs("tierctl: ", console->err.out);
  term_put(&console->err, TERM_PLAIN, span_of(why));
  fputc('\n', console->err.out);
  return CATALOG_TROUBLE;
}

/* The calendar also takes a month or a year, which an option must not: which day of it
 * would be meant? */
bool catalog_date(const struct catalog_console *console, const char *option, const char *text,
                  int64_t *days) {
  enum { DATE_LEN = 10 };
  char why[160];
  if (strlen(text) == DATE_LEN && calendar_parse(span_of(text), days))
    return true;
  snprintf(why, sizeof why, "--%s is '%.40s'; expected a date, YYYY-MM-DD", option, text);
  catalog_complain(console, why);
  return false;
}

/* Made in memory first, so that a half-written document never looks like an answer. */
enum catalog_exit catalog_print_json(const struct catalog_console *console, const struct term *out,
                                     cJSON *tree, enum catalog_exit result) {
  struct ctl_buffer text;
  ctl_buffer_init(&text, JSON_OUT_BYTES_MAX);
  if (tree != NULL)
    json_write(&text, tree);
  cJSON_Delete(tree);
  if (tree == NULL || ctl_buffer_failed(&text))
    result = catalog_complain(console, "out of memory");
  else
    term_put_raw(out, ctl_buffer_span(&text));
  ctl_buffer_deinit(&text);
  return result;
}

static enum catalog_exit run(const struct catalog_options *options,
                             const struct catalog_console *console) {
  if (options->command == CATALOG_IMPORT)
    return catalog_command_import(options, console);
  if (options->command == CATALOG_CHECK)
    return catalog_command_check(options, console);
  if (options->command == CATALOG_DIFF)
    return catalog_command_diff(options, console);
  catalog_options_help(console->out.out, options->help_of, options->help_all);
  return CATALOG_SAME;
}

/* A full disk or a closed pipe shows only when the last bytes go out. It must not pass
 * for a finding, which is 1. */
static enum catalog_exit close_out(enum catalog_exit result,
                                   const struct catalog_console *console) {
  if (fflush(console->out.out) == 0 && !ferror(console->out.out))
    return result;
  return catalog_complain(console, "cannot write the answer");
}

/* Trouble is 2 here, as with diff(1), and in the rest of tierctl. */
enum catalog_exit command_catalog(int argc, char **argv, bool json,
                                  const struct catalog_console *console) {
  struct catalog_options options;
  char why[OPTIONS_WHY_MAX];
  if (!catalog_options_parse(&options, argc, argv, why)) {
    catalog_complain(console, why);
    fputs("Try 'tierctl catalog --help' for more information.\n", console->err.out);
    return CATALOG_TROUBLE;
  }
  options.json = options.json || json;
  return close_out(run(&options, console), console);
}
