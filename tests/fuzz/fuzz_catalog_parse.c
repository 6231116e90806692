/* fuzz_catalog_parse.c - a hostile catalogue is refused with a reason, never a crash.
 *
 * A catalogue that is accepted must be whole: tiers in range, each with a default
 * model of its own tier, and every name to be found again. The router indexes by
 * these numbers without looking twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/catalog_load.h"

/* assert() would vanish from an optimised build. */
static void require(bool condition) {
  if (!condition)
    abort();
}

static void require_prices(const struct price_set *price) {
  const int64_t all[] = {price->input,       price->output,      price->cache_read,
                         price->cache_write, price->batch_input, price->batch_output};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    require(all[i] >= 0 || all[i] == MONEY_UNKNOWN);
}

static void require_model(const struct catalog *catalog, size_t index) {
  const struct catalog_model *model = &catalog->models[index];
  require(model->name != NULL && model->name[0] != '\0' && model->provider != NULL);
  require(model->tier < catalog->tiers_count);
  require(catalog_find_model(catalog, span_of(model->name)) == (int)index);
  require((model->capabilities & ~model->capabilities_known) == 0);
  require(catalog_prices(model, 0) != NULL && catalog_prices(model, UINT64_MAX) != NULL);
  require_prices(&model->price);
  if (model->long_context_above > 0)
    require_prices(&model->long_price);
}

static void require_whole(const struct catalog *catalog) {
  require(catalog->tiers_count >= CATALOG_TIERS_MIN && catalog->tiers_count <= CATALOG_TIERS_MAX);
  require(catalog->models_count >= 1 && catalog->models_count <= CATALOG_MODELS_MAX);
  require(catalog->safe_tier < catalog->tiers_count && catalog->version != NULL);
  for (size_t i = 0; i < catalog->models_count; i++)
    require_model(catalog, i);
  for (size_t i = 0; i < catalog->tiers_count; i++) {
    const struct catalog_tier *tier = &catalog->tiers[i];
    require(catalog_find_tier(catalog, span_of(tier->name)) == (int)i);
    require(tier->default_model < catalog->models_count);
    require(catalog->models[tier->default_model].tier == i);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct catalog catalog = {0};
  struct catalog_error err = {""};
  char *text = malloc(len); /* parsing writes to it; its exact size shows overreads */
  require(text != NULL || len == 0);
  if (len > 0)
    memcpy(text, data, len);
  if (catalog_parse("input", text, len, &catalog, &err)) {
    require_whole(&catalog);
    catalog_unload(&catalog);
  } else {
    require(err.text[0] != '\0' && memchr(err.text, '\0', sizeof err.text) != NULL);
  }
  free(text);
  return 0;
}
