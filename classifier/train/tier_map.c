/* tier_map.c - reads --tiers FILE.
 *
 *   tiers, in order → models and labels, each to a tier → names of one model → relative costs
 *
 * Strict where a slip would put a model into the wrong tier and lenient elsewhere: a catalogue
 * is a valid file and has much that is of no concern here. */
#include "classifier/train/tier_map.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/text/file_read.h"
#include "classifier/text/json_check.h"

enum { TIERS_FILE_BYTES_MAX = 16 * 1024 * 1024 };

static bool fail(char *why, size_t why_size, const char *what) {
  snprintf(why, why_size, "%s", what);
  return false;
}

/* There are at most eight: a plain scan will do. */
static int find_tier(const struct tier_map *map, const char *name) {
  for (size_t i = 0; i < map->tiers_count; i++)
    if (strcmp(map->names[i], name) == 0)
      return (int)i;
  return -1;
}

static bool read_tiers(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *tiers = cJSON_GetObjectItemCaseSensitive(root, "tiers");
  const cJSON *tier;
  if (!cJSON_IsArray(tiers))
    return fail(why, why_size, "expected \"tiers\": a list of 2 to 8 names, cheapest first");
  cJSON_ArrayForEach(tier, tiers) {
    const char *name = cJSON_GetStringValue(tier);
    if (!name || !*name || strlen(name) >= MODEL_TIER_NAME_MAX || strpbrk(name, " \t\r\n"))
      return fail(why, why_size, "\"tiers\" must hold names without blanks, below 64 bytes");
    if (map->tiers_count == MODEL_TIERS_MAX)
      return fail(why, why_size, "\"tiers\" holds more than 8 names");
    if (find_tier(map, name) >= 0)
      return fail(why, why_size, "\"tiers\" names a tier twice");
    snprintf(map->names[map->tiers_count++], MODEL_TIER_NAME_MAX, "%s", name);
  }
  return map->tiers_count >= 2 ||
         fail(why, why_size, "expected \"tiers\": a list of 2 to 8 names, cheapest first");
}

static bool append(struct tier_map_entry **entries, size_t *count, const char *name, int tier) {
  struct tier_map_entry *grown = realloc(*entries, (*count + 1) * sizeof *grown);
  if (!grown)
    return false;
  *entries = grown;
  grown[*count].name = strdup(name);
  grown[*count].tier = tier;
  return grown[(*count)++].name != NULL;
}

static bool is_object_or_absent(const cJSON *root, const char *name) {
  const cJSON *member = cJSON_GetObjectItemCaseSensitive(root, name);
  return !member || cJSON_IsObject(member);
}

/* "models" holds objects with a "tier", as the catalogue does, or plain names. */
static bool read_models(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *model;
  if (!is_object_or_absent(root, "models"))
    return fail(why, why_size, "\"models\" must be an object");
  cJSON_ArrayForEach(model, cJSON_GetObjectItemCaseSensitive(root, "models")) {
    const cJSON *tier =
        cJSON_IsObject(model) ? cJSON_GetObjectItemCaseSensitive(model, "tier") : model;
    const char *name = cJSON_GetStringValue(tier);
    int index = name ? find_tier(map, name) : -1;
    if (index < 0) {
      snprintf(why, why_size, "model \"%s\" must name one of the tiers", model->string);
      return false;
    }
    if (!append(&map->models, &map->models_count, model->string, index))
      return fail(why, why_size, "out of memory");
  }
  return true;
}

/* Labels of a log that are not called as the tiers are; the tiers' names come first. */
static bool read_labels(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *label;
  if (!is_object_or_absent(root, "labels"))
    return fail(why, why_size, "\"labels\" must be an object");
  for (size_t i = 0; i < map->tiers_count; i++)
    if (!append(&map->labels, &map->labels_count, map->names[i], (int)i))
      return fail(why, why_size, "out of memory");
  cJSON_ArrayForEach(label, cJSON_GetObjectItemCaseSensitive(root, "labels")) {
    const char *name = cJSON_GetStringValue(label);
    int index = name ? find_tier(map, name) : -1;
    if (index < 0) {
      snprintf(why, why_size, "label \"%s\" must name one of the tiers", label->string);
      return false;
    }
    if (!append(&map->labels, &map->labels_count, label->string, index))
      return fail(why, why_size, "out of memory");
  }
  return true;
}

static bool append_alias(struct tier_map_alias **aliases, size_t *count, const char *name,
                         const char *canonical) {
  struct tier_map_alias *grown = realloc(*aliases, (*count + 1) * sizeof *grown);
  if (!grown)
    return false;
  *aliases = grown;
  struct tier_map_alias *alias = &grown[(*count)++];
  alias->name = strdup(name);
  alias->canonical = strdup(canonical);
  return alias->name && alias->canonical;
}

static bool read_label_likes(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *like;
  if (!is_object_or_absent(root, "label_like"))
    return fail(why, why_size, "\"label_like\" must be an object of sources by label");
  cJSON_ArrayForEach(like, cJSON_GetObjectItemCaseSensitive(root, "label_like")) {
    if (!cJSON_IsString(like) || tier_map_label(map, like->string) < 0) {
      snprintf(why, why_size, "\"label_like\": \"%s\" must be a label and name a source",
               like->string);
      return false;
    }
    if (!append_alias(&map->likes, &map->likes_count, like->string, like->valuestring))
      return fail(why, why_size, "out of memory");
  }
  return true;
}

/* One model under several names must not be learned as several. */
static bool read_aliases(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *group;
  const cJSON *name;
  if (!is_object_or_absent(root, "same_model"))
    return fail(why, why_size, "\"same_model\" must be an object of lists of names");
  cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(root, "same_model")) {
    if (!cJSON_IsArray(group))
      return fail(why, why_size, "\"same_model\" must be an object of lists of names");
    cJSON_ArrayForEach(name, group) {
      if (!cJSON_IsString(name))
        return fail(why, why_size, "\"same_model\" must be an object of lists of names");
      if (!append_alias(&map->aliases, &map->aliases_count, name->valuestring, group->string))
        return fail(why, why_size, "out of memory");
    }
  }
  return true;
}

/* The model whose ability stands for the tier's, one a tier at most. */
static bool read_references(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *model;
  if (!is_object_or_absent(root, "reference"))
    return fail(why, why_size, "\"reference\" must be an object of model names by tier");
  cJSON_ArrayForEach(model, cJSON_GetObjectItemCaseSensitive(root, "reference")) {
    int tier = find_tier(map, model->string);
    if (tier < 0 || !cJSON_IsString(model) || map->references[tier])
      return fail(why, why_size, "\"reference\" must hold one model's name for a tier");
    map->references[tier] = strdup(model->valuestring);
    if (!map->references[tier])
      return fail(why, why_size, "out of memory");
  }
  return true;
}

/* The mean published output price of the tier's models; 0 when none has one. */
static double mean_output_price(const struct tier_map *map, const cJSON *root, int tier) {
  double sum = 0;
  int count = 0;
  const cJSON *model;
  cJSON_ArrayForEach(model, cJSON_GetObjectItemCaseSensitive(root, "models")) {
    const cJSON *price = cJSON_GetObjectItemCaseSensitive(model, "output");
    if (!cJSON_IsNumber(price) || tier_map_model(map, model->string) != tier)
      continue;
    sum += price->valuedouble;
    count++;
  }
  return count ? sum / count : 0;
}

/* As the file says, else by published prices, else five times as much from tier to tier. */
static bool read_costs(struct tier_map *map, const cJSON *root, char *why, size_t why_size) {
  const cJSON *costs = cJSON_GetObjectItemCaseSensitive(root, "relative_cost");
  double step = 1;
  if (!is_object_or_absent(root, "relative_cost"))
    return fail(why, why_size, "\"relative_cost\" must be an object");
  for (size_t i = 0; i < map->tiers_count; i++, step *= 5) {
    const cJSON *cost = cJSON_GetObjectItemCaseSensitive(costs, map->names[i]);
    double price = cost ? cost->valuedouble : mean_output_price(map, root, (int)i);
    if (cost && (!cJSON_IsNumber(cost) || !(price > 0)))
      return fail(why, why_size, "\"relative_cost\" must hold numbers above 0");
    map->costs[i] = price > 0 ? price : step;
  }
  return true;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct tier_map_entry *)a)->name, ((const struct tier_map_entry *)b)->name);
}

static bool parse(struct tier_map *map, char *text, size_t len, char *why, size_t why_size) {
  const struct json_limits limits = {.depth_max = 16, .nodes_max = 1000000};
  struct json_error err;
  json_blank_comments(text, len);
  if (json_check(text, len, &limits, &err) != JSON_OK) {
    snprintf(why, why_size, "line %zu: %s", err.line, json_status_text(err.status));
    return false;
  }
  cJSON *root = cJSON_ParseWithLength(text, len);
  bool ok = root ? read_tiers(map, root, why, why_size) && read_models(map, root, why, why_size) &&
                       read_labels(map, root, why, why_size) &&
                       read_label_likes(map, root, why, why_size) &&
                       read_aliases(map, root, why, why_size) &&
                       read_references(map, root, why, why_size)
                 : fail(why, why_size, "out of memory");
  if (ok && map->models_count > 0)
    qsort(map->models, map->models_count, sizeof map->models[0], by_name);
  ok = ok && read_costs(map, root, why, why_size);
  cJSON_Delete(root);
  return ok;
}

bool tier_map_read(struct tier_map *map, const char *path, char *why, size_t why_size) {
  size_t len = 0;
  *map = (struct tier_map){0};
  char *text;
  const enum file_status status = file_read(path, TIERS_FILE_BYTES_MAX, &text, &len, why, why_size);
  bool ok = status == FILE_READ_OK && parse(map, text, len, why, why_size);
  /* The caller names the file and says that it cannot be taken. */
  if (status == FILE_READ_OPEN)
    snprintf(why, why_size, "%s", strerror(errno));
  free(text);
  if (!ok)
    tier_map_deinit(map);
  return ok;
}

int tier_map_model(const struct tier_map *map, const char *name) {
  struct tier_map_entry key = {.name = (char *)(size_t)name};
  const struct tier_map_entry *found =
      map->models_count ? bsearch(&key, map->models, map->models_count, sizeof key, by_name) : NULL;
  return found ? found->tier : -1;
}

int tier_map_label(const struct tier_map *map, const char *label) {
  for (size_t i = 0; i < map->labels_count; i++)
    if (strcmp(map->labels[i].name, label) == 0)
      return map->labels[i].tier;
  return -1;
}

const char *tier_map_canonical(const struct tier_map *map, const char *name) {
  for (size_t i = 0; i < map->aliases_count; i++)
    if (strcmp(map->aliases[i].name, name) == 0)
      return map->aliases[i].canonical;
  return name;
}

static void free_aliases(struct tier_map_alias *aliases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(aliases[i].name);
    free(aliases[i].canonical);
  }
  free(aliases);
}

void tier_map_deinit(struct tier_map *map) {
  free_aliases(map->aliases, map->aliases_count);
  free_aliases(map->likes, map->likes_count);
  for (size_t i = 0; i < MODEL_TIERS_MAX; i++)
    free(map->references[i]);
  for (size_t i = 0; i < map->models_count; i++)
    free(map->models[i].name);
  for (size_t i = 0; i < map->labels_count; i++)
    free(map->labels[i].name);
  free(map->models);
  free(map->labels);
  *map = (struct tier_map){0};
}
