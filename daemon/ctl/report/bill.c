/* bill.c - from an estimate and what was told about it to one amount.
 *
 * What feedback says is about the model that answered. When that is not the chosen
 * one, the answer was not good enough and the prompt was asked again elsewhere: then
 * two calls were paid for, the first by the estimate and the second as told. */
#include "daemon/ctl/report/bill.h"

#include <math.h>
#include <string.h>

#include "daemon/router/cost.h"

static uint64_t whole(double tokens) {
  return tokens > 0 ? (uint64_t)llround(tokens) : 0;
}

/* The usage at the catalogue's price of that time. A known count of output makes the
 * estimate exact. */
static int64_t price_usage(const struct report_line *line, const struct join_feedback *feedback,
                           const struct catalog *catalog, const char *model) {
  if (!catalog || isnan(feedback->input_tokens) || isnan(feedback->output_tokens))
    return MONEY_UNKNOWN;
  const int index = catalog_find_model(catalog, span_of(model));
  if (index < 0)
    return MONEY_UNKNOWN;
  const struct usage_estimate usage = {.now_s = line->time_s,
                                       .input = whole(feedback->input_tokens),
                                       .cached = whole(feedback->cached_tokens),
                                       .cache_write = whole(feedback->cache_write_tokens),
                                       .output_p50 = feedback->output_tokens,
                                       .output_p90 = feedback->output_tokens,
                                       .batch = line->batch_asked};
  return cost_estimate(&catalog->models[index], &usage).expected;
}

/* No call costs more than a million USD; an amount that says so is as good as none. */
static int64_t believed(int64_t nano) {
  return nano <= 1000000 * NANO_PER_USD ? nano : MONEY_UNKNOWN;
}

/* What feedback says of the call to model. */
static int64_t told(const struct report_line *line, const struct join_feedback *feedback,
                    const struct catalog *catalog, const char *model, enum bill_source *source) {
  *source = BILL_TOLD;
  if (!isnan(feedback->cost_usd))
    return believed(money_from_usd(feedback->cost_usd));
  *source = BILL_PRICED;
  return believed(price_usage(line, feedback, catalog, model));
}

/* An amount times a ratio of two others. A double keeps 15 digits of it, which is to
 * the nano-dollar for anything below a million USD; more than that is not believed. */
static int64_t scaled(int64_t amount, int64_t times, int64_t over) {
  const double product = (double)amount * ((double)times / (double)over);
  return money_known(amount) && product < 1e15 ? (int64_t)llround(product) : MONEY_UNKNOWN;
}

static void fill_steps(struct report_bill *bill, const struct report_line *line) {
  const int64_t expected = line->steps[STEP_LIMITED];
  const bool scale =
      money_known(expected) && expected > 0 && money_known(bill->spent) && bill->spent != expected;
  bill->compared = money_known(bill->spent);
  for (size_t i = 0; i < STEPS_COUNT; i++) {
    bill->steps[i] = scale ? scaled(line->steps[i], bill->spent, expected) : line->steps[i];
    bill->compared = bill->compared && money_known(bill->steps[i]);
  }
  /* Rounding must not keep the last step from being the amount itself. */
  if (bill->compared)
    bill->steps[STEP_LIMITED] = bill->spent;
}

struct report_bill report_bill_of(const struct report_line *line,
                                  const struct join_feedback *feedback,
                                  const struct catalog *catalog) {
  struct report_bill bill = {.spent = MONEY_UNKNOWN};
  bill.again = feedback && feedback->model && strcmp(feedback->model, line->model) != 0;
  if (feedback && !bill.again)
    bill.spent = told(line, feedback, catalog, line->model, &bill.source);
  if (!money_known(bill.spent)) {
    bill.source = BILL_ESTIMATED;
    bill.spent = line->steps[STEP_LIMITED];
  }
  if (!money_known(bill.spent))
    bill.source = BILL_UNKNOWN;
  if (bill.again) {
    bill.extra = told(line, feedback, catalog, feedback->model, &bill.extra_source);
    /* Without figures, the top model's estimate stands for an escalation to it. */
    if (!money_known(bill.extra) && strcmp(feedback->model, line->baseline_model) == 0) {
      bill.extra_source = BILL_ESTIMATED;
      bill.extra = line->baseline;
    }
    if (!money_known(bill.extra))
      bill.extra_source = BILL_UNKNOWN;
  }
  fill_steps(&bill, line);
  return bill;
}
