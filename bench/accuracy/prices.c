/* prices.c - the prices of the logs' models, the ladder's among them.
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

/* Always false, so that callers can return it. */
static bool complain(const char *path, const char *what) {
  (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", path, what);
  return false;
}

/* Absent is as good as null; a price of another type is a mistake of the file. */
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

/* Every model of the log that the file names. */
static bool take_models(const char *path, const cJSON *root, const struct labelled_log *log,
                        struct bench_prices *out) {
  if (!cJSON_IsObject(root))
    return complain(path, "not an object; expected {\"model\": {\"input\": n, \"output\": n}}");
  for (size_t i = 0; i < log->models_count; i++) {
    const cJSON *model = cJSON_GetObjectItemCaseSensitive(root, log->models[i]);
    double input = NAN, output = NAN;
    if (model && (!cJSON_IsObject(model) || !take_price(model, "input", &input) ||
                  !take_price(model, "output", &output))) {
      (void)fprintf(stderr,
                    "tier-bench accuracy: %s: \"%s\": expected an object with input and output, "
                    "numbers of USD per million tokens\n",
                    path, log->models[i]);
      return false;
    }
    out->models[i].price.input = money_from_usd(input);
    out->models[i].price.output = money_from_usd(output);
  }
  return true;
}

/* Comments are allowed, as in the catalogue. */
static bool load_file(const struct bench_options *options, const struct labelled_log *log,
                      struct bench_prices *out) {
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
    ok = take_models(options->prices, root, log, out);
    cJSON_Delete(root);
  }
  free(bytes);
  return ok;
}

/* NaN for the unknown, which then spreads to every figure that would need it. */
static double from_nano(int64_t nano) {
  return money_known(nano) ? (double)nano / (double)NANO_PER_USD : NAN;
}

/* The whole entry of a model is taken: its tokenizer and windows matter to the estimate
 * as well. */
static bool load_catalog(const struct bench_options *options, const struct labelled_log *log,
                         struct bench_prices *out) {
  struct catalog_error error;
  if (!catalog_load(options->catalog, &out->catalog, &error)) {
    (void)fprintf(stderr, "tier-bench accuracy: %s\n", error.text);
    return false;
  }
  out->has_catalog = true;
  for (size_t i = 0; i < log->models_count; i++) {
    int found = catalog_find_model(&out->catalog, span_of(log->models[i]));
    if (found >= 0)
      out->models[i] = out->catalog.models[found];
  }
  return true;
}

/* A model of which nothing is known but the name. */
static struct catalog_model unknown_model(const char *name) {
  return (struct catalog_model){.name = name, .price = price_set_unknown(), .price_as_of_days = -1};
}

/* Relative prices are there only when they were asked for, and then hold for both kinds
 * of tokens. */
static void take_ladder(const struct bench_options *options, const struct labelled_log *log,
                        struct bench_prices *out) {
  for (size_t i = 0; i < options->ladder_count; i++) {
    size_t model = labelled_log_model(log, options->ladder[i]);
    double ratio = options->price_ratio[i];
    if (out->relative)
      out->of[i] = (struct bench_price){ratio, ratio};
    else if (model != SIZE_MAX)
      out->of[i] = (struct bench_price){from_nano(out->models[model].price.input),
                                        from_nano(out->models[model].price.output)};
  }
}

/* Without any source of prices all of them are unknown, and savings with them. */
bool prices_load(const struct bench_options *options, const struct labelled_log *log,
                 struct labelled_log_memory *memory, struct bench_prices *out) {
  out->relative = options->price_ratio[0] > 0;
  out->models = bench_take(memory, log->models_count + 1, sizeof *out->models);
  for (size_t i = 0; i < log->models_count; i++)
    out->models[i] = unknown_model(log->models[i]);
  for (size_t i = 0; i < BENCH_LADDER_MAX; i++)
    out->of[i] = (struct bench_price){NAN, NAN};
  bool ok = options->prices    ? load_file(options, log, out)
            : options->catalog ? load_catalog(options, log, out)
                               : true;
  take_ladder(options, log, out);
  return ok;
}

/* Models that were copied from the catalogue point into it, so this comes last. */
void prices_unload(struct bench_prices *prices) {
  if (prices->has_catalog)
    catalog_unload(&prices->catalog);
  prices->has_catalog = false;
}
