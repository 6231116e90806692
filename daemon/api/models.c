/* models.c - GET /v1/models: the catalogue, in the shape of OpenAI's model list. */
#include "daemon/api/api.h"
#include "daemon/api/json_out.h"

/* What holds now for a request of ordinary length; writing to the cache for the
 * shortest time. */
static void write_price(struct json_out *out, const struct price_set *price) {
  const int64_t shortest =
      price->cache_writes_count > 0 ? price->cache_writes[0].price : MONEY_UNKNOWN;
  const struct {
    const char *key;
    int64_t nano_per_million;
  } prices[] = {{"input", price->input},
                {"output", price->output},
                {"cache_read", price->cache_read},
                {"cache_write", shortest},
                {"batch_input", price->batch_input},
                {"batch_output", price->batch_output},
                {"batch_cache_read", price->batch_cache_read}};
  json_key(out, "price");
  json_open(out, '{');
  for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
    json_key(out, prices[i].key);
    json_money(out, prices[i].nano_per_million);
  }
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
  catalog_prices(model, now_s, 0, &price);
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
  write_price(out, &price);
  json_key(out, "price_as_of");
  json_text_or_null(out, model->price_as_of);
  json_key(out, "price_stale");
  json_bool(out, router_price_stale(router, model, now_s / 86400));
  write_size(out, "context_window", model->context_window);
  write_size(out, "max_output", model->output_max);
  write_capabilities(out, model);
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
