/* catalog_price_set.c - one set of prices of the catalogue.
 *
 * The eight price keys of an object, wherever it stands, become a struct price_set.
 * Six of them are single prices. The two about writing to the cache are each a price,
 * or an object with a price a lifetime, and are put together here into one list, the
 * shortest lifetime first. Which sets a model has is read in catalog_pricing.c. */
#include "daemon/config/catalog_price_set.h"

#include "daemon/config/calendar.h"
#include "daemon/config/quote.h"

bool catalog_duration(const struct catalog_reader *reader, const struct json_place *place,
                      const char *text, uint32_t *out) {
  struct quoted shown;
  return calendar_parse_duration(span_of(text), out) ||
         catalog_fail(reader, place, "\"%s\" is no duration; expected one like \"5m\" or \"12h\"",
                      quote(&shown, span_of(text)));
}

/* What is done with the price for one lifetime; place is where it stands. */
typedef bool (*store_fn)(const struct catalog_reader *reader, const struct json_place *place,
                         struct price_set *price, uint32_t lifetime_s, int64_t amount);

/* Of "cache_write": puts a lifetime in its place. There are few, so each new one is
 * moved down to where it belongs. */
static bool add_lifetime(const struct catalog_reader *reader, const struct json_place *place,
                         struct price_set *price, uint32_t lifetime_s, int64_t amount) {
  size_t at = price->cache_writes_count;
  if (at == CATALOG_LIFETIMES_MAX)
    return catalog_fail(reader, place, "one lifetime too many; expected at most %d",
                        CATALOG_LIFETIMES_MAX);
  while (at > 0 && price->cache_writes[at - 1].lifetime_s > lifetime_s) {
    price->cache_writes[at] = price->cache_writes[at - 1];
    at--;
  }
  /* "60m" and "1h" are two keys for one lifetime. */
  if (at > 0 && price->cache_writes[at - 1].lifetime_s == lifetime_s)
    return catalog_fail(reader, place, "this lifetime appears twice; keep one");
  price->cache_writes[at] = (struct cache_write_price){lifetime_s, amount, MONEY_UNKNOWN};
  price->cache_writes_count++;
  return true;
}

/* Of "batch_cache_write": completes a lifetime that "cache_write" has. A batch alone
 * has none, for its prices are always a share of the usual ones. */
static bool set_batch_price(const struct catalog_reader *reader, const struct json_place *place,
                            struct price_set *price, uint32_t lifetime_s, int64_t amount) {
  for (size_t i = 0; i < price->cache_writes_count; i++) {
    if (price->cache_writes[i].lifetime_s != lifetime_s)
      continue;
    price->cache_writes[i].batch_price = amount;
    return true;
  }
  return catalog_fail(reader, place,
                      "a lifetime that cache_write does not have; expected the same ones in both");
}

/* A price, which is then for lifetime_s, or an object with a price a lifetime. */
static bool read_by_lifetime(const struct catalog_reader *reader, const struct json_place *place,
                             const cJSON *object, uint32_t lifetime_s, store_fn store,
                             struct price_set *price) {
  const cJSON *item = catalog_value(object, place->key);
  int64_t amount;
  if (!cJSON_IsObject(item)) {
    if (!catalog_price(reader, place->up, object, place->key, false, &amount))
      return false;
    return !money_known(amount) || store(reader, place, price, lifetime_s, amount);
  }
  const cJSON *child;
  cJSON_ArrayForEach(child, item) {
    const struct json_place entry = {place, child->string};
    uint32_t seconds;
    if (!catalog_duration(reader, &entry, child->string, &seconds) ||
        !catalog_price(reader, place, item, child->string, true, &amount) ||
        !store(reader, &entry, price, seconds, amount))
      return false;
  }
  return true;
}

/* Without an input or output price nothing can be estimated, so leaving one out by
 * accident must not pass. The others have a meaning when unknown: see cost.c. */
bool catalog_price_set_read(const struct catalog_reader *reader, const struct json_place *place,
                            const cJSON *object, uint32_t lifetime_s, struct price_set *price) {
  const struct json_place write = {place, "cache_write"};
  const struct json_place batch_write = {place, "batch_cache_write"};
  *price = price_set_unknown();
  return catalog_price(reader, place, object, "input", true, &price->input) &&
         catalog_price(reader, place, object, "output", true, &price->output) &&
         catalog_price(reader, place, object, "cache_read", false, &price->cache_read) &&
         catalog_price(reader, place, object, "batch_input", false, &price->batch_input) &&
         catalog_price(reader, place, object, "batch_output", false, &price->batch_output) &&
         catalog_price(reader, place, object, "batch_cache_read", false,
                       &price->batch_cache_read) &&
         /* In this order: the second completes what the first has listed. */
         read_by_lifetime(reader, &write, object, lifetime_s, add_lifetime, price) &&
         read_by_lifetime(reader, &batch_write, object, lifetime_s, set_batch_price, price);
}
