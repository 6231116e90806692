/* cost.c - tokens times prices.
 *
 * The model's prices for the call's time and length come from catalog_prices(). The
 * input is split into what the provider's cache gives, what is written to it and the
 * rest; each part and the output is multiplied by its price in integers and rounded
 * once, half up, so that the lines of the bill add up to its total exactly. Doubles
 * occur only where a number of output tokens is guessed, before any price.
 *
 * Three bills are written: for the expected call, and for a small and a large one.
 * Each looks up its own prices, for 10 % more input may be over a threshold. */
#include "daemon/router/cost.h"

#include <math.h>

/* The 90th percentile of the standard normal distribution. */
#define Z90 1.2815515655446004

/* More tokens than any context holds, and safe to convert and to multiply. */
#define TOKENS_MAX 1e15

/* The prices of one call, after batch, lifetime and cache mode are settled. */
struct rates {
  int64_t input, cache_read, cache_write, output;
  bool reads;  /* the cache gives tokens at cache_read, which may be unknown */
  bool writes; /* written tokens cost cache_write, else as much as input */
  bool batch;
};

/* How the input divides. */
struct split {
  uint64_t fresh, read, written;
};

struct bill {
  int64_t total;
  struct cost_breakdown lines;
  struct split split;
  bool batch;
  const char *missing; /* the first price that was needed and is unknown, or NULL */
};

/* The write price for the shortest lifetime that is long enough, else for the
 * longest there is. */
static const struct cache_write_price *write_price(const struct price_set *price,
                                                   uint32_t lifetime_s) {
  size_t i = 0;
  while (i + 1 < price->cache_writes_count && price->cache_writes[i].lifetime_s < lifetime_s)
    i++;
  return i < price->cache_writes_count ? &price->cache_writes[i] : NULL;
}

/* A null in the catalogue means different things. Where it names no cache mode, an
 * unknown read price means no discount and an unknown write price no premium: the
 * call is then priced as if nothing were cached. Where it says that there is a cache,
 * a price that is not published is a gap, and the bill says so. */
static struct rates rates_of(const struct catalog_model *model, const struct price_set *price,
                             const struct usage_estimate *usage, bool batch) {
  const struct cache_write_price *write = write_price(price, usage->cache_lifetime_s);
  const bool cache_stated =
      model->cache_mode == CACHE_AUTOMATIC || model->cache_mode == CACHE_EXPLICIT;
  struct rates rates = {.batch = batch && money_known(price->batch_input) &&
                                 money_known(price->batch_output),
                        .cache_write = MONEY_UNKNOWN};
  if (rates.batch) {
    rates.input = price->batch_input;
    rates.output = price->batch_output;
    rates.cache_read = price->batch_cache_read;
    /* Without a batch price of its own, the cache has no part in a batch. */
    rates.reads = money_known(price->batch_cache_read);
    rates.writes = rates.reads;
  } else {
    rates.input = price->input;
    rates.output = price->output;
    rates.cache_read = price->cache_read;
    rates.reads = money_known(price->cache_read) || cache_stated;
    rates.writes = true;
  }
  if (write != NULL)
    rates.cache_write = rates.batch ? write->batch_price : write->price;
  rates.writes = rates.writes && (write != NULL || model->cache_mode == CACHE_EXPLICIT);
  if (model->cache_mode == CACHE_NONE)
    rates.reads = rates.writes = false;
  return rates;
}

/* How much of a prefix a cache can hold: nothing below the minimum, and from there
 * on whole steps. */
static uint64_t cacheable(const struct catalog_model *model, uint64_t tokens) {
  if (tokens < model->cache_tokens_min)
    return 0;
  const uint64_t beyond = tokens - model->cache_tokens_min;
  return tokens - (model->cache_tokens_step > 1 ? beyond % model->cache_tokens_step : 0);
}

/* What is read is the beginning of the prefix, what is written the rest of it. An
 * automatic cache that charges for writing writes all that it can hold. */
static struct split split_input(const struct catalog_model *model,
                                const struct usage_estimate *usage, const struct rates *rates,
                                uint64_t input) {
  struct split split = {.fresh = input};
  const uint64_t cached = usage->cached < input ? usage->cached : input;
  if (rates->reads)
    split.read = cacheable(model, cached);
  if (rates->writes) {
    const uint64_t rest = input - cached;
    const bool all = model->cache_mode == CACHE_AUTOMATIC || usage->cache_write > rest;
    const uint64_t prefix = cacheable(model, cached + (all ? rest : usage->cache_write));
    split.written = prefix > split.read ? prefix - split.read : 0;
  }
  split.fresh -= split.read + split.written;
  return split;
}

/* Tokens that do not occur need no price. */
static int64_t line(uint64_t tokens, int64_t price) {
  return tokens == 0 ? 0 : money_for_tokens(tokens, price);
}

static const char *missing_price(const struct rates *rates, const struct split *split) {
  if (!money_known(rates->input))
    return "input price is not published";
  if (!money_known(rates->output))
    return "output price is not published";
  if (split->read > 0 && !money_known(rates->cache_read))
    return "cached read price is not published";
  if (split->written > 0 && !money_known(rates->cache_write))
    return "cache write price is not published";
  return NULL;
}

static struct bill bill_of(const struct catalog_model *model, const struct usage_estimate *usage,
                           bool batch, uint64_t input, uint64_t output) {
  struct price_set price;
  const bool in_force = catalog_prices(model, usage->now_s, input, &price);
  const struct rates rates = rates_of(model, &price, usage, batch);
  struct bill bill = {.split = split_input(model, usage, &rates, input), .batch = rates.batch};
  /* Input and output prices are needed even for no tokens: a model without them
   * must never look free. */
  bill.lines = (struct cost_breakdown){
      .input = money_for_tokens(bill.split.fresh, rates.input),
      .cache_read = line(bill.split.read, rates.cache_read),
      .cache_write = line(bill.split.written, rates.cache_write),
      .output = money_for_tokens(output, rates.output),
  };
  bill.total = money_add(money_add(bill.lines.input, bill.lines.cache_read),
                         money_add(bill.lines.cache_write, bill.lines.output));
  bill.missing =
      in_force ? missing_price(&rates, &bill.split) : "no price is in force at this time";
  return bill;
}

static double limited(double tokens, const struct catalog_model *model, uint64_t request_limit) {
  if (model->output_max && tokens > (double)model->output_max)
    tokens = (double)model->output_max;
  if (request_limit && tokens > (double)request_limit)
    tokens = (double)request_limit;
  return tokens;
}

static uint64_t whole(double tokens) {
  /* Written so that NaN becomes 0. */
  if (!(tokens > 0))
    return 0;
  return (uint64_t)llround(fmin(tokens, TOKENS_MAX));
}

/* Tokens of output at the mean and at p10. */
struct guess {
  double mean, p10;
};

static struct guess guess_output(double p50, double p90) {
  if (!(p50 > 0 && p90 > p50))
    return (struct guess){p50, p50};
  const double sigma = log(p90 / p50) / Z90;
  /* The mean of a heavy tail must not promise more than its p90. */
  return (struct guess){fmin(p50 * exp(sigma * sigma / 2), p90), p50 * p50 / p90};
}

/* A longer context may be cheaper by the token, but a small call must not seem to
 * cost more than a large one. */
static void order(struct cost *cost) {
  if (!money_known(cost->expected))
    return;
  if (money_known(cost->low) && cost->low > cost->expected)
    cost->low = cost->expected;
  if (money_known(cost->high) && cost->high < cost->expected)
    cost->high = cost->expected;
}

/* Of a call whose answer may have any length. */
static struct cost cost_unknown(const char *reason) {
  return (struct cost){.expected = MONEY_UNKNOWN,
                       .low = MONEY_UNKNOWN,
                       .high = MONEY_UNKNOWN,
                       .breakdown = {MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN},
                       .batch_saving = MONEY_UNKNOWN,
                       .batch_saving_unknown = reason,
                       .unknown_reason = reason,
                       .output_p50 = NAN,
                       .output_p90 = NAN};
}

/* What batching would take off the expected amount, or why that cannot be told. */
static void compare_batch(struct cost *cost, const struct bill *single, const struct bill *batched,
                          bool asked) {
  cost->batch_saving = MONEY_UNKNOWN;
  if (!batched->batch && single->missing == NULL)
    cost->batch_saving_unknown = "no batch price is published";
  else if (asked && batched->batch)
    cost->batch_saving_unknown = "batch prices are used already";
  else if (single->missing != NULL)
    cost->batch_saving_unknown = single->missing;
  else if (batched->missing != NULL)
    /* A batch has prices of input and output, and reads only at a known price. */
    cost->batch_saving_unknown = "batch price of writing to the cache is not published";
  else
    cost->batch_saving = single->total - batched->total;
}

struct cost cost_estimate(const struct catalog_model *model, const struct usage_estimate *usage) {
  if (isnan(usage->output_p50))
    return cost_unknown("the length of the answer was not estimated");
  const struct guess guess = guess_output(usage->output_p50, usage->output_p90);
  const uint64_t limit = usage->output_limit;
  const uint64_t expected_output = whole(limited(guess.mean, model, limit));
  const uint64_t error = usage->input / (100 / COST_INPUT_ERROR_PERCENT);
  const uint64_t more = usage->input > UINT64_MAX - error ? UINT64_MAX : usage->input + error;
  struct cost cost = {.output_p50 = limited(usage->output_p50, model, limit),
                      .output_p90 = limited(usage->output_p90, model, limit)};
  const struct bill bill = bill_of(model, usage, usage->batch, usage->input, expected_output);
  const struct bill low = bill_of(model, usage, usage->batch, usage->input - error,
                                  whole(limited(guess.p10, model, limit)));
  const struct bill high = bill_of(model, usage, usage->batch, more, whole(cost.output_p90));
  cost.expected = bill.total;
  cost.low = low.total;
  cost.high = high.total;
  order(&cost);
  cost.breakdown = bill.lines;
  cost.cached = bill.split.read;
  cost.cache_written = bill.split.written;
  cost.batch = bill.batch;
  cost.unknown_reason = bill.missing ? bill.missing : low.missing ? low.missing : high.missing;
  if (usage->batch) {
    compare_batch(&cost, &bill, &bill, true);
    return cost;
  }
  const struct bill batched = bill_of(model, usage, true, usage->input, expected_output);
  compare_batch(&cost, &bill, &batched, false);
  return cost;
}
