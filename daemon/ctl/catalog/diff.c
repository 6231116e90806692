/* diff.c - tierctl catalog diff: what differs between two catalogues.
 *
 * Models are matched by name and shown in the order of the new catalogue, removed ones
 * last. Only what tierd routes by counts: notes, sources and the order of keys do not.
 * Like diff(1) it exits 0 when there is no difference and 1 when there is one.
 */
#include <stdlib.h>

#include "daemon/config/catalog_load.h"
#include "daemon/ctl/catalog/catalog.h"
#include "daemon/ctl/catalog/change_json.h"
#include "daemon/ctl/catalog/json_write.h"

/* One walk fills both forms, so that tables and JSON cannot disagree. */
struct diff {
  const struct catalog *a, *b;
  struct ctl_table *moves;   /* models and settings, as text */
  struct ctl_table *figures; /* what change_rows() adds */
  cJSON *added, *removed, *moved, *changed, *settings;
  size_t differences;
  bool failed; /* memory ran out */
};

static const struct table_column move_columns[] = {{"what", TABLE_LEFT, 0, TERM_PLAIN},
                                                   {"of", TABLE_LEFT, 60, TERM_PLAIN},
                                                   {"from", TABLE_LEFT, 60, TERM_PLAIN},
                                                   {"to", TABLE_LEFT, 60, TERM_PLAIN}};

/* By the catalogue that the model is of: numbers mean nothing in the other one. */
static const char *tier_of(const struct catalog *catalog, const struct catalog_model *model) {
  return catalog->tiers[model->tier].name;
}

/* A row of text, and the same as JSON; from or to is "" when there is none. */
static void add_move(struct diff *diff, cJSON *array, const char *what, const char *of,
                     const char *from, const char *to) {
  /* In JSON a model and a setting must not be taken for one another. */
  const char *of_key = array == diff->settings ? "setting" : "model";
  /* What the exit status goes by. */
  diff->differences++;
  ctl_table_add(diff->moves, TERM_PLAIN, (const char *const[]){what, of, from, to});
  cJSON *item = cJSON_CreateObject();
  const bool ok = item != NULL && json_put(item, of_key, cJSON_CreateString(of)) &&
                  (from[0] == '\0' || json_put(item, "from", cJSON_CreateString(from))) &&
                  (to[0] == '\0' || json_put(item, "to", cJSON_CreateString(to)));
  if (item == NULL || !cJSON_AddItemToArray(array, item))
    cJSON_Delete(item);
  diff->failed = diff->failed || !ok;
}

/* Each figure counts as a difference, but a model stands once. */
static void add_figures(struct diff *diff, const char *model,
                        const struct figure_changes *changes) {
  diff->differences += changes->count;
  change_rows(diff->figures, model, changes);
  cJSON *item = cJSON_CreateObject();
  const bool ok = item != NULL && json_put(item, "model", cJSON_CreateString(model)) &&
                  json_put(item, "changes", change_json(changes));
  if (item == NULL || !cJSON_AddItemToArray(diff->changed, item))
    cJSON_Delete(item);
  diff->failed = diff->failed || !ok;
}

/* Tiers are compared by name: in another order they have other numbers. */
static void compare_model(struct diff *diff, const struct catalog_model *old,
                          const struct catalog_model *new) {
  struct figure_changes changes;
  const char *old_tier = tier_of(diff->a, old), *new_tier = tier_of(diff->b, new);
  if (strcmp(old_tier, new_tier) != 0)
    add_move(diff, diff->moved, "moved to another tier", new->name, old_tier, new_tier);
  /* Another provider bills at other prices, even when the figures are the same. */
  if (strcmp(old->provider, new->provider) != 0)
    add_move(diff, diff->moved, "moved to another provider", new->name, old->provider,
             new->provider);
  if (!figures_compare(old, new, &changes))
    diff->failed = true;
  if (changes.count > 0)
    add_figures(diff, new->name, &changes);
  figures_changes_deinit(&changes);
}

/* The new catalogue leads, for it is the one that will be run. */
static void compare_models(struct diff *diff) {
  const struct catalog *a = diff->a, *b = diff->b;
  for (size_t i = 0; i < b->models_count; i++) {
    const struct catalog_model *model = &b->models[i];
    const int at = catalog_find_model(a, span_of(model->name));
    if (at < 0)
      add_move(diff, diff->added, "added", model->name, "", tier_of(b, model));
    else
      compare_model(diff, &a->models[at], model);
  }
  for (size_t i = 0; i < a->models_count; i++) {
    const struct catalog_model *model = &a->models[i];
    if (catalog_find_model(b, span_of(model->name)) < 0)
      add_move(diff, diff->removed, "removed", model->name, tier_of(a, model), "");
  }
}

/* The tiers by name, their defaults, and where requests go that cannot be judged. */
static void compare_settings(struct diff *diff) {
  const struct catalog *a = diff->a, *b = diff->b;
  /* By place: the order of tiers is what "cheaper" means. */
  for (size_t i = 0; i < CATALOG_TIERS_MAX; i++) {
    const char *from = i < a->tiers_count ? a->tiers[i].name : "";
    const char *to = i < b->tiers_count ? b->tiers[i].name : "";
    if (strcmp(from, to) != 0)
      add_move(diff, diff->settings, "setting", "tiers", from, to);
  }
  for (size_t i = 0; i < b->tiers_count; i++) {
    const int at = catalog_find_tier(a, span_of(b->tiers[i].name));
    const char *to = b->models[b->tiers[i].default_model].name;
    /* A tier that is new had no default. */
    const char *from = at >= 0 ? a->models[a->tiers[at].default_model].name : "";
    char setting[80];
    snprintf(setting, sizeof setting, "defaults/%s", b->tiers[i].name);
    if (strcmp(from, to) != 0)
      add_move(diff, diff->settings, "setting", setting, from, to);
  }
  const char *from = a->tiers[a->safe_tier].name, *to = b->tiers[b->safe_tier].name;
  if (strcmp(from, to) != 0)
    add_move(diff, diff->settings, "setting", "safe_tier", from, to);
}

/* The five arrays under their names; what was moved is forgotten here. */
static cJSON *take_json(struct diff *diff) {
  cJSON **const arrays[] = {&diff->added, &diff->removed, &diff->moved, &diff->changed,
                            &diff->settings};
  static const char *const names[] = {"added", "removed", "moved", "changed", "settings"};
  cJSON *root = cJSON_CreateObject();
  for (size_t i = 0; root != NULL && i < sizeof arrays / sizeof arrays[0]; i++) {
    if (cJSON_AddItemToObject(root, names[i], *arrays[i]))
      *arrays[i] = NULL;
  }
  return root;
}

/* Nothing at all is printed when nothing differs, as diff(1) does it. */
static enum catalog_exit report(struct diff *diff, const struct catalog_options *options,
                                const struct catalog_console *console) {
  const enum catalog_exit result = diff->differences > 0 ? CATALOG_FOUND : CATALOG_SAME;
  /* A list that lacks entries would say that they do not differ. */
  if (diff->failed)
    return catalog_complain(console, "out of memory");
  if (options->json)
    return catalog_print_json(console, &console->out, take_json(diff), result);
  /* Two tables, of which either may have nothing to show. */
  if ((ctl_table_rows(diff->moves) > 0 && !ctl_table_print(diff->moves, &console->out)) ||
      (ctl_table_rows(diff->figures) > 0 && !ctl_table_print(diff->figures, &console->out)))
    return catalog_complain(console, "out of memory");
  return result;
}

/* Both the tables and the JSON are gathered in one walk; one of them is then shown. */
static enum catalog_exit run(const struct catalog *a, const struct catalog *b,
                             const struct catalog_options *options,
                             const struct catalog_console *console) {
  struct diff diff = {
      .a = a,
      .b = b,
      .moves = ctl_table_create(move_columns, sizeof move_columns / sizeof move_columns[0]),
      .figures = ctl_table_create(change_columns, CHANGE_COLUMNS),
      .added = cJSON_CreateArray(),
      .removed = cJSON_CreateArray(),
      .moved = cJSON_CreateArray(),
      .changed = cJSON_CreateArray(),
      .settings = cJSON_CreateArray()};
  /* Checked once for all of them. */
  diff.failed = diff.moves == NULL || diff.figures == NULL || diff.added == NULL ||
                diff.removed == NULL || diff.moved == NULL || diff.changed == NULL ||
                diff.settings == NULL;
  if (!diff.failed) {
    /* Settings first: a tier that is gone explains much of what follows. */
    compare_settings(&diff);
    compare_models(&diff);
  }
  /* What take_json() has taken is NULL by now, and deleting that is harmless. */
  const enum catalog_exit result = report(&diff, options, console);
  ctl_table_destroy(diff.moves);
  ctl_table_destroy(diff.figures);
  cJSON_Delete(diff.added);
  cJSON_Delete(diff.removed);
  cJSON_Delete(diff.moved);
  cJSON_Delete(diff.changed);
  cJSON_Delete(diff.settings);
  return result;
}

/* Both must load: what tierd would refuse is not worth comparing. */
enum catalog_exit catalog_command_diff(const struct catalog_options *options,
                                       const struct catalog_console *console) {
  struct catalog a = {0}, b = {0};
  struct catalog_error err;
  enum catalog_exit result;
  if (catalog_load(options->files[0], &a, &err) && catalog_load(options->files[1], &b, &err))
    result = run(&a, &b, options, console);
  else
    result = catalog_complain(console, err.text);
  catalog_unload(&a);
  catalog_unload(&b);
  return result;
}
