/* model_json.c - a model of a price list as an entry of the catalogue's JSON.
 *
 * Structs go in, keys of a tree come out, prices written as exact decimals. Updates
 * touch only what changed, so that notes and figures that only a person can know
 * survive an import. Which entry gets which figures is decided in merge.c and plan.c.
 */
#include "daemon/ctl/catalog/model_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/catalog/figures.h"
#include "daemon/ctl/catalog/json_write.h"
#include "daemon/ctl/catalog/names.h"

/* A URL of the list has at most 1,000 bytes, see litellm.c. */
enum { SOURCE_BYTES_MAX = 1400 };

/* As a decimal text: a double would bring back what decimal.c took out. */
static cJSON *price_json(int64_t nano) {
  char text[MONEY_TEXT_MAX];
  money_print(nano, text); /* "null" when unknown */
  return cJSON_CreateRaw(text);
}

/* Sizes are 0 in the struct when they are unknown, and null in the file. */
static cJSON *tokens_json(uint64_t tokens) {
  char text[32];
  snprintf(text, sizeof text, "%" PRIu64, tokens);
  return tokens != 0 ? cJSON_CreateRaw(text) : cJSON_CreateNull();
}

/* A price where its lifetime is not known, else an object of lifetimes; null when
 * there is none. */
static cJSON *writes_json(const struct price_set *set, bool batch) {
  cJSON *object = NULL;
  for (size_t i = 0; i < set->cache_writes_count; i++) {
    const struct cache_write_price *write = &set->cache_writes[i];
    const int64_t price = batch ? write->batch_price : write->price;
    char lifetime[DURATION_TEXT_MAX];
    figures_duration(write->lifetime_s, lifetime);
    if (!money_known(price))
      continue;
    if (lifetime[0] == '\0') {
      cJSON_Delete(object);
      return price_json(price);
    }
    if (object == NULL && (object = cJSON_CreateObject()) == NULL)
      return NULL;
    if (!json_put(object, lifetime, price_json(price))) {
      cJSON_Delete(object);
      return NULL;
    }
  }
  return object != NULL ? object : cJSON_CreateNull();
}

/* The keys of a set that are single prices, in the order they are written. */
static const struct {
  const char *key;
  size_t offset;
} prices[] = {{"input", offsetof(struct price_set, input)},
              {"output", offsetof(struct price_set, output)},
              {"cache_read", offsetof(struct price_set, cache_read)},
              {"batch_input", offsetof(struct price_set, batch_input)},
              {"batch_output", offsetof(struct price_set, batch_output)},
              {"batch_cache_read", offsetof(struct price_set, batch_cache_read)}};

enum { BATCH_FIRST = 3 };

/* Through memcpy, since the table has offsets and not pointers. */
static int64_t price_at(const struct price_set *set, size_t i) {
  int64_t price;
  memcpy(&price, (const char *)set + prices[i].offset, sizeof price);
  return price;
}

/* Do two sets write to the cache at the same prices? */
static bool same_writes(const struct price_set *a, const struct price_set *b) {
  bool same = a->cache_writes_count == b->cache_writes_count;
  for (size_t i = 0; same && i < a->cache_writes_count; i++)
    same = a->cache_writes[i].lifetime_s == b->cache_writes[i].lifetime_s &&
           a->cache_writes[i].price == b->cache_writes[i].price &&
           a->cache_writes[i].batch_price == b->cache_writes[i].batch_price;
  return same;
}

/* Compared by value; padding between members means nothing. */
static bool same_set(const struct price_set *a, const struct price_set *b) {
  bool same = same_writes(a, b);
  for (size_t i = 0; same && i < sizeof prices / sizeof prices[0]; i++)
    same = price_at(a, i) == price_at(b, i);
  return same;
}

/* Writes the keys in which set differs from old; all of them when old is NULL. */
static bool put_set(cJSON *object, const struct price_set *old, const struct price_set *set) {
  const bool writes = old == NULL || !same_writes(old, set);
  for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
    /* The price for writing stands beside the one for reading. */
    if (i == BATCH_FIRST && writes && !json_put(object, "cache_write", writes_json(set, false)))
      return false;
    if ((old == NULL || price_at(old, i) != price_at(set, i)) &&
        !json_put(object, prices[i].key, price_json(price_at(set, i))))
      return false;
  }
  return !writes || json_put(object, "batch_cache_write", writes_json(set, true));
}

/* Nothing is inherited from the base prices, so all keys are written. */
static cJSON *context_json(const struct context_tier *tier) {
  cJSON *object = cJSON_CreateObject();
  if (object != NULL &&
      json_put(object, "above_input_tokens", tokens_json(tier->above_input_tokens)) &&
      put_set(object, NULL, &tier->price))
    return object;
  cJSON_Delete(object);
  return NULL;
}

/* One object, or an array of several. */
static cJSON *contexts_json(const struct catalog_model *model) {
  if (model->context_tiers_count == 1)
    return context_json(&model->context_tiers[0]);
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; array != NULL && i < model->context_tiers_count; i++) {
    cJSON *item = context_json(&model->context_tiers[i]);
    if (item == NULL || !cJSON_AddItemToArray(array, item)) {
      cJSON_Delete(item);
      cJSON_Delete(array);
      return NULL;
    }
  }
  return array;
}

static bool same_contexts(const struct catalog_model *a, const struct catalog_model *b) {
  bool same = a->context_tiers_count == b->context_tiers_count;
  for (size_t i = 0; same && i < a->context_tiers_count; i++)
    same = a->context_tiers[i].above_input_tokens == b->context_tiers[i].above_input_tokens &&
           same_set(&a->context_tiers[i].price, &b->context_tiers[i].price);
  return same;
}

/* Capabilities that merged knows. */
static cJSON *capabilities_json(const struct catalog_model *model) {
  cJSON *object = cJSON_CreateObject();
  for (size_t i = 0; object != NULL && i < CAPABILITIES_COUNT; i++) {
    const struct catalog_capability_name *flag = &catalog_capabilities[i];
    if ((model->capabilities_known & flag->bit) == 0)
      continue;
    if (!json_put(object, flag->key, cJSON_CreateBool((model->capabilities & flag->bit) != 0))) {
      cJSON_Delete(object);
      return NULL;
    }
  }
  return object;
}

/* In the order of the keys; each step leaves the tree whole. */
bool model_json_update(cJSON *entry, const struct catalog_model *base,
                       const struct catalog_model *merged) {
  if (!put_set(entry, &base->price, &merged->price))
    return false;
  if (!same_contexts(base, merged) && !json_put(entry, "long_context", contexts_json(merged)))
    return false;
  if (base->context_window != merged->context_window &&
      !json_put(entry, "context_window", tokens_json(merged->context_window)))
    return false;
  if (base->output_max != merged->output_max &&
      !json_put(entry, "max_output", tokens_json(merged->output_max)))
    return false;
  return base->capabilities_known == merged->capabilities_known ||
         json_put(entry, "capabilities", capabilities_json(merged));
}

/* Lists are second-hand, and the source says so: "(secondary)" asks to look it up. */
bool model_json_stamp(cJSON *entry, const struct listed_model *listed,
                      const struct model_origin *origin, bool changed) {
  char source[SOURCE_BYTES_MAX];
  snprintf(source, sizeof source, "%s price list, %s (secondary)%s%s",
           price_list_owner(origin->format), listed->model.provider,
           listed->model.source[0] ? " ; " : "", listed->model.source);
  /* Where the old figure was right, its source is still the better one. */
  return json_put(entry, "as_of", cJSON_CreateString(origin->as_of)) &&
         (!changed || json_put(entry, "source", cJSON_CreateString(source)));
}

/* What the loader wants to know of the cache besides prices. */
static bool put_cache(cJSON *entry, const struct catalog_model *model) {
  const struct price_set *set = &model->price;
  char lifetime[DURATION_TEXT_MAX] = "";
  /* A request that does not ask for longer gets the shortest. */
  if (set->cache_writes_count > 0)
    figures_duration(set->cache_writes[0].lifetime_s, lifetime);
  return (lifetime[0] == '\0' || json_put(entry, "cache_lifetime", cJSON_CreateString(lifetime))) &&
         json_put(entry, "cache_tokens_min", tokens_json(model->cache_tokens_min));
}

/* Keys in the order of the shipped catalogue, so that entries read alike. */
cJSON *model_json_create(const struct listed_model *listed, const char *tier,
                         const struct model_origin *origin) {
  const struct catalog_model *model = &listed->model;
  const char *tokenizer = names_tokenizer(model->name);
  const char *images = names_images(model->name);
  cJSON *entry = cJSON_CreateObject();
  const bool ok =
      entry != NULL && json_put(entry, "provider", cJSON_CreateString(model->provider)) &&
      json_put(entry, "tier", cJSON_CreateString(tier)) &&
      (tokenizer == NULL || json_put(entry, "tokenizer", cJSON_CreateString(tokenizer))) &&
      (images == NULL || json_put(entry, "images", cJSON_CreateString(images))) &&
      put_set(entry, NULL, &model->price) &&
      (model->context_tiers_count == 0 || json_put(entry, "long_context", contexts_json(model))) &&
      json_put(entry, "context_window", tokens_json(model->context_window)) &&
      json_put(entry, "max_output", tokens_json(model->output_max)) && put_cache(entry, model) &&
      (model->capabilities_known == 0 ||
       json_put(entry, "capabilities", capabilities_json(model))) &&
      model_json_stamp(entry, listed, origin, true) &&
      (listed->notes[0] == '\0' || json_put(entry, "notes", cJSON_CreateString(listed->notes)));
  if (ok)
    return entry;
  cJSON_Delete(entry);
  return NULL;
}
