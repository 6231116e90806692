/* catalog_model.c - one entry of the catalogue's "models".
 *
 * JSON object in, struct catalog_model out. "tier", "provider", "input" and "output"
 * must be there, the prices null when nobody publishes them; all else may be left
 * out and is then unknown. All about prices is read in catalog_pricing.c, how single
 * values are checked is in catalog_fields.c.
 */
#include "daemon/config/catalog_model.h"

#include "daemon/config/calendar.h"
#include "daemon/config/catalog_pricing.h"
#include "daemon/config/quote.h"

/* All that may stand in a model, for telling slips from settings. */
static const char *const model_keys[] = {CATALOG_PRICING_KEYS,
                                         "provider",
                                         "tier",
                                         "context_window",
                                         "max_output",
                                         "capabilities",
                                         "as_of",
                                         "source",
                                         "notes",
                                         "tokenizer",
                                         "images"};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static bool read_capabilities(const struct catalog_reader *reader, const struct json_place *place,
                              const cJSON *object, struct catalog_model *model) {
  /* Three answers are possible for each: yes, no, and that nothing is known. A
   * router may gamble on the last but never on a plain no. */
  const struct json_place here = {place, "capabilities"};
  const char *keys[CAPABILITIES_COUNT];
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, here.key);
  if (item == NULL || cJSON_IsNull(item))
    return true;
  for (size_t i = 0; i < CAPABILITIES_COUNT; i++)
    keys[i] = catalog_capabilities[i].key;
  if (!catalog_keys(reader, &here, item, keys, CAPABILITIES_COUNT))
    return false;
  for (size_t i = 0; i < CAPABILITIES_COUNT; i++) {
    const struct json_place flag_place = {&here, keys[i]};
    const cJSON *flag = cJSON_GetObjectItemCaseSensitive(item, keys[i]);
    if (flag == NULL || cJSON_IsNull(flag))
      continue;
    if (!cJSON_IsBool(flag))
      return catalog_fail(reader, &flag_place,
                          "expected true or false; leave it out if it is not known");
    model->capabilities_known |= catalog_capabilities[i].bit;
    if (cJSON_IsTrue(flag))
      model->capabilities |= catalog_capabilities[i].bit;
  }
  return true;
}

/* The tier by name, kept as an index. */
static bool read_tier(const struct catalog_reader *reader, const struct json_place *place,
                      const cJSON *object, const struct catalog *catalog,
                      struct catalog_model *model) {
  const struct json_place here = {place, "tier"};
  const char *name;
  if (!catalog_string(reader, place, object, here.key, true, CATALOG_TEXT, &name))
    return false;
  const int tier = catalog_find_tier(catalog, span_of(name));
  if (tier < 0) {
    struct quoted shown;
    return catalog_fail(reader, &here, "\"%s\" is none of /tiers; expected one of them",
                        quote(&shown, span_of(name)));
  }
  model->tier = (uint32_t)tier;
  return true;
}

/* Prices without a date are allowed; -1 days makes them of unknown age. */
static bool read_date(const struct catalog_reader *reader, const struct json_place *place,
                      const cJSON *object, struct catalog_model *model) {
  const struct json_place here = {place, "as_of"};
  model->price_as_of_days = -1;
  if (!catalog_string(reader, place, object, here.key, false, CATALOG_TEXT, &model->price_as_of))
    return false;
  const struct span text = span_of(model->price_as_of);
  struct quoted shown;
  if (text.len > 0 && !calendar_parse(text, &model->price_as_of_days))
    return catalog_fail(
        reader, &here, "\"%s\" is no date; expected YYYY-MM-DD, or YYYY-MM if the day is not known",
        quote(&shown, text));
  return true;
}

/* The vocabulary by name. Left out it is unknown; a name that tierd does not know is a
 * slip, which would make every estimate for the model a bit wrong in silence. */
static bool read_tokenizer(const struct catalog_reader *reader, const struct json_place *place,
                           const cJSON *object, struct catalog_model *model) {
  const struct json_place here = {place, "tokenizer"};
  const char *name;
  if (!catalog_string(reader, place, object, here.key, false, CATALOG_TEXT, &name))
    return false;
  struct quoted shown;
  if (*name && !token_family_find(span_of(name), &model->tokenizer))
    return catalog_fail(reader, &here,
                        "\"%s\" is no tokenizer; expected o200k, cl100k, claude, claude-4.7, "
                        "gemini, llama3 or unknown",
                        quote(&shown, span_of(name)));
  return true;
}

/* How images are counted, by the name of a rule; the same holds for a slip. */
static bool read_images(const struct catalog_reader *reader, const struct json_place *place,
                        const cJSON *object, struct catalog_model *model) {
  const struct json_place here = {place, "images"};
  const char *name;
  if (!catalog_string(reader, place, object, here.key, false, CATALOG_TEXT, &name))
    return false;
  struct quoted shown;
  if (*name && !image_rule_find(span_of(name), &model->images))
    return catalog_fail(
        reader, &here,
        "\"%s\" is no way to count images; expected gpt-4o, gpt-4o-mini, o1, gpt-5, "
        "gpt-4.1-mini, gpt-4.1-nano, o4-mini, gpt-5-mini, gpt-5-nano, gpt-5.4, "
        "gpt-5.5, gpt-5.6, claude, claude-4.7, gemini-2, gemini-3 or unknown",
        quote(&shown, span_of(name)));
  return true;
}

bool catalog_model_read(const struct catalog_reader *reader, const struct json_place *models,
                        const cJSON *item, const struct catalog *catalog,
                        struct catalog_model *model) {
  const struct json_place here = {models, item->string};
  *model = (struct catalog_model){0};
  /* Keys before values: a value under a misspelt key is never looked at. */
  if (!catalog_name_check(reader, &here, item->string) ||
      !catalog_keys(reader, &here, item, model_keys, COUNT_OF(model_keys)))
    return false;
  model->name = catalog_memory_string(reader->memory, span_of(item->string));
  if (model->name == NULL)
    return catalog_fail_memory(reader);
  return catalog_string(reader, &here, item, "provider", true, CATALOG_NAME, &model->provider) &&
         read_tier(reader, &here, item, catalog, model) &&
         catalog_pricing_read(reader, &here, item, model) &&
         catalog_tokens(reader, &here, item, "context_window", false, &model->context_window) &&
         catalog_tokens(reader, &here, item, "max_output", false, &model->output_max) &&
         read_capabilities(reader, &here, item, model) &&
         read_tokenizer(reader, &here, item, model) && read_images(reader, &here, item, model) &&
         read_date(reader, &here, item, model) &&
         catalog_string(reader, &here, item, "source", false, CATALOG_TEXT, &model->source) &&
         catalog_string(reader, &here, item, "notes", false, CATALOG_TEXT, &model->notes);
}
