/* models.c - GET /v1/models: the catalogue, in the shape of OpenAI's model list.
 *
 * A figure that is unknown is null, and "unknown" says why, by the figure's key: in the
 * words of the notes on the price change in force or of the model's where these name the
 * key, else that nothing is said. How
 * notes are searched is in router/catalog.c. */
#include "daemon/api/api.h"
#include "daemon/api/json_out.h"

enum { PRICES = 7 };

struct named_price {
  const char *key; /* in the catalogue's file and in the answer */
  int64_t nano_per_million;
};

/* What holds now for a request of ordinary length; writing to the cache for the
 * shortest time. */
static void name_prices(const struct price_set *price, struct named_price out[PRICES]) {
  const int64_t shortest =
      price->cache_writes_count > 0 ? price->cache_writes[0].price : MONEY_UNKNOWN;
  const struct named_price prices[PRICES] = {{"input", price->input},
                                             {"output", price->output},
                                             {"cache_read", price->cache_read},
                                             {"cache_write", shortest},
                                             {"batch_input", price->batch_input},
                                             {"batch_output", price->batch_output},
                                             {"batch_cache_read", price->batch_cache_read}};
  memcpy(out, prices, sizeof prices);
}

static void write_price(struct json_out *out, const struct named_price prices[PRICES]) {
  json_key(out, "price");
  json_open(out, '{');
  for (size_t i = 0; i < PRICES; i++) {
    json_key(out, prices[i].key);
    json_money(out, prices[i].nano_per_million);
  }
  json_close(out, '}');
}

static void write_reason(struct json_out *out, const struct catalog_model *model, const char *key,
                         int64_t now_s, bool known) {
  if (known)
    return;
  json_key(out, key);
  json_string(out, catalog_why_unknown(model, key, now_s));
}

/* A member for each null of the model. Out of the time for which there are prices the
 * notes, which are about these, are no reason. */
static void write_unknown(struct json_out *out, const struct catalog_model *model,
                          const struct named_price prices[PRICES], int64_t now_s, bool in_force) {
  json_key(out, "unknown");
  json_open(out, '{');
  for (size_t i = 0; i < PRICES; i++) {
    if (in_force) {
      write_reason(out, model, prices[i].key, now_s, money_known(prices[i].nano_per_million));
    } else {
      json_key(out, prices[i].key);
      json_text(out, "no price is in force at this time");
    }
  }
  /* The catalogue's file has the date under another name than the answer. */
  if (span_of(model->price_as_of).len == 0) {
    json_key(out, "price_as_of");
    json_string(out, catalog_why_unknown(model, "as_of", now_s));
  }
  write_reason(out, model, "context_window", now_s, model->context_window > 0);
  write_reason(out, model, "max_output", now_s, model->output_max > 0);
  json_close(out, '}');
}

static void write_capabilities(struct json_out *out, const struct catalog_model *model) {
  json_key(out, "capabilities");
  json_open(out, '[');
  for (size_t i = 0; i < CAPABILITIES_COUNT; i++)
    if (model->capabilities & catalog_capabilities[i].bit)
      json_text(out, catalog_capabilities[i].key);
  json_close(out, ']');
}

static void write_size(struct json_out *out, const char *key, uint64_t tokens) {
  json_key(out, key);
  if (tokens)
    json_unsigned(out, tokens);
  else
    json_null(out);
}

static void write_model(struct json_out *out, const struct router *router, size_t index,
                        int64_t now_s) {
  const struct catalog_model *model = &router->catalog->models[index];
  const struct catalog_tier *tier = &router->catalog->tiers[model->tier];
  struct price_set price;
  struct named_price prices[PRICES];
  const bool in_force = catalog_prices(model, now_s, 0, &price);
  name_prices(&price, prices);
  json_open(out, '{');
  json_key(out, "id");
  json_text(out, model->name);
  json_key(out, "object");
  json_text(out, "model");
  json_key(out, "owned_by");
  json_text(out, model->provider);
  json_key(out, "tier");
  json_text(out, tier->name);
  json_key(out, "default");
  json_bool(out, tier->default_model == index);
  write_price(out, prices);
  json_key(out, "price_as_of");
  json_text_or_null(out, model->price_as_of);
  json_key(out, "price_stale");
  json_bool(out, router_price_stale(router, model, now_s / 86400));
  write_size(out, "context_window", model->context_window);
  write_size(out, "max_output", model->output_max);
  write_capabilities(out, model);
  write_unknown(out, model, prices, now_s, in_force);
  json_close(out, '}');
}

void api_models(struct api_worker *worker, struct api_request *request,
                struct api_response *response) {
  const struct router *router = &worker->snapshot->router;
  struct json_out out = {.buffer = response->body};
  response->status = 200;
  response->content_type = "application/json";
  json_open(&out, '{');
  json_key(&out, "object");
  json_text(&out, "list");
  json_key(&out, "data");
  json_open(&out, '[');
  for (size_t i = 0; i < router->catalog->models_count; i++)
    write_model(&out, router, i, request->now_s);
  json_close(&out, ']');
  json_close(&out, '}');
  buffer_add(response->body, "\n", 1);
}
