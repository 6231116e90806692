/* catalog.h - the models that requests may go to, their tiers and their prices.
 *
 * Filled by daemon/config from JSON, or by hand in tests; immutable afterwards.
 * Prices are nano-USD per million tokens (money.h); an unpublished one is
 * MONEY_UNKNOWN. Strings are NUL-terminated and owned by the catalogue.
 */
#ifndef TIERD_ROUTER_CATALOG_H
#define TIERD_ROUTER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/text/span.h"
#include "daemon/router/money.h"

enum { CATALOG_TIERS_MAX = 8, CATALOG_TIERS_MIN = 2, CATALOG_MODELS_MAX = 1024 };

/* What a model can take or give, as bits of catalog_model.capabilities. */
enum catalog_capability {
  CAPABILITY_VISION = 1 << 0,      /* images in */
  CAPABILITY_TOOLS = 1 << 1,       /* function calls */
  CAPABILITY_JSON_SCHEMA = 1 << 2, /* output held to a schema */
  CAPABILITY_FILES = 1 << 3,       /* documents or audio in */
  CAPABILITY_REASONING = 1 << 4    /* thinks before it answers, billed as output */
};

/* One set of prices. A request above a context threshold is billed whole by
 * another set. */
struct price_set {
  int64_t input;
  int64_t output;
  int64_t cache_read;  /* unknown: cached tokens bill as input */
  int64_t cache_write; /* unknown: no premium, writes bill as input */
  int64_t batch_input; /* unknown: no batch rate */
  int64_t batch_output;
};

struct catalog_model {
  const char *name;
  const char *provider;
  uint32_t tier; /* index into catalog.tiers */
  struct price_set price;
  uint64_t long_context_above; /* input tokens above which long_price holds; 0: never */
  struct price_set long_price;
  uint64_t context_window;     /* tokens in and out; 0 when unknown */
  uint64_t output_max;         /* tokens; 0 when unknown */
  uint64_t cache_tokens_min;   /* smallest prefix that is cached; 0 when unknown */
  unsigned capabilities;       /* bits that the model is known to have */
  unsigned capabilities_known; /* bits about which the catalogue says anything */
  const char *price_as_of;     /* "YYYY-MM-DD", or shorter as the source has it */
  int64_t price_as_of_days;    /* days since 1970-01-01; -1 when unknown */
  const char *source;          /* where the figures come from */
};

struct catalog_tier {
  const char *name;
  uint32_t default_model; /* index into catalog.models */
};

struct catalog {
  struct catalog_tier tiers[CATALOG_TIERS_MAX]; /* cheapest first */
  size_t tiers_count;
  struct catalog_model *models;
  size_t models_count;
  uint32_t safe_tier;  /* chosen when the classifier abstains */
  const char *version; /* hash of the catalogue's bytes, short hexadecimal */
  void *memory;        /* what daemon/config allocated; NULL in tests */
};

/* The index of a tier or model by exact name, or -1. */
int catalog_find_tier(const struct catalog *catalog, struct span name);
int catalog_find_model(const struct catalog *catalog, struct span name);

/* The prices that hold for a request of input_tokens. */
const struct price_set *catalog_prices(const struct catalog_model *model, uint64_t input_tokens);

#endif
