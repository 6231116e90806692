/* catalog_pricing.h - all that a model of the catalogue says about its prices. */
#ifndef TIERD_CONFIG_CATALOG_PRICING_H
#define TIERD_CONFIG_CATALOG_PRICING_H

#include "daemon/config/catalog_price_set.h"

/* The keys of a model that catalog_pricing_read() looks at. */
#define CATALOG_PRICING_KEYS                                                                       \
  CATALOG_PRICE_KEYS, "long_context", "windows", "effective_from", "effective_until",              \
      "price_changes", "cache", "cache_lifetime", "cache_tokens_min", "cache_tokens_step"

/* Fills what struct catalog_model says of prices and of the cache from a model's
 * object, whose keys have been checked. Lists go to the reader's memory. False with
 * the error filled otherwise. */
bool catalog_pricing_read(const struct catalog_reader *reader, const struct json_place *place,
                          const cJSON *object, struct catalog_model *model);

#endif
