/* catalog_load.c - reads the catalogue's JSON into router's struct.
 *
 * Bytes → comments blanked → checked to be bounded, well-formed JSON → a tree →
 * struct catalog. The tree lives only in catalog_parse(); everything that outlives
 * it is copied into the catalogue's own memory. Here are the top level, the tiers
 * and their defaults; models are read in catalog_model.c, values checked in
 * catalog_fields.c.
 */
#include "daemon/config/catalog_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "classifier/text/json_check.h"
#include "daemon/config/catalog_fields.h"
#include "daemon/config/catalog_model.h"
#include "daemon/config/quote.h"
#include "daemon/config/read_file.h"

/* A full catalogue is eight levels deep and has about 40 values a model. */
static const struct json_limits limits = {.depth_max = 16, .nodes_max = 200000};

enum { VERSION_DIGITS = 12, TIER_NAME_BYTES_MAX = 63 };

/* One name of "tiers". Their order in the file is their order in the catalogue. */
static bool read_tier(const struct catalog_reader *reader, const struct json_place *place,
                      const cJSON *item, struct catalog *catalog) {
  if (!cJSON_IsString(item))
    return catalog_fail(reader, place, "expected a tier's name, a string");
  if (!catalog_name_check(reader, place, item->valuestring))
    return false;
  const struct span name = span_of(item->valuestring);
  if (name.len > TIER_NAME_BYTES_MAX) /* what a model file can hold, see model.h */
    return catalog_fail(reader, place, "a tier's name of %zu bytes; expected at most %d", name.len,
                        TIER_NAME_BYTES_MAX);
  if (catalog_find_tier(catalog, name) >= 0)
    return catalog_fail(reader, place, "the tier \"%s\" appears twice", item->valuestring);
  const char *copy = catalog_memory_string(reader->memory, name);
  if (copy == NULL)
    return catalog_fail_memory(reader);
  catalog->tiers[catalog->tiers_count++].name = copy;
  return true;
}

/* Two tiers at least: with one there is nothing to choose. */
static bool read_tiers(const struct catalog_reader *reader, const cJSON *root,
                       struct catalog *catalog) {
  const struct json_place here = {NULL, "tiers"};
  const cJSON *tiers = cJSON_GetObjectItemCaseSensitive(root, here.key);
  if (!cJSON_IsArray(tiers))
    return catalog_fail(reader, &here, "%sexpected an array of tier names, cheapest first",
                        tiers == NULL ? "missing; " : "");
  const int count = cJSON_GetArraySize(tiers);
  if (count < CATALOG_TIERS_MIN || count > CATALOG_TIERS_MAX)
    return catalog_fail(reader, &here, "%d tiers; expected %d to %d", count, CATALOG_TIERS_MIN,
                        CATALOG_TIERS_MAX);
  const cJSON *item;
  cJSON_ArrayForEach(item, tiers) {
    char index[24];
    snprintf(index, sizeof index, "%zu", catalog->tiers_count);
    const struct json_place place = {&here, index};
    if (!read_tier(reader, &place, item, catalog))
      return false;
  }
  return true;
}

/* The number is checked first: it bounds the search for duplicates, which is
 * quadratic, and sizes the array. */
static bool read_models(const struct catalog_reader *reader, const cJSON *root,
                        struct catalog *catalog) {
  const struct json_place here = {NULL, "models"};
  const cJSON *models = cJSON_GetObjectItemCaseSensitive(root, here.key);
  if (!cJSON_IsObject(models))
    return catalog_fail(reader, &here, "%sexpected an object that has a key for each model",
                        models == NULL ? "missing; " : "");
  const int count = cJSON_GetArraySize(models);
  if (count < 1 || count > CATALOG_MODELS_MAX)
    return catalog_fail(reader, &here, "%d models; expected 1 to %d", count, CATALOG_MODELS_MAX);
  catalog->models = catalog_memory_alloc(reader->memory, (size_t)count * sizeof *catalog->models);
  if (catalog->models == NULL)
    return catalog_fail_memory(reader);
  const cJSON *item;
  cJSON_ArrayForEach(item, models) {
    const struct json_place place = {&here, item->string};
    if (catalog_find_model(catalog, span_of(item->string)) >= 0)
      return catalog_fail(reader, &place, "appears twice; keep one");
    if (!catalog_model_read(reader, &here, item, catalog, &catalog->models[catalog->models_count]))
      return false;
    catalog->models_count++;
  }
  return true;
}

/* The model that a tier stands for. It must be of that tier, or a decision would
 * name one tier and bill another. */
static bool read_default(const struct catalog_reader *reader, const struct json_place *defaults,
                         const cJSON *object, struct catalog *catalog, size_t tier) {
  const char *tier_name = catalog->tiers[tier].name;
  const struct json_place here = {defaults, tier_name};
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, tier_name);
  if (!cJSON_IsString(item))
    return catalog_fail(reader, &here, "%sexpected the name of this tier's default model",
                        item == NULL ? "missing; " : "");
  struct quoted shown;
  quote(&shown, span_of(item->valuestring));
  const int model = catalog_find_model(catalog, span_of(item->valuestring));
  if (model < 0)
    return catalog_fail(reader, &here, "\"%s\" is none of /models", shown.text);
  const uint32_t actual = catalog->models[model].tier;
  if (actual != tier)
    return catalog_fail(reader, &here, "\"%s\" is in the tier \"%s\"; expected a model of \"%s\"",
                        shown.text, catalog->tiers[actual].name, tier_name);
  catalog->tiers[tier].default_model = (uint32_t)model;
  return true;
}

/* Tier names are the keys here, so an unknown one is caught as any other slip. */
static bool read_defaults(const struct catalog_reader *reader, const cJSON *root,
                          struct catalog *catalog) {
  const struct json_place here = {NULL, "defaults"};
  const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, here.key);
  const char *names[CATALOG_TIERS_MAX];
  for (size_t i = 0; i < catalog->tiers_count; i++)
    names[i] = catalog->tiers[i].name;
  if (!catalog_keys(reader, &here, object, names, catalog->tiers_count))
    return false;
  for (size_t i = 0; i < catalog->tiers_count; i++) {
    if (!read_default(reader, &here, object, catalog, i))
      return false;
  }
  return true;
}

static bool read_safe_tier(const struct catalog_reader *reader, const cJSON *root,
                           struct catalog *catalog) {
  const struct json_place here = {NULL, "safe_tier"};
  const char *name;
  /* Where the classifier knows nothing, the best model is the safe one. */
  catalog->safe_tier = (uint32_t)catalog->tiers_count - 1;
  if (!catalog_string(reader, NULL, root, here.key, false, CATALOG_TEXT, &name))
    return false;
  if (name[0] == '\0')
    return true;
  const int tier = catalog_find_tier(catalog, span_of(name));
  struct quoted shown;
  if (tier < 0)
    return catalog_fail(reader, &here, "\"%s\" is none of /tiers; expected one of them",
                        quote(&shown, span_of(name)));
  catalog->safe_tier = (uint32_t)tier;
  return true;
}

/* A label that people give their file. Checked, then dropped: what tierd reports
 * as the version is the hash, which no editor forgets to change. */
static bool check_version(const struct catalog_reader *reader, const cJSON *root) {
  const struct json_place here = {NULL, "version"};
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, here.key);
  if (item == NULL || cJSON_IsString(item) || cJSON_IsNumber(item) || cJSON_IsNull(item))
    return true;
  return catalog_fail(reader, &here, "expected a string or a number");
}

/* In order of dependence: models name tiers, defaults name models. */
static bool read_root(const struct catalog_reader *reader, const cJSON *root,
                      struct catalog *catalog) {
  static const char *const keys[] = {"version", "tiers", "safe_tier", "defaults", "models"};
  return catalog_keys(reader, NULL, root, keys, sizeof keys / sizeof keys[0]) &&
         check_version(reader, root) && read_tiers(reader, root, catalog) &&
         read_models(reader, root, catalog) && read_defaults(reader, root, catalog) &&
         read_safe_tier(reader, root, catalog);
}

/* The first digits of the hash of the bytes, comments included. */
static const char *hash_text(struct catalog_memory *memory, const char *text, size_t len) {
  char digits[17];
  snprintf(digits, sizeof digits, "%016" PRIx64, (uint64_t)XXH64(text, len, 0));
  return catalog_memory_string(memory, span_make(digits, VERSION_DIGITS));
}

/* Checks and parses text into a tree, to be deleted by the caller, or NULL. */
static cJSON *parse_tree(const struct catalog_reader *reader, char *text, size_t len) {
  struct json_error json_error;
  json_blank_comments(text, len);
  if (json_check(text, len, &limits, &json_error) != JSON_OK) {
    catalog_fail(reader, NULL, "line %zu: not valid JSON: %s", json_error.line,
                 json_status_text(json_error.status));
    return NULL;
  }
  cJSON *root = cJSON_ParseWithLength(text, len);
  if (root == NULL) /* older versions of the library refuse long numbers */
    catalog_fail(reader, NULL, "out of memory, or a number of more than 60 characters");
  return root;
}

bool catalog_parse(const char *name, char *text, size_t len, struct catalog *out,
                   struct catalog_error *err) {
  struct catalog_reader reader = {.file = name, .err = err};
  struct catalog catalog = {0};
  cJSON *root = NULL;
  bool ok = false;

  reader.memory = catalog_memory_create();
  if (reader.memory == NULL)
    return catalog_fail_memory(&reader);
  catalog.memory = reader.memory;
  /* Before the comments are blanked, so that it is the hash of the file. */
  catalog.version = hash_text(reader.memory, text, len);
  if (catalog.version == NULL) {
    catalog_fail_memory(&reader);
    goto out;
  }
  root = parse_tree(&reader, text, len);
  ok = root != NULL && read_root(&reader, root, &catalog);
out:
  cJSON_Delete(root);
  if (ok)
    *out = catalog;
  else
    catalog_unload(&catalog);
  return ok;
}

bool catalog_load(const char *path, struct catalog *out, struct catalog_error *err) {
  char *text;
  size_t len;
  if (!read_file(path, CATALOG_FILE_BYTES_MAX, &text, &len, err->text, sizeof err->text))
    return false;
  const bool ok = catalog_parse(path, text, len, out, err);
  free(text);
  return ok;
}

void catalog_unload(struct catalog *catalog) {
  catalog_memory_destroy(catalog->memory);
  *catalog = (struct catalog){0};
}
