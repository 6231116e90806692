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
#include "daemon/router/tokens.h"

enum { CATALOG_TIERS_MAX = 8, CATALOG_TIERS_MIN = 2, CATALOG_MODELS_MAX = 1024 };

/* How many of each a model may have. */
enum {
  CATALOG_LIFETIMES_MAX = 4, /* of a cache, with a write price each */
  CATALOG_CONTEXT_TIERS_MAX = 4,
  CATALOG_WINDOWS_MAX = 8,
  CATALOG_PRICE_CHANGES_MAX = 8
};

/* What a model can take or give, as bits of catalog_model.capabilities. */
enum catalog_capability {
  CAPABILITY_VISION = 1 << 0,      /* images in */
  CAPABILITY_TOOLS = 1 << 1,       /* function calls */
  CAPABILITY_JSON_SCHEMA = 1 << 2, /* output held to a schema */
  CAPABILITY_FILES = 1 << 3,       /* documents or audio in */
  CAPABILITY_REASONING = 1 << 4,   /* thinks before it answers, billed as output */
  CAPABILITIES_COUNT = 5
};

/* Each with the key that it has in the catalogue's file and in answers, in the order in
 * which these list them. */
struct catalog_capability_name {
  enum catalog_capability bit;
  const char *key;
};
extern const struct catalog_capability_name catalog_capabilities[CAPABILITIES_COUNT];

/* What a token costs that is written to the provider's cache, to stay there for
 * lifetime_s seconds; 0 when the catalogue does not say how long. */
struct cache_write_price {
  uint32_t lifetime_s;
  int64_t price;
  int64_t batch_price;
};

/* One set of prices, each MONEY_UNKNOWN when not published. cost.h says what an
 * unknown one leads to. */
struct price_set {
  int64_t input;
  int64_t output;
  int64_t cache_read;
  int64_t batch_input;
  int64_t batch_output;
  int64_t batch_cache_read; /* unknown: in a batch the cache gives no discount */
  struct cache_write_price cache_writes[CATALOG_LIFETIMES_MAX]; /* shortest first */
  size_t cache_writes_count; /* 0: no price of its own is known for writing */
};

/* Prices of a request that is longer than above_input_tokens, for all of it. */
struct context_tier {
  uint64_t above_input_tokens;
  struct price_set price;
};

/* Hours of some weekdays, UTC, at which other prices hold: peak or off-peak. */
struct price_window {
  uint8_t weekdays;        /* bit 0 is Monday; the day on which the window opens */
  uint16_t start_minute;   /* of the day, included */
  uint16_t end_minute;     /* excluded; not after the start: it ends on the next day */
  uint32_t multiplier_ppm; /* of every price, in millionths; 0: the price below holds */
  struct price_set price;  /* at any length of the request */
};

/* What holds from one instant to another; seconds since 1970, UTC. */
struct price_change {
  int64_t from_s;  /* included */
  int64_t until_s; /* excluded */
  struct price_set price;
  const struct context_tier *context_tiers; /* shortest first; as in a model */
  size_t context_tiers_count;
  const struct price_window *windows;
  size_t windows_count;
  const char *notes; /* about these prices, as in a model; may be NULL */
};

/* How the provider's cache is filled. */
enum cache_mode {
  CACHE_UNSTATED = 0, /* the catalogue says nothing */
  CACHE_NONE,         /* there is none */
  CACHE_AUTOMATIC,    /* every prefix that is long enough is written */
  CACHE_EXPLICIT      /* what the request marks is written */
};

struct catalog_model {
  const char *name;
  const char *provider;
  uint32_t tier; /* index into catalog.tiers */
  enum token_family tokenizer;
  enum image_rule images; /* how it counts them, if not as its tokenizer's family does */
  /* What holds unless a change, a window or a longer context says otherwise. The
   * three lists belong to the catalogue. */
  struct price_set price;
  const struct context_tier *context_tiers; /* shortest first */
  size_t context_tiers_count;
  const struct price_window *windows; /* the first that is open counts */
  size_t windows_count;
  int64_t price_until_s;              /* price and the above end here; 0: never */
  int64_t price_from_s;               /* and begin here; 0: long ago */
  const struct price_change *changes; /* earliest first; the latest begun counts */
  size_t changes_count;
  uint64_t context_window; /* tokens in and out; 0 when unknown */
  uint64_t output_max;     /* tokens; 0 when unknown */
  enum cache_mode cache_mode;
  uint32_t cache_lifetime_s;   /* of what was written, unless asked for longer; 0: unknown */
  uint64_t cache_tokens_min;   /* smallest prefix that is cached; 0 when unknown */
  uint64_t cache_tokens_step;  /* longer ones are cached in steps of; 0 when unknown */
  unsigned capabilities;       /* bits that the model is known to have */
  unsigned capabilities_known; /* bits about which the catalogue says anything */
  const char *price_as_of;     /* "YYYY-MM-DD", or shorter as the source has it */
  int64_t price_as_of_days;    /* days since 1970-01-01; -1 when unknown */
  const char *source;          /* where the figures come from */
  const char *notes;           /* clauses with ";" between, some about a key; may be NULL */
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

/* The prices that hold for a request of input_tokens, cached ones included, at
 * now_s, seconds since 1970 in UTC. False when the catalogue has none for that time;
 * all of *out is then unknown. */
bool catalog_prices(const struct catalog_model *model, int64_t now_s, uint64_t input_tokens,
                    struct price_set *out);

/* The first clause of the model's notes that names a key of the catalogue, such as
 * "cache_read", as a whole word: the reason for its being null. A key that is an
 * everyday word, such as "input", must open the clause. Empty when there is none; the
 * text is the catalogue's. */
struct span catalog_note(const struct catalog_model *model, const char *key);

/* Why a figure is null at now_s, for people: the note on the key of the price change that
 * is in force then, else the model's, else that the catalogue does not say. Never empty;
 * the text is the catalogue's or static. */
struct span catalog_why_unknown(const struct catalog_model *model, const char *key, int64_t now_s);

/* A set in which nothing is known. */
struct price_set price_set_unknown(void);

#endif
