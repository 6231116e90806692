/* check.c - tierctl catalog check: what an audit finds, as a table or JSON.
 *
 * The catalogue and perhaps a price list are loaded, audit.c looks at them, and the
 * findings go out in the order of the file. What counts as a finding is decided there,
 * how it is shown and what the exit status is, here.
 */
#include <time.h>

#include "daemon/ctl/catalog/audit.h"
#include "daemon/ctl/catalog/catalog.h"
#include "daemon/ctl/catalog/json_write.h"
#include "daemon/ctl/table.h"

enum { DAY_S = 86400 };

static const struct table_column columns[] = {{"finding", TABLE_LEFT, 0, TERM_PLAIN},
                                              {"of", TABLE_LEFT, 60, TERM_PLAIN},
                                              {"what", TABLE_LEFT, 0, TERM_PLAIN}};

/* The sum stands last, where the eye is after a long table. */
static bool print(const struct audit *audit, const struct catalog *catalog, bool against,
                  const struct term *term) {
  /* In the catalogue's order, so that the file can be mended from top to bottom. */
  struct ctl_table *table = ctl_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < audit->count; i++) {
    const struct finding *finding = &audit->items[i];
    ctl_table_add(table, TERM_PLAIN,
                  (const char *const[]){finding->kind, finding->model, finding->text});
  }
  const bool ok = audit->count == 0 || ctl_table_print(table, term);
  ctl_table_destroy(table);
  /* Also when there are none: silence could be a fault. */
  fprintf(term->out, "%zu findings in %zu models", audit->count, catalog->models_count);
  if (against)
    fprintf(term->out, ", of which the other list has %zu", audit->compared);
  fputc('\n', term->out);
  return ok;
}

/* The same three columns; the kinds are stable words that a script may test for. */
static cJSON *to_json(const struct audit *audit, const struct catalog *catalog) {
  cJSON *root = cJSON_CreateObject();
  cJSON *array = cJSON_CreateArray();
  bool ok = root != NULL && array != NULL &&
            json_put(root, "models", cJSON_CreateNumber((double)catalog->models_count)) &&
            json_put(root, "compared", cJSON_CreateNumber((double)audit->compared));
  for (size_t i = 0; ok && i < audit->count; i++) {
    const struct finding *finding = &audit->items[i];
    cJSON *item = cJSON_CreateObject();
    ok = item != NULL && json_put(item, "kind", cJSON_CreateString(finding->kind)) &&
         json_put(item, "of", cJSON_CreateString(finding->model)) &&
         json_put(item, "text", cJSON_CreateString(finding->text));
    if (item != NULL) /* deleted with the array, even when it is half made */
      cJSON_AddItemToArray(array, item);
  }
  if (ok) {
    cJSON_AddItemToObject(root, "findings", array);
    return root;
  }
  cJSON_Delete(array);
  cJSON_Delete(root);
  return NULL;
}

/* That something was found is no trouble: the exit status tells the two apart. */
static enum catalog_exit report(const struct catalog_options *options,
                                const struct catalog_console *console, const struct audit *audit,
                                const struct catalog *catalog) {
  const enum catalog_exit result = audit->count > 0 ? CATALOG_FOUND : CATALOG_SAME;
  if (options->json)
    return catalog_print_json(console, &console->out, to_json(audit, catalog), result);
  return print(audit, catalog, options->against != NULL, &console->out)
             ? result
             : catalog_complain(console, "out of memory");
}

/* The list is read whole, without the filters of import: a catalogue names the models. */
enum catalog_exit catalog_command_check(const struct catalog_options *options,
                                        const struct catalog_console *console) {
  struct audit_options wanted = {.today_days = (int64_t)time(NULL) / DAY_S,
                                 .stale_days = options->stale_days};
  /* Prices of 0 stay unknown here, so a gap of the list is no difference. */
  const struct list_options everything = {0};
  struct catalog catalog = {0};
  struct price_list list = {0};
  struct audit audit = {0};
  struct catalog_error err;
  enum catalog_exit result = CATALOG_TROUBLE;
  if (options->today != NULL && !catalog_date(console, "today", options->today, &wanted.today_days))
    return CATALOG_TROUBLE;
  /* Either may fail, with the same kind of words. */
  if (!catalog_load(options->files[0], &catalog, &err) ||
      (options->against != NULL && !price_list_load(options->against, &everything, &list, &err))) {
    catalog_complain(console, err.text);
    goto out;
  }
  wanted.against = options->against != NULL ? &list : NULL;
  if (audit_run(&audit, &catalog, &wanted))
    result = report(options, console, &audit, &catalog);
  else
    catalog_complain(console, "out of memory");
out:
  /* All three were zeroed, so that any of them may be as it was. */
  audit_deinit(&audit);
  price_list_unload(&list);
  catalog_unload(&catalog);
  return result;
}
