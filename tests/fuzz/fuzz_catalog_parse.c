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
#include "daemon/router/cost.h"

#include "require.h"

static void require_price(int64_t price) {
  require((price >= 0 && price <= MONEY_MAX) || price == MONEY_UNKNOWN);
}

static void require_prices(const struct price_set *price) {
  const int64_t all[] = {price->input,       price->output,       price->cache_read,
                         price->batch_input, price->batch_output, price->batch_cache_read};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    require_price(all[i]);
  require(price->cache_writes_count <= CATALOG_LIFETIMES_MAX);
  for (size_t i = 0; i < price->cache_writes_count; i++) {
    const struct cache_write_price *write = &price->cache_writes[i];
    require_price(write->price);
    require_price(write->batch_price);
    require(i == 0 || write->lifetime_s > write[-1].lifetime_s);
  }
}

/* A cost is known or says why not, whatever the time, the length and the cache. */
static void require_cost(const struct catalog_model *model, int64_t now_s, uint64_t input) {
  for (unsigned i = 0; i < 4; i++) {
    struct usage_estimate usage = {.now_s = now_s,
                                   .input = input,
                                   .cached = input / 2,
                                   .cache_write = input / 4,
                                   .cache_lifetime_s = i < 2 ? 0 : 3600,
                                   .output_p50 = 100,
                                   .output_p90 = 100,
                                   .batch = i % 2 != 0};
    const struct cost cost = cost_estimate(model, &usage);
    require(money_known(cost.expected) || cost.unknown_reason != NULL);
    require(!money_known(cost.expected) || cost.expected >= 0);
    require(cost.cached + cost.cache_written <= input);
  }
}

static void require_prices_at(const struct catalog_model *model, int64_t now_s) {
  struct price_set price;
  (void)catalog_prices(model, now_s, UINT64_MAX, &price);
  require_prices(&price);
  require(catalog_prices(model, now_s, 0, &price) || !money_known(price.input));
  require_prices(&price);
  require_cost(model, now_s, 5000);
  require_cost(model, now_s, UINT64_MAX);
}

static void require_model(const struct catalog *catalog, size_t index) {
  const struct catalog_model *model = &catalog->models[index];
  require(model->name != NULL && model->name[0] != '\0' && model->provider != NULL);
  require(model->tier < catalog->tiers_count);
  require(catalog_find_model(catalog, span_of(model->name)) == (int)index);
  require((model->capabilities & ~model->capabilities_known) == 0);
  require(model->context_tiers_count <= CATALOG_CONTEXT_TIERS_MAX);
  require(model->windows_count <= CATALOG_WINDOWS_MAX);
  require(model->changes_count <= CATALOG_PRICE_CHANGES_MAX);
  require_prices(&model->price);
  require_prices_at(model, 0);
  require_prices_at(model, INT64_C(1795392000)); /* 2026-11-23 */
  for (size_t i = 0; i < model->changes_count; i++) {
    require(model->changes[i].until_s > model->changes[i].from_s);
    require_prices_at(model, model->changes[i].from_s);
  }
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
