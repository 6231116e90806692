/* catalog_price_set.h - one set of prices of the catalogue. */
#ifndef TIERD_CONFIG_CATALOG_PRICE_SET_H
#define TIERD_CONFIG_CATALOG_PRICE_SET_H

#include "daemon/config/catalog_fields.h"

/* The keys of one set of prices, which a model, a change, a window and a longer
 * context all have. */
#define CATALOG_PRICE_KEYS                                                                         \
  "input", "output", "cache_read", "cache_write", "batch_input", "batch_output",                   \
      "batch_cache_read", "batch_cache_write"

/* Reads them from an object whose keys have been checked. A cache_write without a
 * lifetime is for lifetime_s, 0 when unknown. False with the error filled otherwise. */
bool catalog_price_set_read(const struct catalog_reader *reader, const struct json_place *place,
                            const cJSON *object, uint32_t lifetime_s, struct price_set *price);

/* "5m" in seconds. False with the error filled, for the place, when it is not one. */
bool catalog_duration(const struct catalog_reader *reader, const struct json_place *place,
                      const char *text, uint32_t *out);

#endif
