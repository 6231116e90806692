/* catalog.c - looking things up in the catalogue.
 *
 * Names give indices; a model, an instant and a length give the prices that hold:
 * first the dated change that is in force, then the hours, then the length. What
 * these prices make of a call is the business of cost.c. A key gives what the notes say
 * of it, for those who ask why a figure is unknown.
 *
 * The catalogue is built elsewhere (daemon/config reads it from JSON) and never
 * changes afterwards, so these functions only read and any thread may call them.
 * Tables are small, at most CATALOG_MODELS_MAX models, and names of a request
 * are few: a plain scan beats a hash that would have to be built at each reload.
 */
#include "daemon/router/catalog.h"

const struct catalog_capability_name catalog_capabilities[CAPABILITIES_COUNT] = {
    {CAPABILITY_VISION, "vision"},           {CAPABILITY_TOOLS, "tools"},
    {CAPABILITY_JSON_SCHEMA, "json_schema"}, {CAPABILITY_FILES, "files"},
    {CAPABILITY_REASONING, "reasoning"},
};

int catalog_find_tier(const struct catalog *catalog, struct span name) {
  for (size_t i = 0; i < catalog->tiers_count; i++) {
    if (span_is(name, catalog->tiers[i].name))
      return (int)i;
  }
  return -1;
}

int catalog_find_model(const struct catalog *catalog, struct span name) {
  for (size_t i = 0; i < catalog->models_count; i++) {
    if (span_is(name, catalog->models[i].name))
      return (int)i;
  }
  return -1;
}

static bool is_key_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* That the clause has the key as a whole word, so that a note about batch_cache_read
 * is none about cache_read. People write "bills as input" of a cache: a key without a
 * "_" counts at the beginning alone. */
static bool names_key(struct span clause, struct span key) {
  const bool opens = memchr(key.ptr, '_', key.len) == NULL;
  for (size_t at = 0; at + key.len <= clause.len; at++) {
    const size_t end = at + key.len;
    if (memcmp(clause.ptr + at, key.ptr, key.len) == 0 &&
        (at == 0 || !is_key_byte(clause.ptr[at - 1])) &&
        (end == clause.len || !is_key_byte(clause.ptr[end])))
      return true;
    if (opens)
      return false;
  }
  return false;
}

/* The first clause of the notes that names the key; empty when none does. */
static struct span clause_of(struct span notes, const char *key) {
  const struct span wanted = span_of(key);
  for (size_t at = 0; at < notes.len;) {
    const char *semicolon = memchr(notes.ptr + at, ';', notes.len - at);
    const size_t end = semicolon != NULL ? (size_t)(semicolon - notes.ptr) : notes.len;
    while (at < end && notes.ptr[at] == ' ')
      at++;
    const struct span clause = span_make(notes.ptr + at, end - at);
    if (names_key(clause, wanted))
      return clause;
    at = end + 1;
  }
  return span_make(NULL, 0);
}

struct span catalog_note(const struct catalog_model *model, const char *key) {
  return clause_of(span_of(model->notes), key);
}

/* The latest that has begun and not ended, or NULL. From the latest backwards, so that an
 * announced price takes over from one whose end nobody announced. */
static const struct price_change *change_at(const struct catalog_model *model, int64_t now_s) {
  for (size_t i = model->changes_count; i-- > 0;)
    if (now_s >= model->changes[i].from_s && now_s < model->changes[i].until_s)
      return &model->changes[i];
  return NULL;
}

struct span catalog_why_unknown(const struct catalog_model *model, const char *key, int64_t now_s) {
  const struct price_change *change = change_at(model, now_s);
  struct span clause = change != NULL ? clause_of(span_of(change->notes), key) : span_make(NULL, 0);
  if (clause.len == 0)
    clause = catalog_note(model, key);
  return clause.len > 0 ? clause : span_of("the catalogue does not say");
}

struct price_set price_set_unknown(void) {
  return (struct price_set){.input = MONEY_UNKNOWN,
                            .output = MONEY_UNKNOWN,
                            .cache_read = MONEY_UNKNOWN,
                            .batch_input = MONEY_UNKNOWN,
                            .batch_output = MONEY_UNKNOWN,
                            .batch_cache_read = MONEY_UNKNOWN};
}

/* What is in force at one instant, whether of the model itself or of a change. */
struct in_force {
  const struct price_set *price; /* NULL when nothing is */
  const struct context_tier *context_tiers;
  size_t context_tiers_count;
  const struct price_window *windows;
  size_t windows_count;
};

static struct in_force in_force_at(const struct catalog_model *model, int64_t now_s) {
  const struct price_change *change = change_at(model, now_s);
  if (change != NULL)
    return (struct in_force){&change->price, change->context_tiers, change->context_tiers_count,
                             change->windows, change->windows_count};
  /* A price that has run out is no price: the next one may be twice as high. */
  if ((model->price_from_s != 0 && now_s < model->price_from_s) ||
      (model->price_until_s != 0 && now_s >= model->price_until_s))
    return (struct in_force){0};
  return (struct in_force){&model->price, model->context_tiers, model->context_tiers_count,
                           model->windows, model->windows_count};
}

enum { MINUTES_A_DAY = 24 * 60, MINUTES_A_WEEK = 7 * MINUTES_A_DAY, THURSDAY = 3 };

/* Minutes since Monday 00:00 UTC. 1970-01-01 was a Thursday. */
static int64_t minute_of_week(int64_t now_s) {
  int64_t minute = now_s / 60 - (now_s % 60 < 0);
  minute = (minute + THURSDAY * MINUTES_A_DAY) % MINUTES_A_WEEK;
  return minute < 0 ? minute + MINUTES_A_WEEK : minute;
}

static bool window_is_open(const struct price_window *window, int64_t minute) {
  const int64_t day = minute / MINUTES_A_DAY;
  const int64_t now = minute % MINUTES_A_DAY;
  const bool today = (window->weekdays >> day & 1) != 0;
  if (window->start_minute < window->end_minute)
    return today && now >= window->start_minute && now < window->end_minute;
  /* Over midnight: it is open late on its own day, and early on the day after. */
  const bool yesterday = (window->weekdays >> (day + 6) % 7 & 1) != 0;
  return (today && now >= window->start_minute) || (yesterday && now < window->end_minute);
}

static void multiply(struct price_set *price, uint32_t ppm) {
  int64_t *const all[] = {&price->input,       &price->output,       &price->cache_read,
                          &price->batch_input, &price->batch_output, &price->batch_cache_read};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    *all[i] = money_times_ppm(*all[i], ppm);
  for (size_t i = 0; i < price->cache_writes_count; i++) {
    struct cache_write_price *write = &price->cache_writes[i];
    write->price = money_times_ppm(write->price, ppm);
    write->batch_price = money_times_ppm(write->batch_price, ppm);
  }
}

/* Strictly above: providers bill a request of exactly the threshold at the base
 * rate, and one token more changes the rate of the whole request. */
static const struct price_set *of_length(const struct in_force *now, uint64_t input_tokens) {
  for (size_t i = now->context_tiers_count; i-- > 0;)
    if (input_tokens > now->context_tiers[i].above_input_tokens)
      return &now->context_tiers[i].price;
  return now->price;
}

bool catalog_prices(const struct catalog_model *model, int64_t now_s, uint64_t input_tokens,
                    struct price_set *out) {
  const struct in_force now = in_force_at(model, now_s);
  if (now.price == NULL) {
    *out = price_set_unknown();
    return false;
  }
  const struct price_window *window = NULL;
  for (size_t i = 0; i < now.windows_count && window == NULL; i++)
    if (window_is_open(&now.windows[i], minute_of_week(now_s)))
      window = &now.windows[i];
  *out = window != NULL && window->multiplier_ppm == 0 ? window->price
                                                       : *of_length(&now, input_tokens);
  if (window != NULL && window->multiplier_ppm != 0)
    multiply(out, window->multiplier_ppm);
  return true;
}
