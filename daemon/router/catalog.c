/* catalog.c - looking things up in the catalogue.
 *
 * The catalogue is built elsewhere (daemon/config reads it from JSON) and never
 * changes afterwards, so these functions only read and any thread may call them.
 * Tables are small, at most CATALOG_MODELS_MAX models, and names of a request
 * are few: a plain scan beats a hash that would have to be built at each reload.
 */
#include "daemon/router/catalog.h"

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

const struct price_set *catalog_prices(const struct catalog_model *model, uint64_t input_tokens) {
  /* Strictly above: providers bill a request of exactly the threshold at the
   * base rate, and one token more changes the rate of the whole request. */
  if (model->long_context_above != 0 && input_tokens > model->long_context_above)
    return &model->long_price;
  return &model->price;
}
