/* plan.c - what an import does to a catalogue, model by model, and the outcome.
 *
 * Each model of the list meets the base: known ones are merged (merge.c), new ones get
 * a tier (tier_rules.c) or are left out with the reason; models of the base that the
 * list lacks stay. The tree is changed on the way (model_json.c), written, and loaded
 * as tierd would load it: what does not load is never handed out. Files are not
 * touched here.
 */
#include "daemon/ctl/catalog/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ctl/catalog/json_write.h"
#include "daemon/ctl/catalog/merge.h"
#include "daemon/ctl/catalog/model_json.h"
#include "daemon/ctl/catalog/names.h"

/* A plan while it is made. */
struct making {
  struct plan *plan;
  const struct plan_input *input;
  struct catalog_error *err;
  cJSON *root;   /* the base's tree, or our own */
  cJSON *models; /* of root */
  size_t models_count;
  struct model_origin origin;
};

/* For programs: the words stay. */
const char *plan_action_name(enum plan_action action) {
  static const char *const names[] = {"added", "updated", "confirmed", "kept", "left_out"};
  return action < PLAN_ACTIONS ? names[action] : "";
}

/* Always false, so that a caller can return it. */
static bool fail_memory(struct making *making) {
  snprintf(making->err->text, sizeof making->err->text, "out of memory");
  return false;
}

/* A sentence that lives as long as the plan; NULL when memory is out. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static const char *
say(struct making *making, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return catalog_memory_string(making->plan->memory, span_of(text));
}

/* Notes what becomes of a model. reason may be NULL when memory is out. */
static struct plan_entry *add_entry(struct making *making, enum plan_action action,
                                    const struct catalog_model *model, const char *reason) {
  struct plan *plan = making->plan;
  if (reason != NULL && plan->count == plan->capacity) {
    const size_t capacity = plan->capacity == 0 ? 128 : plan->capacity * 2;
    struct plan_entry *larger = realloc(plan->entries, capacity * sizeof *larger);
    if (larger != NULL) {
      plan->entries = larger;
      plan->capacity = capacity;
    }
  }
  if (reason == NULL || plan->count == plan->capacity) {
    fail_memory(making);
    return NULL;
  }
  /* Strings are borrowed: list, base and plan outlive the entries. */
  struct plan_entry *entry = &plan->entries[plan->count++];
  *entry = (struct plan_entry){.action = action,
                               .name = model->name,
                               .provider = model->provider,
                               .tier = "",
                               .reason = reason,
                               .model = model};
  plan->counts[action]++;
  return entry;
}

/* ---- new models */

/* Has the provider ended the model by the date of the prices? */
static bool has_ended(const struct making *making, const struct listed_model *listed) {
  return listed->retired ||
         (listed->ends_days >= 0 && listed->ends_days <= making->input->as_of_days);
}

/* Why a new model of that name cannot be taken from this provider, "" when it can.
 * NULL when memory is out. */
static const char *why_not(struct making *making, const struct listed_model *listed,
                           const struct listed_model *neighbour) {
  if (listed->refused != NULL)
    return listed->refused;
  /* Whoever names a model for a tier wants it. */
  const bool named = tier_rules_named(making->input->rules, listed->model.name) >= 0;
  if (!named && names_special(listed->model.name))
    return "its name says that it is not for text; --tier-of takes it";
  if (!named && has_ended(making, listed) && !making->input->retired)
    return listed->retired
               ? "its provider has deprecated it; --retired takes it"
               : say(making, "its provider ended it on %s; --retired takes it", listed->ends);
  if (neighbour != NULL)
    return say(making, "several providers have it, %.60s too; choose one with --provider",
               neighbour->model.provider);
  return "";
}

/* The tree grows at its end, which costs no search; the names have been compared. */
static bool add_model(struct making *making, const struct listed_model *listed, int tier) {
  const char *tier_name = making->input->rules->names[tier];
  if (making->models_count == CATALOG_MODELS_MAX) {
    snprintf(making->err->text, sizeof making->err->text,
             "more than %d models, which no catalogue takes; narrow the list with --provider or "
             "--models",
             CATALOG_MODELS_MAX);
    return false;
  }
  /* The tree grows before the report, which must not promise what is not there. */
  cJSON *item = model_json_create(listed, tier_name, &making->origin);
  if (item == NULL || !cJSON_AddItemToObject(making->models, listed->model.name, item)) {
    cJSON_Delete(item);
    return fail_memory(making);
  }
  making->models_count++;
  /* The notes are the reasons for what is null. */
  struct plan_entry *entry = add_entry(making, PLAN_ADDED, &listed->model, listed->notes);
  if (entry != NULL)
    entry->tier = tier_name;
  return entry != NULL;
}

/* First whether it can be taken at all, then where it would go. */
static bool plan_new(struct making *making, const struct listed_model *listed,
                     const struct listed_model *neighbour) {
  /* The reason is for people; a program counts the action. */
  const char *reason = why_not(making, listed, neighbour);
  if (reason == NULL || reason[0] != '\0')
    return add_entry(making, PLAN_LEFT_OUT, &listed->model, reason) != NULL;
  const int tier = tier_rules_find(making->input->rules, listed->model.name, &listed->model.price);
  if (tier >= 0)
    return add_model(making, listed, tier);
  /* Two ways to be in no tier, with two ways out. */
  const bool priced = money_known(figures_blend(&listed->model.price));
  reason = making->input->rules->bands_count > 0 && !priced
               ? "it has no price to tell its tier by; name one with --tier-of"
               : "no rule gives it a tier; name one with --tier-of, --tiers or --tier-by-price";
  return add_entry(making, PLAN_LEFT_OUT, &listed->model, reason) != NULL;
}

/* ---- models that the base has */

/* Why a list cannot change a model of the base; NULL when it can. *broke is set when
 * memory is out. */
static const char *why_kept(struct making *making, const struct catalog_model *base,
                            const struct listed_model *listed, bool *broke) {
  const char *reason = NULL;
  if (base->changes_count + base->windows_count > 0 || base->price_from_s != 0 ||
      base->price_until_s != 0)
    return "has prices by date or hour, which lists do not have; change it by hand";
  /* A known price is worth more than none, old as it may be. */
  if (!money_known(listed->model.price.input) || !money_known(listed->model.price.output))
    return "the list has no usable price for it";
  if (base->price_as_of_days > making->input->as_of_days) {
    reason = say(making, "its prices are of %s, newer than the list's of %s", base->price_as_of,
                 making->input->as_of);
    *broke = reason == NULL;
  }
  return reason;
}

/* What to look at after an update: figures that the list was silent on and that may
 * hang on those that changed. NULL when memory is out. */
static const char *warn(struct making *making, const struct catalog_model *base,
                        const struct listed_model *listed, bool changed) {
  const struct price_set *old = &base->price;
  const struct price_set *news = &listed->model.price;
  const bool batch = money_known(old->batch_input) && !money_known(news->batch_input);
  const bool read = money_known(old->cache_read) && !money_known(news->cache_read);
  const bool write = old->cache_writes_count > 0 && news->cache_writes_count == 0;
  const bool length = base->context_tiers_count > 0 && listed->model.context_tiers_count == 0;
  const bool ended = has_ended(making, listed);
  /* Where nothing changed, old figures are no older than they were. */
  if (!ended && !(changed && (batch || read || write || length)))
    return "";
  return say(making, "%s%s%s%s%s%s", ended ? "its provider ends it; " : "",
             changed && (batch || read || write || length)
                 ? "the list is silent on, and the base's figures stay for:"
                 : "",
             changed && batch ? " batches" : "", changed && read ? " cache_read" : "",
             changed && write ? " cache_write" : "", changed && length ? " long_context" : "");
}

/* The tree is only touched where something changed, besides the date. */
static bool update_model(struct making *making, const struct catalog_model *base,
                         const struct listed_model *listed) {
  struct catalog_model merged;
  struct figure_changes changes;
  cJSON *item = cJSON_GetObjectItemCaseSensitive(making->models, base->name);
  if (!merge_models(base, &listed->model, making->plan->memory, &merged) ||
      !figures_compare(base, &merged, &changes))
    return fail_memory(making);
  /* What merging changed is what the list knows better; nothing else is written. */
  const bool changed = changes.count > 0;
  if ((changed && !model_json_update(item, base, &merged)) ||
      !model_json_stamp(item, listed, &making->origin, changed)) {
    figures_changes_deinit(&changes);
    return fail_memory(making);
  }
  struct plan_entry *entry = add_entry(making, changed ? PLAN_UPDATED : PLAN_CONFIRMED,
                                       &listed->model, warn(making, base, listed, changed));
  if (entry == NULL) {
    figures_changes_deinit(&changes);
    return false;
  }
  /* The entry owns them from here on. */
  entry->changes = changes;
  entry->tier = making->input->rules->names[base->tier];
  return true;
}

/* Was this model asked for at all? What --models or --provider passed over is not
 * worth a line each. */
static bool is_wanted(const struct making *making, const struct catalog_model *base) {
  return names_match(making->input->filter->models, base->name) &&
         names_match(making->input->filter->providers, base->provider);
}

/* No base model is ever dropped: the user may run it whatever the list says. */
static bool plan_known(struct making *making, const struct catalog_model *base) {
  const char *other;
  bool broke = false;
  const struct listed_model *listed =
      price_list_find(making->input->list, base->name, base->provider, &other);
  const char *reason = "the list does not have it";
  /* Silence only where the user's own filter is why the list lacks it. */
  if (listed == NULL && other == NULL && !is_wanted(making, base))
    return true;
  /* Another provider's price is another price. */
  if (listed == NULL && other != NULL)
    reason = say(making, "the list has it of %.60s, not of %.60s", other, base->provider);
  if (listed != NULL)
    reason = why_kept(making, base, listed, &broke);
  if (broke)
    return fail_memory(making);
  if (listed != NULL && reason == NULL)
    return update_model(making, base, listed);
  struct plan_entry *entry = add_entry(making, PLAN_KEPT, base, reason);
  if (entry != NULL)
    entry->tier = making->input->rules->names[base->tier];
  return entry != NULL;
}

/* The base in its own order first, then what is new, by name. */
static bool plan_models(struct making *making) {
  const struct price_list *list = making->input->list;
  const struct catalog_base *base = making->input->base;
  for (size_t i = 0; base != NULL && i < base->catalog.models_count; i++)
    if (!plan_known(making, &base->catalog.models[i]))
      return false;
  for (size_t i = 0; i < list->count; i++) {
    const struct listed_model *listed = &list->models[i];
    const char *name = listed->model.name;
    /* Several providers of one model stand side by side. */
    const struct listed_model *neighbour = NULL;
    if (i > 0 && strcmp(listed[-1].model.name, name) == 0)
      neighbour = &listed[-1];
    else if (i + 1 < list->count && strcmp(listed[1].model.name, name) == 0)
      neighbour = &listed[1];
    /* Known ones have been dealt with above, whatever provider this is. */
    if (base != NULL && catalog_find_model(&base->catalog, span_of(name)) >= 0)
      continue;
    if (!plan_new(making, listed, neighbour))
      return false;
  }
  return true;
}

/* ---- the rest of a new catalogue */

/* What --default names for a tier, or NULL. */
static const char *wished_default(const struct making *making, const char *tier) {
  const struct option_values *values = making->input->defaults;
  for (size_t i = 0; i < values->count; i++) {
    const char *equals = strchr(values->items[i], '=');
    if (span_is(span_make(values->items[i], (size_t)(equals - values->items[i])), tier))
      return equals + 1;
  }
  return NULL;
}

/* The cheapest added model of a tier, else one without a price, else NULL. */
static const char *cheapest(const struct plan *plan, const char *tier) {
  const struct plan_entry *best = NULL;
  for (size_t i = 0; i < plan->count; i++) {
    const struct plan_entry *entry = &plan->entries[i];
    if (entry->action != PLAN_ADDED || strcmp(entry->tier, tier) != 0)
      continue;
    const int64_t blend = figures_blend(&entry->model->price);
    const int64_t least = best != NULL ? figures_blend(&best->model->price) : MONEY_UNKNOWN;
    if (best == NULL || (money_known(blend) && (!money_known(least) || blend < least)))
      best = entry;
  }
  return best != NULL ? best->name : NULL;
}

/* A catalogue must name a model for each tier, or it does not load. */
static bool put_defaults(struct making *making) {
  const struct tier_rules *rules = making->input->rules;
  /* Only of a new catalogue: a base has its own. */
  cJSON *defaults = cJSON_GetObjectItemCaseSensitive(making->root, "defaults");
  for (size_t i = 0; i < rules->names_count; i++) {
    const char *wished = wished_default(making, rules->names[i]);
    const char *model = wished != NULL ? wished : cheapest(making->plan, rules->names[i]);
    if (model == NULL) {
      snprintf(making->err->text, sizeof making->err->text,
               "no model of the list is in the tier \"%s\"; widen --provider, --models or its "
               "globs in --tiers, or name one with --tier-of MODEL=%s",
               rules->names[i], rules->names[i]);
      return false;
    }
    if (!json_put(defaults, rules->names[i], cJSON_CreateString(model)))
      return fail_memory(making);
  }
  return true;
}

/* {"tiers": [...], "safe_tier": ..., "defaults": {}, "models": {}}; NULL when memory
 * is out. */
static cJSON *new_root(const struct tier_rules *rules) {
  const char *names[CATALOG_TIERS_MAX];
  for (size_t i = 0; i < rules->names_count; i++)
    names[i] = rules->names[i];
  cJSON *root = cJSON_CreateObject();
  if (root != NULL &&
      json_put(root, "tiers", cJSON_CreateStringArray(names, (int)rules->names_count)) &&
      json_put(root, "safe_tier", cJSON_CreateString(names[rules->names_count - 1])) &&
      json_put(root, "defaults", cJSON_CreateObject()) &&
      json_put(root, "models", cJSON_CreateObject()))
    return root;
  cJSON_Delete(root);
  return NULL;
}

/* ---- the outcome */

/* The head of a base is its own text; ours says where the file comes from. */
static bool write_text(struct making *making) {
  const struct catalog_base *base = making->input->base;
  struct ctl_buffer out;
  ctl_buffer_init(&out, CATALOG_FILE_BYTES_MAX);
  char head[240] = "";
  if (base == NULL)
    snprintf(head, sizeof head,
             "// Made by tierctl catalog import from %s price list, prices of %s.\n"
             "// What the keys mean stands at the head of models/catalog.json.\n",
             price_list_owner(making->origin.format), making->origin.as_of);
  ctl_buffer_append(&out, span_of(base != NULL ? base->head : head));
  json_write(&out, making->root);
  ctl_buffer_append(&out, span_make("", 1)); /* the NUL */
  const bool ok = !ctl_buffer_failed(&out);
  if (!ok) {
    snprintf(making->err->text, sizeof making->err->text,
             out.failure == BUFFER_TOO_LARGE ? "the catalogue would be too large to load"
                                             : "out of memory");
    ctl_buffer_deinit(&out);
    return false;
  }
  making->plan->text = out.ptr; /* handed over; freed with the plan */
  making->plan->text_len = out.len - 1;
  return true;
}

/* As tierd would load it. A --default of another tier shows here, too. */
static bool check_text(struct making *making) {
  struct plan *plan = making->plan;
  struct catalog catalog;
  /* Parsing rewrites the text, and the plan's has to go out as it is. */
  char *copy = malloc(plan->text_len + 1);
  if (copy == NULL)
    return fail_memory(making);
  memcpy(copy, plan->text, plan->text_len + 1);
  const bool ok = catalog_parse("the new catalogue", copy, plan->text_len, &catalog, making->err);
  free(copy);
  if (ok)
    catalog_unload(&catalog);
  return ok;
}

/* Of one name, by provider, so that the same list gives the same report. */
static int by_name(const void *a, const void *b) {
  const struct plan_entry *x = a, *y = b;
  const int order = strcmp(x->name, y->name);
  return order != 0 ? order : strcmp(x->provider, y->provider);
}

/* Deleting our own root last: the text no longer needs it. */
bool plan_make(struct plan *plan, const struct plan_input *input, struct catalog_error *err) {
  *plan = (struct plan){.memory = catalog_memory_create()};
  struct making making = {
      .plan = plan, .input = input, .err = err, .origin = {input->list->format, input->as_of}};
  cJSON *own = input->base == NULL ? new_root(input->rules) : NULL;
  making.root = own != NULL ? own : input->base != NULL ? input->base->root : NULL;
  making.models = cJSON_GetObjectItemCaseSensitive(making.root, "models");
  making.models_count = input->base != NULL ? input->base->catalog.models_count : 0;
  bool ok = plan->memory != NULL && making.root != NULL;
  if (!ok)
    fail_memory(&making);
  ok = ok && plan_models(&making) && (own == NULL || put_defaults(&making)) &&
       write_text(&making) && check_text(&making);
  if (ok && plan->count > 0)
    qsort(plan->entries, plan->count, sizeof *plan->entries, by_name);
  cJSON_Delete(own);
  return ok;
}

/* Also of a plan that failed half way. */
void plan_deinit(struct plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    figures_changes_deinit(&plan->entries[i].changes);
  free(plan->entries);
  free(plan->text);
  catalog_memory_destroy(plan->memory);
  *plan = (struct plan){0};
}
