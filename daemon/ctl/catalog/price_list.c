/* price_list.c - other people's price lists, read as they are.
 *
 * Bytes → checked to be bounded, well-formed JSON → a tree → told apart → a struct
 * listed_model for each chat model that the options want, sorted by name. The tree is
 * gone afterwards. An entry that cannot be used is kept with the reason, so that
 * nothing vanishes in silence. The two forms are read in litellm.c and models_dev.c;
 * what becomes of the models is decided in plan.c.
 */
#include "daemon/ctl/catalog/price_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "daemon/config/quote.h"
#include "daemon/config/read_file.h"
#include "daemon/ctl/catalog/list_formats.h"
#include "daemon/ctl/catalog/names.h"

/* The largest list there is has some 5,000 models of 60 values. */
static const struct json_limits limits = {.depth_max = 24, .nodes_max = 1500000};

/* A list while it is read. */
/* Passed down instead of six arguments. */
struct reading {
  struct catalog_reader reader;
  const struct list_options *options;
  struct price_list *list;
  size_t capacity;
};

/* For sentences such as "LiteLLM's list". */
const char *price_list_owner(enum list_format format) {
  return format == LIST_LITELLM ? "LiteLLM's" : "models.dev's";
}

/* Room for one more model, zeroed; NULL with the error filled. */
static struct listed_model *add_model(struct reading *reading, const struct json_place *place) {
  struct price_list *list = reading->list;
  /* A bound, so that a hostile list cannot take all memory. */
  if (list->count == PRICE_LIST_MODELS_MAX) {
    catalog_fail(&reading->reader, place, "more than %d models; narrow it with --provider",
                 PRICE_LIST_MODELS_MAX);
    return NULL;
  }
  /* Grown by doubling: how many are wanted is known only when all were looked at. */
  if (list->count == reading->capacity) {
    const size_t capacity = reading->capacity == 0 ? 256 : reading->capacity * 2;
    struct listed_model *larger = realloc(list->models, capacity * sizeof *larger);
    if (larger == NULL) {
      catalog_fail_memory(&reading->reader);
      return NULL;
    }
    list->models = larger;
    reading->capacity = capacity;
  }
  struct listed_model *model = &list->models[list->count];
  *model = (struct listed_model){.ends = "", .notes = "", .ends_days = -1};
  model->model.price = price_set_unknown();
  return model;
}

/* A name as it can be shown, cut where it is too long for a catalogue anyway. */
static const char *copy_name(struct reading *reading, const char *name) {
  const size_t len = strlen(name);
  return catalog_memory_string(
      reading->reader.memory,
      span_make(name, len > CATALOG_NAME_BYTES_MAX ? CATALOG_NAME_BYTES_MAX : len));
}

/* Whether both names can stand in a catalogue. The loader's own check is asked, its
 * words are the reason. */
static bool check_names(struct reading *reading, const struct json_place *place, const char *name,
                        const char *provider, struct listed_model *out) {
  struct catalog_error why = {""};
  const struct catalog_reader probe = {"", reading->reader.memory, &why};
  if (catalog_name_check(&probe, NULL, name) && catalog_name_check(&probe, NULL, provider))
    return true;
  (void)place;
  /* The file and the place are empty here: ": " is all that comes before. */
  const char *text = strncmp(why.text, ": ", 2) == 0 ? why.text + 2 : why.text;
  out->refused = catalog_memory_string(reading->reader.memory, span_of(text));
  return false;
}

/* One model under its name and provider. False with the error filled. */
static bool read_model(struct reading *reading, const struct json_place *place, const cJSON *item,
                       const char *provider) {
  const bool litellm = reading->list->format == LIST_LITELLM;
  if (!(litellm ? litellm_is_chat(item) : models_dev_is_chat(item))) {
    reading->list->not_chat++;
    return true;
  }
  /* Counted and not listed: whoever filters knows what is filtered. */
  if (!names_match(reading->options->providers, provider) ||
      !names_match(reading->options->models, item->string)) {
    reading->list->filtered++;
    return true;
  }
  struct listed_model *out = add_model(reading, place);
  if (out == NULL)
    return false;
  /* The count is raised at the end: an entry that fails is not in the list. */
  struct list_entry entry = {.reader = &reading->reader, .options = reading->options, .out = out};
  out->model.name = copy_name(reading, item->string);
  out->model.provider = copy_name(reading, provider);
  if (out->model.name == NULL || out->model.provider == NULL)
    return catalog_fail_memory(&reading->reader);
  const bool good = check_names(reading, place, item->string, provider, out);
  if (!good && out->refused == NULL)
    return catalog_fail_memory(&reading->reader);
  /* Only memory can fail there; whatever is odd in an entry becomes a note. */
  if (good && !(litellm ? litellm_read(&entry, item) : models_dev_read(&entry, item)))
    return catalog_fail_memory(&reading->reader);
  reading->list->count++;
  return true;
}

/* LiteLLM's: the entries stand side by side. */
static bool read_litellm(struct reading *reading, const cJSON *root) {
  const cJSON *item;
  cJSON_ArrayForEach(item, root) {
    const struct json_place place = {NULL, item->string};
    const cJSON *provider = catalog_value(item, "litellm_provider");
    /* The list begins with an entry that explains the others. */
    if (strcmp(item->string, "sample_spec") == 0)
      continue;
    if (!cJSON_IsObject(item))
      return catalog_fail(&reading->reader, &place,
                          "expected an object, the prices of a model, as LiteLLM's list has them");
    if (!read_model(reading, &place, item,
                    cJSON_IsString(provider) ? provider->valuestring : "unknown"))
      return false;
  }
  return true;
}

/* models.dev's: the providers, each with its models. */
static bool read_models_dev(struct reading *reading, const cJSON *root) {
  const cJSON *provider, *item;
  cJSON_ArrayForEach(provider, root) {
    const struct json_place place = {NULL, provider->string};
    const struct json_place models_place = {&place, "models"};
    const cJSON *models = catalog_value(provider, "models");
    if (!cJSON_IsObject(models))
      return catalog_fail(&reading->reader, &models_place,
                          "expected an object that has a key for each model of the provider, as "
                          "models.dev's list has them");
    cJSON_ArrayForEach(item, models) {
      const struct json_place model_place = {&models_place, item->string};
      if (!cJSON_IsObject(item))
        return catalog_fail(&reading->reader, &model_place, "expected an object, a model");
      if (!read_model(reading, &model_place, item, provider->string))
        return false;
    }
  }
  return true;
}

/* The first entry that looks like either decides; a list is not mixed. */
static bool read_root(struct reading *reading, const cJSON *root) {
  const cJSON *item;
  /* An older form of models.dev's has a wrapper. */
  const cJSON *providers = catalog_value(root, "providers");
  const cJSON *top = cJSON_IsObject(providers) ? providers : root;
  /* The likeliest mix-up, so it gets a sentence of its own. */
  if (cJSON_IsArray(catalog_value(root, "tiers")))
    return catalog_fail(&reading->reader, NULL,
                        "this is a catalogue of tierd already; expected a price list of LiteLLM or "
                        "models.dev");
  if (!cJSON_IsObject(root))
    top = NULL;
  cJSON_ArrayForEach(item, top) {
    if (models_dev_is(item)) {
      reading->list->format = LIST_MODELS_DEV;
      return read_models_dev(reading, top);
    }
    if (litellm_is(item)) {
      reading->list->format = LIST_LITELLM;
      return read_litellm(reading, top);
    }
  }
  return catalog_fail(&reading->reader, NULL,
                      "neither form of a price list; expected LiteLLM's "
                      "model_prices_and_context_window.json (models with litellm_provider) or "
                      "models.dev's api.json (providers with models)");
}

/* Names first, so that all providers of a model stand together. */
static int by_name(const void *a, const void *b) {
  const struct catalog_model *x = &((const struct listed_model *)a)->model;
  const struct catalog_model *y = &((const struct listed_model *)b)->model;
  const int order = strcmp(x->name, y->name);
  return order != 0 ? order : strcmp(x->provider, y->provider);
}

/* Two prices for one model would make it chance which is taken. Names that were cut
 * are refused anyway and may look alike. */
static bool check_twice(const struct reading *reading) {
  const struct price_list *list = reading->list;
  for (size_t i = 1; i < list->count; i++) {
    const struct json_place place = {NULL, list->models[i].model.name};
    if (list->models[i].refused == NULL && by_name(&list->models[i - 1], &list->models[i]) == 0)
      return catalog_fail(&reading->reader, &place, "appears twice; keep one");
  }
  return true;
}

/* Checks and parses text into a tree, to be deleted by the caller, or NULL. */
static cJSON *parse_tree(const struct catalog_reader *reader, char *text, size_t len) {
  struct json_error error;
  /* First, since the library would take duplicate keys and endless depth. */
  if (json_check(text, len, &limits, &error) != JSON_OK) {
    catalog_fail(reader, NULL, "line %zu: not valid JSON: %s", error.line,
                 json_status_text(error.status));
    return NULL;
  }
  cJSON *root = cJSON_ParseWithLength(text, len);
  if (root == NULL)
    catalog_fail_memory(reader);
  return root;
}

/* Sorting makes twins neighbours and finding a model cheap. */
bool price_list_parse(const char *name, char *text, size_t len, const struct list_options *options,
                      struct price_list *out, struct catalog_error *err) {
  struct price_list list = {.memory = catalog_memory_create()};
  struct reading reading = {.reader = {.file = name, .memory = list.memory, .err = err},
                            .options = options,
                            .list = &list};
  if (list.memory == NULL)
    return catalog_fail_memory(&reading.reader);
  /* Names and notes are copied into the list's memory, so that the tree can go. */
  cJSON *root = parse_tree(&reading.reader, text, len);
  bool ok = root != NULL && read_root(&reading, root);
  if (ok && list.count > 0) {
    /* Not of an empty list, whose pointer is NULL. */
    qsort(list.models, list.count, sizeof *list.models, by_name);
    ok = check_twice(&reading);
  }
  cJSON_Delete(root);
  if (ok)
    *out = list;
  else
    price_list_unload(&list);
  return ok;
}

/* The text is only needed for as long as it is parsed. */
bool price_list_load(const char *path, const struct list_options *options, struct price_list *out,
                     struct catalog_error *err) {
  char *text;
  size_t len;
  if (!read_file(path, PRICE_LIST_BYTES_MAX, &text, &len, err->text, sizeof err->text))
    return false;
  const bool ok = price_list_parse(path, text, len, options, out, err);
  free(text);
  return ok;
}

/* Also of a list that was zeroed and never loaded. */
void price_list_unload(struct price_list *list) {
  free(list->models);
  catalog_memory_destroy(list->memory);
  *list = (struct price_list){0};
}

/* The first entry of that name, by halving. */
static size_t first_of(const struct price_list *list, const char *name) {
  size_t low = 0, high = list->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp(list->models[middle].model.name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The exact provider wins; else one that goes by another name in this list. */
const struct listed_model *price_list_find(const struct price_list *list, const char *name,
                                           const char *provider, const char **other) {
  const struct listed_model *alike = NULL;
  *other = NULL;
  for (size_t i = first_of(list, name); i < list->count; i++) {
    const struct listed_model *listed = &list->models[i];
    if (strcmp(listed->model.name, name) != 0)
      break;
    /* A name that was cut may look like another's. */
    if (listed->refused != NULL)
      continue;
    if (strcmp(listed->model.provider, provider) == 0)
      return listed;
    if (names_same_provider(listed->model.provider, provider) && alike == NULL)
      alike = listed;
    /* Told even when nothing fits, for the reason that is then given. */
    *other = listed->model.provider;
  }
  return alike;
}
