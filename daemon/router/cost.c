/* cost.c - tokens times prices.
 *
 * input:  (input - cached) at the input price, cached at the cache's read price
 * output: mean, p10 and p90 of a log-normal, each cut at the model's and the
 *         request's limit
 * Batch prices replace both where the provider has them and the call asks; the
 * cache's discount is then left out, since few providers stack the two. */
#include "daemon/router/cost.h"

#include <math.h>

/* The 90th percentile of the standard normal distribution. */
#define Z90 1.2815515655446004

struct rates {
  int64_t input, cached, output;
};

static struct rates rates_of(const struct price_set *price, bool batch) {
  if (batch)
    return (struct rates){price->batch_input, price->batch_input, price->batch_output};
  int64_t cached = money_known(price->cache_read) ? price->cache_read : price->input;
  return (struct rates){price->input, cached, price->output};
}

static int64_t amount(const struct rates *rates, double input, uint64_t cached, double output) {
  double fresh = input > (double)cached ? input - (double)cached : 0.0;
  int64_t paid = money_add(money_for_tokens((uint64_t)llround(fresh), rates->input),
                           money_for_tokens(cached, rates->cached));
  return money_add(paid, money_for_tokens((uint64_t)llround(output), rates->output));
}

static double limited(double tokens, const struct catalog_model *model, uint64_t request_limit) {
  if (model->output_max && tokens > (double)model->output_max)
    tokens = (double)model->output_max;
  if (request_limit && tokens > (double)request_limit)
    tokens = (double)request_limit;
  return tokens;
}

struct cost cost_estimate(const struct catalog_model *model, const struct usage_estimate *usage) {
  const struct price_set *price = catalog_prices(model, usage->input);
  bool batch = usage->batch && money_known(price->batch_input) && money_known(price->batch_output);
  struct rates rates = rates_of(price, batch);
  bool discount =
      !batch && money_known(price->cache_read) && usage->input >= model->cache_tokens_min;
  uint64_t cached = usage->cached < usage->input ? usage->cached : usage->input;
  cached = discount ? cached : 0;
  double sigma = log(fmax(usage->output_p90 / usage->output_p50, 1.0)) / Z90;
  double mean = usage->output_p50 * exp(sigma * sigma / 2);
  double p10 = usage->output_p50 * usage->output_p50 / usage->output_p90;
  /* The mean of a heavy tail must not promise more than its p90. */
  mean = fmin(mean, usage->output_p90);
  struct cost cost = {
      .cached = cached,
      .batch = batch,
      .output_p50 = limited(usage->output_p50, model, usage->output_limit),
      .output_p90 = limited(usage->output_p90, model, usage->output_limit),
  };
  double input = (double)usage->input;
  cost.expected = amount(&rates, input, cached, limited(mean, model, usage->output_limit));
  cost.low = amount(&rates, input * (1 - COST_INPUT_ERROR), cached,
                    limited(p10, model, usage->output_limit));
  cost.high = amount(&rates, input * (1 + COST_INPUT_ERROR), cached, cost.output_p90);
  return cost;
}
