/* litellm.c - one model of LiteLLM's model_prices_and_context_window.json.
 *
 * A flat object: prices in USD per token, under keys that are put together from what
 * is priced, "_above_1hr" for the longer life of a cache, "_batches", and
 * "_above_200k_tokens" and the like for long requests. Keys of priorities, flexible
 * service, audio and images are passed over: the catalogue has text at list price.
 * How single values are judged is in list_entry.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/catalog/list_formats.h"

enum { KEY_BYTES = 128, LIFETIME_SHORT_S = 300, LIFETIME_LONG_S = 3600 };

/* Either key is in every entry of the list that matters; no other list has them. */
bool litellm_is(const cJSON *value) {
  return cJSON_IsObject(value) &&
         (cJSON_GetObjectItemCaseSensitive(value, "litellm_provider") != NULL ||
          cJSON_GetObjectItemCaseSensitive(value, "input_cost_per_token") != NULL);
}

bool litellm_is_chat(const cJSON *model) {
  const cJSON *mode = cJSON_GetObjectItemCaseSensitive(model, "mode");
  const cJSON *outputs = catalog_value(model, "supported_output_modalities");
  const cJSON *item;
  bool text = !cJSON_IsArray(outputs); /* without the key nothing speaks against it */
  cJSON_ArrayForEach(item, outputs) {
    text = text || (cJSON_IsString(item) && strcmp(item->valuestring, "text") == 0);
  }
  return text && cJSON_IsString(mode) && strcmp(mode->valuestring, "chat") == 0;
}

/* The price under the key that the parts make. */
static int64_t price_of(struct list_entry *entry, const cJSON *model, const char *base,
                        const char *length, const char *batch) {
  char key[KEY_BYTES];
  snprintf(key, sizeof key, "%s%s%s", base, length, batch);
  return list_price(entry, model, key);
}

/* Writing to the cache: a price for an hour says that the other is for five minutes,
 * which is what the providers with two prices have. */
static void read_cache_writes(struct list_entry *entry, const cJSON *model, const char *length,
                              struct price_set *out) {
  const char *base = "cache_creation_input_token_cost";
  const int64_t usual = price_of(entry, model, base, length, "");
  const int64_t hour =
      price_of(entry, model, "cache_creation_input_token_cost_above_1hr", length, "");
  list_add_write(entry, out, money_known(hour) ? LIFETIME_SHORT_S : 0, usual);
  list_add_write(entry, out, LIFETIME_LONG_S, hour);
}

/* One set of prices; length is "" or "_above_200k_tokens". */
static void read_set(struct list_entry *entry, const cJSON *model, const char *length,
                     struct price_set *out) {
  *out = price_set_unknown();
  out->input = price_of(entry, model, "input_cost_per_token", length, "");
  out->output = price_of(entry, model, "output_cost_per_token", length, "");
  out->cache_read = price_of(entry, model, "cache_read_input_token_cost", length, "");
  /* An older key of the same meaning. */
  if (!money_known(out->cache_read))
    out->cache_read = price_of(entry, model, "input_cost_per_token_cache_hit", length, "");
  out->batch_input = price_of(entry, model, "input_cost_per_token", length, "_batches");
  out->batch_output = price_of(entry, model, "output_cost_per_token", length, "_batches");
  out->batch_cache_read = price_of(entry, model, "cache_read_input_token_cost", length, "_batches");
  read_cache_writes(entry, model, length, out);
}

/* "input_cost_per_token_above_200k_tokens" is 200; 0 when key is none of these. */
static unsigned thousands_of(const char *key) {
  static const char *const bases[] = {"input_cost_per_token_above_", "output_cost_per_token_above_",
                                      "cache_read_input_token_cost_above_"};
  for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
    const size_t len = strlen(bases[i]);
    if (strncmp(key, bases[i], len) != 0)
      continue;
    const size_t digits = strspn(key + len, "0123456789");
    if (digits < 1 || digits > 5 || strcmp(key + len + digits, "k_tokens") != 0)
      return 0;
    return (unsigned)atoi(key + len);
  }
  return 0;
}

/* Longer contexts, from whatever thresholds the keys name. */
static void read_lengths(struct list_entry *entry, const cJSON *model, struct context_tier *tiers,
                         size_t *count) {
  const cJSON *item;
  cJSON_ArrayForEach(item, model) {
    const unsigned thousands = thousands_of(item->string);
    if (thousands == 0 || cJSON_IsNull(item))
      continue;
    struct context_tier tier = {.above_input_tokens = thousands * UINT64_C(1000)};
    bool there = false;
    for (size_t i = 0; i < *count; i++)
      there = there || tiers[i].above_input_tokens == tier.above_input_tokens;
    if (there) /* each threshold stands in several keys */
      continue;
    /* Reading a set looks at all keys, so that of a hundred thousand thresholds no more
     * than the few may be read that there is room for. */
    if (*count == CATALOG_CONTEXT_TIERS_MAX) {
      list_note(entry, "more than %d thresholds of length in the list; some are left out",
                CATALOG_CONTEXT_TIERS_MAX);
      return;
    }
    char length[40];
    snprintf(length, sizeof length, "_above_%uk_tokens", thousands);
    read_set(entry, model, length, &tier.price);
    if (!money_known(tier.price.input) || !money_known(tier.price.output))
      list_note(entry, "above %uk tokens: input or output not in the list", thousands);
    list_add_context(entry, tiers, count, &tier);
  }
}

/* Some providers have an array instead: objects with a "range" of input tokens and
 * prices. The range that begins at 0 is the model's own price. */
static void read_ranges(struct list_entry *entry, const cJSON *model, struct context_tier *tiers,
                        size_t *count) {
  const cJSON *ranges = catalog_value(model, "tiered_pricing");
  const cJSON *item;
  if (!cJSON_IsArray(ranges))
    return;
  cJSON_ArrayForEach(item, ranges) {
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(item, "range");
    const cJSON *start = cJSON_IsArray(range) ? range->child : NULL;
    const double from = cJSON_IsNumber(start) ? start->valuedouble : -1;
    struct context_tier tier;
    if (!(from >= 0 && from <= 1e9)) {
      list_note(entry, "tiered_pricing has an entry without a range in the list");
      continue;
    }
    read_set(entry, item, "", &tier.price);
    tier.above_input_tokens = (uint64_t)from;
    if (tier.above_input_tokens == 0)
      entry->out->model.price = tier.price;
    else
      list_add_context(entry, tiers, count, &tier);
  }
}

/* A flag that is left out is not known: the list omits many that are true. */
static void read_capabilities(struct list_entry *entry, const cJSON *model) {
  static const struct {
    const char *key;
    enum catalog_capability bit;
  } keys[] = {{"supports_vision", CAPABILITY_VISION},
              {"supports_function_calling", CAPABILITY_TOOLS},
              {"supports_response_schema", CAPABILITY_JSON_SCHEMA},
              {"supports_pdf_input", CAPABILITY_FILES},
              {"supports_audio_input", CAPABILITY_FILES}, /* either will do */
              {"supports_reasoning", CAPABILITY_REASONING}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const cJSON *flag = catalog_value(model, keys[i].key);
    if (cJSON_IsBool(flag))
      list_capability(entry, keys[i].bit, cJSON_IsTrue(flag));
  }
}

/* Where the list itself has its figures from, if it says so. */
static bool read_source(struct list_entry *entry, const cJSON *model) {
  const cJSON *item = catalog_value(model, "source");
  const char *url = cJSON_IsString(item) ? item->valuestring : "";
  if (strlen(url) > 1000)
    url = "";
  struct span text = span_of(url);
  entry->out->model.source = catalog_memory_string(entry->reader->memory, text);
  return entry->out->model.source != NULL;
}

/* The ranges come after the flat keys, for where both are, the ranges are meant. */
bool litellm_read(struct list_entry *entry, const cJSON *model) {
  struct context_tier tiers[CATALOG_CONTEXT_TIERS_MAX + 1];
  size_t count = 0;
  struct catalog_model *out = &entry->out->model;
  entry->places = DECIMAL_PER_TOKEN;
  read_set(entry, model, "", &out->price);
  read_lengths(entry, model, tiers, &count);
  read_ranges(entry, model, tiers, &count);
  out->context_window = list_tokens(entry, model, "max_input_tokens");
  out->output_max = list_tokens(entry, model, "max_output_tokens");
  out->cache_tokens_min = list_tokens(entry, model, "prompt_cache_min_tokens");
  read_capabilities(entry, model);
  list_reasoning(entry, model, "output_cost_per_reasoning_token");
  return read_source(entry, model) && list_ends(entry, model, "deprecation_date") &&
         list_entry_close(entry, tiers, count);
}
