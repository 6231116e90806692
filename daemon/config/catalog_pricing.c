/* catalog_pricing.c - which prices a model of the catalogue has, and when.
 *
 * A set of prices stands in the model itself, in a longer context, in a window of
 * hours and in a dated change; catalog_price_set.c reads it. A model and a change each
 * have a set and lists of longer contexts and windows, so both are read by
 * read_prices_of(). Nothing is carried over from one set to another: what a source
 * does not give for long requests, or for next year, is unknown there.
 *
 * How single values are checked is in catalog_fields.c, how times are written in
 * calendar.c, and which prices then hold for a call is decided in router/catalog.c. */
#include "daemon/config/catalog_pricing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config/calendar.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* All that may stand in each, for telling slips from settings. */
static const char *const context_keys[] = {CATALOG_PRICE_KEYS, "above_input_tokens"};
static const char *const window_keys[] = {CATALOG_PRICE_KEYS, "days", "hours", "multiplier"};
static const char *const change_keys[] = {
    CATALOG_PRICE_KEYS, "effective_from", "effective_until", "long_context", "windows",
    "source",           "notes"};

/* An array's index as a key of a place. */
struct index_text {
  char text[24];
};

static const char *index_text(struct index_text *out, size_t index) {
  snprintf(out->text, sizeof out->text, "%zu", index);
  return out->text;
}

/* ---- longer contexts */

/* One of them. Thresholds must rise, for the last that a request is above counts;
 * below is the one before, or NULL. */
static bool read_context(const struct catalog_reader *reader, const struct json_place *place,
                         const cJSON *item, uint32_t lifetime_s, const struct context_tier *below,
                         struct context_tier *out) {
  if (!catalog_keys(reader, place, item, context_keys, COUNT_OF(context_keys)) ||
      !catalog_tokens(reader, place, item, "above_input_tokens", true, &out->above_input_tokens) ||
      !catalog_price_set_read(reader, place, item, lifetime_s, &out->price))
    return false;
  const struct json_place threshold = {place, "above_input_tokens"};
  if (below != NULL && out->above_input_tokens <= below->above_input_tokens)
    return catalog_fail(reader, &threshold,
                        "%" PRIu64 " is not above the one before; expected rising thresholds",
                        out->above_input_tokens);
  return true;
}

/* Checks an array's length. */
static bool check_count(const struct catalog_reader *reader, const struct json_place *place,
                        const cJSON *item, int most) {
  if (!cJSON_IsArray(item))
    return catalog_fail(reader, place, "expected an array");
  const int count = cJSON_GetArraySize(item);
  if (count < 1 || count > most)
    return catalog_fail(reader, place, "%d entries; expected 1 to %d", count, most);
  return true;
}

/* One object, or an array of them with rising thresholds. */
static bool read_contexts(const struct catalog_reader *reader, const struct json_place *place,
                          const cJSON *object, uint32_t lifetime_s, struct price_change *out) {
  const struct json_place here = {place, "long_context"};
  const cJSON *item = catalog_value(object, here.key);
  const bool single = cJSON_IsObject(item);
  if (item == NULL)
    return true;
  if (!single && !check_count(reader, &here, item, CATALOG_CONTEXT_TIERS_MAX))
    return false;
  const size_t count = single ? 1 : (size_t)cJSON_GetArraySize(item);
  struct context_tier *tiers = catalog_memory_alloc(reader->memory, count * sizeof *tiers);
  if (tiers == NULL)
    return catalog_fail_memory(reader);
  const cJSON *child = single ? item : item->child;
  for (size_t i = 0; i < count; i++, child = child->next) {
    struct index_text index;
    const struct json_place entry = {&here, index_text(&index, i)};
    if (!read_context(reader, single ? &here : &entry, child, lifetime_s,
                      i > 0 ? &tiers[i - 1] : NULL, &tiers[i]))
      return false;
  }
  out->context_tiers = tiers;
  out->context_tiers_count = count;
  return true;
}

/* ---- windows of hours */

/* Which of the two forms a window has: a multiplier, or prices of its own. */
static bool read_window_price(const struct catalog_reader *reader, const struct json_place *place,
                              const cJSON *object, uint32_t lifetime_s, struct price_window *out) {
  static const char *const price_keys[] = {CATALOG_PRICE_KEYS};
  static const double multiplier_max = 100;
  const struct json_place here = {place, "multiplier"};
  const cJSON *item = catalog_value(object, here.key);
  if (item == NULL)
    return catalog_price_set_read(reader, place, object, lifetime_s, &out->price);
  for (size_t i = 0; i < COUNT_OF(price_keys); i++)
    if (cJSON_GetObjectItemCaseSensitive(object, price_keys[i]) != NULL)
      return catalog_fail(reader, &here, "beside \"%s\"; expected a multiplier or prices, not both",
                          price_keys[i]);
  const double ppm = cJSON_IsNumber(item) ? round(item->valuedouble * 1e6) : -1;
  if (!(ppm >= 1 && ppm <= multiplier_max * 1e6))
    return catalog_fail(reader, &here, "expected a number above 0, at most %g", multiplier_max);
  out->multiplier_ppm = (uint32_t)ppm;
  return true;
}

/* Left out, the window opens every day. */
static bool read_weekdays(const struct catalog_reader *reader, const struct json_place *place,
                          const cJSON *object, struct price_window *out) {
  const struct json_place here = {place, "days"};
  const cJSON *item = catalog_value(object, here.key);
  out->weekdays = 0x7F;
  if (item == NULL)
    return true;
  if (!cJSON_IsString(item) || !calendar_parse_weekdays(span_of(item->valuestring), &out->weekdays))
    return catalog_fail(reader, &here,
                        "expected weekdays, like \"mon-fri\" or \"sat,sun\"; leave it out for all");
  return true;
}

/* Adds a window for each of the hours; *out has the rest of it already. */
static bool add_windows(const struct catalog_reader *reader, const struct json_place *place,
                        const cJSON *object, const struct price_window *like,
                        struct price_window *windows, size_t *count) {
  const struct json_place here = {place, "hours"};
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, here.key);
  const cJSON *hours = cJSON_IsArray(item) ? item->child : item;
  if (hours == NULL)
    return catalog_fail(reader, &here, "missing; expected hours in UTC, like \"01:00-04:00\"");
  /* A string on its own has its neighbours in the object as "next". */
  for (; hours != NULL; hours = cJSON_IsArray(item) ? hours->next : NULL) {
    struct price_window window = *like;
    if (*count == CATALOG_WINDOWS_MAX)
      return catalog_fail(reader, &here, "more than %d times of day in all", CATALOG_WINDOWS_MAX);
    if (!cJSON_IsString(hours) || !calendar_parse_hours(span_of(hours->valuestring),
                                                        &window.start_minute, &window.end_minute))
      return catalog_fail(reader, &here,
                          "expected hours in UTC, like \"01:00-04:00\", or an array");
    windows[(*count)++] = window;
  }
  return true;
}

/* A window may have several times of day and becomes one for each, so there is room
 * for the most there can be, whatever the array's length. */
static bool read_windows(const struct catalog_reader *reader, const struct json_place *place,
                         const cJSON *object, uint32_t lifetime_s, struct price_change *out) {
  const struct json_place here = {place, "windows"};
  const cJSON *item = catalog_value(object, here.key);
  if (item == NULL)
    return true;
  if (!check_count(reader, &here, item, CATALOG_WINDOWS_MAX))
    return false;
  struct price_window *windows =
      catalog_memory_alloc(reader->memory, CATALOG_WINDOWS_MAX * sizeof *windows);
  if (windows == NULL)
    return catalog_fail_memory(reader);
  out->windows = windows;
  size_t at = 0;
  const cJSON *child;
  cJSON_ArrayForEach(child, item) {
    struct index_text index;
    const struct json_place entry = {&here, index_text(&index, at++)};
    struct price_window like = {0};
    if (!catalog_keys(reader, &entry, child, window_keys, COUNT_OF(window_keys)) ||
        !read_weekdays(reader, &entry, child, &like) ||
        !read_window_price(reader, &entry, child, lifetime_s, &like) ||
        !add_windows(reader, &entry, child, &like, windows, &out->windows_count))
      return false;
  }
  return true;
}

/* ---- dates */

/* An instant; *out stays when it is absent. A date alone stands for its first
 * moment, or with end for the first moment after it. */
static bool read_instant(const struct catalog_reader *reader, const struct json_place *place,
                         const cJSON *object, const char *key, bool end, int64_t *out) {
  const struct json_place here = {place, key};
  const cJSON *item = catalog_value(object, key);
  bool date_alone;
  if (item == NULL)
    return true;
  if (!cJSON_IsString(item) ||
      !calendar_parse_instant(span_of(item->valuestring), out, &date_alone))
    return catalog_fail(reader, &here, "expected a date, YYYY-MM-DD, or YYYY-MM-DDTHH:MMZ");
  if (end && date_alone)
    *out += 86400;
  return true;
}

/* The set, the longer contexts, the windows and the dates, of a model or a change. */
static bool read_prices_of(const struct catalog_reader *reader, const struct json_place *place,
                           const cJSON *object, uint32_t lifetime_s, struct price_change *out) {
  const struct json_place end = {place, "effective_until"};
  if (!catalog_price_set_read(reader, place, object, lifetime_s, &out->price) ||
      !read_contexts(reader, place, object, lifetime_s, out) ||
      !read_windows(reader, place, object, lifetime_s, out) ||
      !read_instant(reader, place, object, "effective_from", false, &out->from_s) ||
      !read_instant(reader, place, object, end.key, true, &out->until_s))
    return false;
  if (out->until_s <= out->from_s)
    return catalog_fail(reader, &end, "not after effective_from");
  return true;
}

/* One change. Without a date it would silently replace the model's own prices. */
static bool read_change(const struct catalog_reader *reader, const struct json_place *place,
                        const cJSON *item, uint32_t lifetime_s, struct price_change *out) {
  const struct json_place start = {place, "effective_from"};
  const char *source;
  if (!catalog_keys(reader, place, item, change_keys, COUNT_OF(change_keys)))
    return false;
  if (catalog_value(item, start.key) == NULL)
    return catalog_fail(reader, &start, "missing; expected the date from which the prices hold");
  return read_prices_of(reader, place, item, lifetime_s, out) &&
         catalog_string(reader, place, item, "source", false, CATALOG_TEXT, &source) &&
         catalog_string(reader, place, item, "notes", false, CATALOG_TEXT, &out->notes);
}

/* All of them. They must be in order: the latest that has begun is found from the
 * end of the list. */
static bool read_changes(const struct catalog_reader *reader, const struct json_place *place,
                         const cJSON *object, uint32_t lifetime_s, struct catalog_model *model) {
  const struct json_place here = {place, "price_changes"};
  const cJSON *item = catalog_value(object, here.key);
  if (item == NULL)
    return true;
  if (!check_count(reader, &here, item, CATALOG_PRICE_CHANGES_MAX))
    return false;
  const size_t count = (size_t)cJSON_GetArraySize(item);
  struct price_change *changes = catalog_memory_alloc(reader->memory, count * sizeof *changes);
  if (changes == NULL)
    return catalog_fail_memory(reader);
  model->changes = changes;
  const cJSON *child;
  cJSON_ArrayForEach(child, item) {
    const size_t i = model->changes_count;
    struct index_text index;
    const struct json_place entry = {&here, index_text(&index, i)};
    changes[i].until_s = INT64_MAX;
    if (!read_change(reader, &entry, child, lifetime_s, &changes[i]))
      return false;
    if (i > 0 && changes[i].from_s <= changes[i - 1].from_s)
      return catalog_fail(reader, &entry, "not later than the one before; expected rising dates");
    model->changes_count++;
  }
  return true;
}

/* ---- the cache */

/* What does not depend on the time: how the cache is filled and what it holds. */
static bool read_cache(const struct catalog_reader *reader, const struct json_place *place,
                       const cJSON *object, struct catalog_model *model) {
  const struct json_place mode = {place, "cache"};
  const struct json_place lifetime = {place, "cache_lifetime"};
  const char *text;
  if (!catalog_string(reader, place, object, mode.key, false, CATALOG_TEXT, &text))
    return false;
  if (strcmp(text, "automatic") == 0)
    model->cache_mode = CACHE_AUTOMATIC;
  else if (strcmp(text, "explicit") == 0)
    model->cache_mode = CACHE_EXPLICIT;
  else if (strcmp(text, "none") == 0)
    model->cache_mode = CACHE_NONE;
  else if (text[0] != '\0')
    return catalog_fail(reader, &mode,
                        "expected \"automatic\", \"explicit\" or \"none\"; leave it out if it is "
                        "not known");
  if (!catalog_string(reader, place, object, lifetime.key, false, CATALOG_TEXT, &text))
    return false;
  return (text[0] == '\0' || catalog_duration(reader, &lifetime, text, &model->cache_lifetime_s)) &&
         catalog_tokens(reader, place, object, "cache_tokens_min", false,
                        &model->cache_tokens_min) &&
         catalog_tokens(reader, place, object, "cache_tokens_step", false,
                        &model->cache_tokens_step);
}

bool catalog_pricing_read(const struct catalog_reader *reader, const struct json_place *place,
                          const cJSON *object, struct catalog_model *model) {
  struct price_change usual = {.until_s = INT64_MAX};
  /* The cache first: prices without a lifetime are for its usual one. */
  if (!read_cache(reader, place, object, model) ||
      !read_prices_of(reader, place, object, model->cache_lifetime_s, &usual))
    return false;
  model->price = usual.price;
  model->context_tiers = usual.context_tiers;
  model->context_tiers_count = usual.context_tiers_count;
  model->windows = usual.windows;
  model->windows_count = usual.windows_count;
  model->price_from_s = usual.from_s;
  model->price_until_s = usual.until_s == INT64_MAX ? 0 : usual.until_s;
  return read_changes(reader, place, object, model->cache_lifetime_s, model);
}
