/* models_dev.c - one model of models.dev's api.json.
 *
 * The list is an object of providers, each with "models", an object of models. A model
 * has "cost" in USD per million tokens, "limit" in tokens, "modalities" and flags.
 * Prices of long requests are an array "tiers" in cost, each with a "tier" that holds
 * the threshold, or the older "context_over_200k". How single values are judged is in
 * list_entry.c.
 */
#include <string.h>

#include "daemon/ctl/catalog/list_formats.h"

static const uint64_t over_200k = 200000;

/* A provider is told by its models; no entry of the other list has such an object. */
bool models_dev_is(const cJSON *value) {
  return cJSON_IsObject(value) && cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(value, "models"));
}

/* Does an array of strings hold one? */
static bool holds(const cJSON *array, const char *word) {
  const cJSON *item;
  if (!cJSON_IsArray(array))
    return false;
  cJSON_ArrayForEach(item, array) {
    if (cJSON_IsString(item) && strcmp(item->valuestring, word) == 0)
      return true;
  }
  return false;
}

bool models_dev_is_chat(const cJSON *model) {
  const cJSON *modalities = catalog_value(model, "modalities");
  /* Without the key nothing speaks against it. */
  return cJSON_IsObject(model) &&
         (modalities == NULL || holds(catalog_value(modalities, "output"), "text"));
}

/* A model without a price has no cost at all, and each figure is unknown. */
static void read_set(struct list_entry *entry, const cJSON *cost, struct price_set *out) {
  *out = price_set_unknown();
  if (!cJSON_IsObject(cost))
    return;
  out->input = list_price(entry, cost, "input");
  out->output = list_price(entry, cost, "output");
  out->cache_read = list_price(entry, cost, "cache_read");
  /* For how long is not said. */
  list_add_write(entry, out, 0, list_price(entry, cost, "cache_write"));
}

/* The array, and where there is none, the older key. */
static void read_lengths(struct list_entry *entry, const cJSON *cost, struct context_tier *tiers,
                         size_t *count) {
  const cJSON *list = catalog_value(cost, "tiers");
  const cJSON *older = catalog_value(cost, "context_over_200k");
  struct context_tier tier = {.above_input_tokens = over_200k};
  const cJSON *item;
  if (!cJSON_IsArray(list)) {
    read_set(entry, older, &tier.price);
    if (cJSON_IsObject(older))
      list_add_context(entry, tiers, count, &tier);
    return;
  }
  cJSON_ArrayForEach(item, list) {
    const cJSON *kind = catalog_value(item, "tier");
    const cJSON *type = catalog_value(kind, "type");
    tier.above_input_tokens = list_tokens(entry, kind, "size");
    if (tier.above_input_tokens == 0 || !cJSON_IsString(type) ||
        strcmp(type->valuestring, "context") != 0) {
      list_note(entry, "cost.tiers has an entry that is not by length; it is not used");
      continue;
    }
    read_set(entry, item, &tier.price);
    list_add_context(entry, tiers, count, &tier);
  }
}

static void read_flag(struct list_entry *entry, const cJSON *flag, enum catalog_capability bit) {
  /* tool_call may be an object that says more. */
  if (cJSON_IsObject(flag))
    flag = catalog_value(flag, "supported");
  if (cJSON_IsBool(flag))
    list_capability(entry, bit, cJSON_IsTrue(flag));
}

/* The list of what goes in is complete where it is given: what it lacks is a no. */
static void read_capabilities(struct list_entry *entry, const cJSON *model) {
  const cJSON *input = catalog_value(catalog_value(model, "modalities"), "input");
  read_flag(entry, catalog_value(model, "tool_call"), CAPABILITY_TOOLS);
  read_flag(entry, catalog_value(model, "structured_output"), CAPABILITY_JSON_SCHEMA);
  read_flag(entry, catalog_value(model, "reasoning"), CAPABILITY_REASONING);
  if (!cJSON_IsArray(input))
    return;
  list_capability(entry, CAPABILITY_VISION, holds(input, "image"));
  list_capability(entry, CAPABILITY_FILES, holds(input, "pdf") || holds(input, "audio"));
}

/* The day of the last update is that of the page, not of the price, and is not used. */
bool models_dev_read(struct list_entry *entry, const cJSON *model) {
  struct context_tier tiers[CATALOG_CONTEXT_TIERS_MAX + 1];
  size_t count = 0;
  struct catalog_model *out = &entry->out->model;
  const cJSON *cost = catalog_value(model, "cost");
  const cJSON *limit = catalog_value(model, "limit");
  const cJSON *status = catalog_value(model, "status");
  entry->places = DECIMAL_PER_MILLION;
  read_set(entry, cost, &out->price);
  read_lengths(entry, cost, tiers, &count);
  out->context_window = list_tokens(entry, limit, "context");
  out->output_max = list_tokens(entry, limit, "output");
  read_capabilities(entry, model);
  list_reasoning(entry, cost, "reasoning");
  entry->out->retired = cJSON_IsString(status) && strcmp(status->valuestring, "deprecated") == 0;
  out->source = "";
  return list_entry_close(entry, tiers, count);
}
