/* prices.c - the prices of the ladder's models.
 *
 * A price file serves for models that are gone from any catalogue. Like all input
 * it is checked strictly before it is parsed. Null is an unpublished price.
 */
#include "bench/accuracy/prices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "classifier/text/json_check.h"
#include "daemon/config/catalog_load.h"
#include "daemon/config/read_file.h"

enum { PRICE_FILE_BYTES_MAX = 16 * 1024 * 1024 };

static bool complain(const char *path, const char *what) {
  (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", path, what);
  return false;
}

static bool take_price(const cJSON *model, const char *name, double *out) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(model, name);
  *out = NAN;
  if (!item || cJSON_IsNull(item))
    return true;
  if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 1e9))
    return false;
  *out = item->valuedouble;
  return true;
}

static bool take_ladder(const char *path, const cJSON *root, const struct bench_options *options,
                        struct bench_prices *out) {
  if (!cJSON_IsObject(root))
    return complain(path, "not an object; expected {\"model\": {\"input\": n, \"output\": n}}");
  for (size_t i = 0; i < options->ladder_count; i++) {
    const cJSON *model = cJSON_GetObjectItemCaseSensitive(root, options->ladder[i]);
    if (model && (!cJSON_IsObject(model) || !take_price(model, "input", &out->of[i].input) ||
                  !take_price(model, "output", &out->of[i].output))) {
      (void)fprintf(stderr,
                    "tier-bench accuracy: %s: \"%s\": expected an object with input and output, "
                    "numbers of USD per million tokens\n",
                    path, options->ladder[i]);
      return false;
    }
  }
  return true;
}

static bool load_file(const struct bench_options *options, struct bench_prices *out) {
  static const struct json_limits limits = {.depth_max = 16, .nodes_max = 1000000};
  char why[512], *bytes;
  size_t len;
  if (!read_file(options->prices, PRICE_FILE_BYTES_MAX, &bytes, &len, why, sizeof why)) {
    (void)fprintf(stderr, "tier-bench accuracy: %s\n", why);
    return false;
  }
  struct json_error error;
  json_blank_comments(bytes, len);
  bool ok = json_check(bytes, len, &limits, &error) == JSON_OK;
  if (!ok) {
    (void)fprintf(stderr, "tier-bench accuracy: %s:%zu: %s\n", options->prices, error.line,
                  json_status_text(error.status));
  } else {
    cJSON *root = cJSON_ParseWithLength(bytes, len);
    ok = take_ladder(options->prices, root, options, out);
    cJSON_Delete(root);
  }
  free(bytes);
  return ok;
}

static double from_nano(int64_t nano) {
  return money_known(nano) ? (double)nano / (double)NANO_PER_USD : NAN;
}

static bool load_catalog(const struct bench_options *options, struct bench_prices *out) {
  struct catalog catalog;
  struct catalog_error error;
  if (!catalog_load(options->catalog, &catalog, &error)) {
    (void)fprintf(stderr, "tier-bench accuracy: %s\n", error.text);
    return false;
  }
  for (size_t i = 0; i < options->ladder_count; i++) {
    int found = catalog_find_model(&catalog, span_of(options->ladder[i]));
    if (found < 0)
      continue;
    const struct price_set *price = &catalog.models[found].price;
    out->of[i] = (struct bench_price){from_nano(price->input), from_nano(price->output)};
  }
  catalog_unload(&catalog);
  return true;
}

bool prices_load(const struct bench_options *options, struct bench_prices *out) {
  out->relative = options->price_ratio[0] > 0;
  for (size_t i = 0; i < BENCH_LADDER_MAX; i++) {
    double ratio = out->relative ? options->price_ratio[i] : NAN;
    out->of[i] = (struct bench_price){ratio, ratio};
  }
  if (out->relative)
    return true;
  if (options->prices)
    return load_file(options, out);
  return options->catalog ? load_catalog(options, out) : true;
}
