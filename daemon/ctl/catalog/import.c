/* import.c - tierctl catalog import: files in, a catalogue and a report out.
 *
 * The base and the rules are read first, then the list, then the plan is made; only
 * when all of that went well is a file written. The catalogue goes to --out, the
 * report to stdout; without --out they are on stdout and stderr.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/config/calendar.h"
#include "daemon/ctl/catalog/catalog.h"
#include "daemon/ctl/catalog/import_report.h"
#include "daemon/ctl/catalog/out_file.h"

/* All that an import reads and makes, released in one go. */
struct import {
  const struct catalog_options *options;
  const struct catalog_console *console;
  struct catalog_base base;
  struct tier_rules rules;
  struct list_options filter;
  struct price_list list;
  struct plan plan;
  char as_of[DATE_TEXT_MAX];
  int64_t as_of_days;
  struct catalog_error err;
};

/* Neither form of list says of what day it is. */
static bool find_date(struct import *import) {
  const struct catalog_options *options = import->options;
  struct stat file;
  if (options->as_of != NULL) {
    snprintf(import->as_of, sizeof import->as_of, "%.10s", options->as_of);
    return catalog_date(import->console, "as-of", options->as_of, &import->as_of_days);
  }
  /* A pipe is as new as now; so is a file that cannot be asked. */
  const bool regular = stat(options->files[0], &file) == 0 && S_ISREG(file.st_mode);
  figures_date((int64_t)(regular ? file.st_mtime : time(NULL)), import->as_of);
  if (calendar_parse(span_of(import->as_of), &import->as_of_days))
    return true;
  catalog_complain(import->console, "the list's file has an impossible date; give --as-of DATE");
  return false;
}

/* The small files first: a slip in the rules must not wait for a list of megabytes. */
static bool read_all(struct import *import) {
  const struct catalog_options *options = import->options;
  char why[OPTIONS_WHY_MAX];
  const bool has_base = options->base != NULL;
  if (has_base && !catalog_base_load(&import->base, options->base, &import->err)) {
    catalog_complain(import->console, import->err.text);
    return false;
  }
  if (has_base && options->defaults.count > 0) {
    catalog_complain(import->console, "--default is for new catalogues; --base keeps its own");
    return false;
  }
  if (!tier_rules_init(&import->rules, options, has_base ? &import->base.catalog : NULL, why)) {
    catalog_complain(import->console, why);
    return false;
  }
  import->filter =
      (struct list_options){options->providers, options->models, options->zero_is_free};
  if (!price_list_load(options->files[0], &import->filter, &import->list, &import->err)) {
    catalog_complain(import->console, import->err.text);
    return false;
  }
  return find_date(import);
}

/* Whose date was guessed is told so, for prices with a false date never look stale. */
static enum catalog_exit report(const struct import *import, const struct plan_input *input,
                                const struct term *term) {
  if (import->options->json)
    return catalog_print_json(import->console, term, import_report_json(&import->plan, input),
                              CATALOG_SAME);
  if (!import_report_print(&import->plan, input, term))
    return catalog_complain(import->console, "out of memory");
  if (import->options->as_of == NULL)
    fprintf(term->out,
            "The list does not say of what day it is; %s is when its file was written. "
            "--as-of DATE says it.\n",
            import->as_of);
  return CATALOG_SAME;
}

/* With the catalogue on stdout the report goes to stderr, so that a pipe gets JSON alone. */
static enum catalog_exit write_all(const struct import *import, const struct plan_input *input) {
  const struct catalog_options *options = import->options;
  const struct catalog_console *console = import->console;
  const struct span text = span_make(import->plan.text, import->plan.text_len);
  char why[OUT_FILE_WHY_MAX];
  if (options->out == NULL || strcmp(options->out, "-") == 0) {
    fwrite(text.ptr, 1, text.len, console->out.out);
    return report(import, input, &console->err);
  }
  if (!out_file_write(options->out, text, options->force, why))
    return catalog_complain(console, why);
  return report(import, input, &console->out);
}

enum catalog_exit catalog_command_import(const struct catalog_options *options,
                                         const struct catalog_console *console) {
  enum catalog_exit result = CATALOG_TROUBLE;
  /* Too large for the stack of a library, and a command has just one. */
  struct import *import = calloc(1, sizeof *import);
  if (import == NULL)
    return catalog_complain(console, "out of memory");
  import->options = options;
  import->console = console;
  if (!read_all(import))
    goto out;
  /* From here on nothing is read any more, and nothing is written before the plan
   * stands and has been loaded. */
  const struct plan_input input = {.list = &import->list,
                                   .filter = &import->filter,
                                   .base = options->base != NULL ? &import->base : NULL,
                                   .rules = &import->rules,
                                   .defaults = &options->defaults,
                                   .as_of = import->as_of,
                                   .as_of_days = import->as_of_days,
                                   .retired = options->retired};
  if (plan_make(&import->plan, &input, &import->err))
    result = write_all(import, &input);
  else
    catalog_complain(console, import->err.text);
out:
  plan_deinit(&import->plan);
  price_list_unload(&import->list);
  catalog_base_deinit(&import->base);
  free(import);
  return result;
}
