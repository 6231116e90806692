/* summary.c - from totals to the figures that are shown.
 *
 * The waterfall adds up to the nano-dollar: each bar is a difference of two sums over
 * the same calls. A prompt that was asked again in its session would not have been with
 * a perfect first answer, so the repetitions are taken out of always-top and of the
 * savings, and what they cost stands as a penalty; that is the strictest view, since
 * the top model is asked again as well. */
#include "daemon/ctl/report/summary.h"

#include <math.h>

#include "daemon/ctl/report/prompts.h"

/* A month is not told from less than this. */
#define DAYS_MIN (1.0 / 24)

/* Codes are for programs and stay; titles and meanings may be put better. */
const struct bar_text bar_texts[BARS_COUNT] = {
    [BAR_TOP] = {"always_top", "Always top",
                 "every prompt once to the top tier's model, nothing cached, no batch, no limit"},
    [BAR_ROUTING] = {"routing", "Routing", "the chosen model instead of the top one"},
    [BAR_CACHING] = {"caching", "Caching", "prefixes that the provider's cache gave"},
    [BAR_BATCH] = {"batch", "Batch", "calls that were sent in a batch"},
    [BAR_STOP] = {"early_stop", "Early stop", "output that the request's own limit cut"},
    [BAR_AGAIN] = {"asked_again", "Asked again",
                   "prompts asked again in their session, and second calls to another model"},
    [BAR_SPENT] = {"spent", "Spent", "on the calls that can be compared"},
};

const char *const bill_source_names[BILL_SOURCES] = {"reported", "priced", "estimated", "unknown"};

/* For showing alone: sums are made in whole nano-USD before. */
double report_usd(int64_t nano) {
  return money_known(nano) ? (double)nano / (double)NANO_PER_USD : (double)NAN;
}

/* Rounded to the nano-dollar; unknown where either is, or beyond what money can hold. */
static int64_t times(int64_t nano, double factor) {
  const double product = (double)nano * factor;
  return money_known(nano) && fabs(product) < (double)MONEY_MAX ? (int64_t)llround(product)
                                                                : MONEY_UNKNOWN;
}

/* The repetitions' share of each step: those that their line tells of, and where lines do
 * not tell, of n like calls all but the mean one. */
static void repeated_steps(const struct report_totals *totals, int64_t out[STEPS_COUNT],
                           uint64_t *count) {
  const int64_t scale = (int64_t)groups_scale(&totals->asked);
  for (size_t s = 0; s < STEPS_COUNT; s++)
    out[s] = 0;
  for (size_t i = 0; i < totals->asked.count; i++) {
    const struct group_view group = groups_at(&totals->asked, i);
    *count += (uint64_t)((group.count - 1) * scale);
    for (size_t s = 0; s < STEPS_COUNT; s++)
      out[s] = money_add(out[s], waste_retries(group.count, group.values[s]));
  }
  *count += totals->again;
  for (size_t s = 0; s < STEPS_COUNT; s++)
    out[s] = money_add(times(out[s], (double)scale), totals->again_steps[s]);
}

/* Bars between two steps are their difference, so that whatever the steps are the bars
 * add up to what was spent. */
static void fill_waterfall(struct report_summary *out) {
  const struct report_totals *totals = out->totals;
  int64_t again[STEPS_COUNT], once[STEPS_COUNT], extra = 0;
  for (size_t s = 0; s < BILL_UNKNOWN; s++) {
    extra = money_add(extra, totals->extra[s].nano);
    out->asked_again += totals->extra[s].lines;
  }
  repeated_steps(totals, again, &out->asked_again);
  for (size_t s = 0; s < STEPS_COUNT; s++)
    once[s] = totals->steps[s] - again[s];
  out->bars[BAR_TOP] = once[STEP_TOP];
  for (int s = STEP_TOP; s < STEP_LIMITED; s++)
    out->bars[BAR_ROUTING + s] = once[s + 1] - once[s];
  out->bars[BAR_AGAIN] = again[STEP_LIMITED] + extra;
  out->bars[BAR_SPENT] = totals->compared.nano + extra;
  out->uncompared = out->spent - out->bars[BAR_SPENT];
}

/* Unknown costs are counted here, too, and only counted. */
static void fill_spent(struct report_summary *out) {
  const struct report_totals *totals = out->totals;
  for (size_t s = 0; s < BILL_UNKNOWN; s++)
    out->spent = money_add(out->spent, money_add(totals->spent[s].nano, totals->extra[s].nano));
  out->unknown = totals->spent[BILL_UNKNOWN].lines + totals->extra[BILL_UNKNOWN].lines;
  out->spent_month = times(out->spent, out->month_factor);
}

/* Of the groups that are held, to all that they stand for. */
static struct waste_sum scaled(struct waste_sum sum, const struct groups *groups) {
  const uint64_t scale = groups_scale(groups);
  return (struct waste_sum){.lines = sum.lines * scale,
                            .nano = times(sum.nano, (double)scale),
                            .unpriced = sum.unpriced * scale};
}

static struct waste_sum retries(const struct groups *sent) {
  struct waste_sum sum = {0, 0, 0};
  for (size_t i = 0; i < sent->count; i++) {
    const struct group_view group = groups_at(sent, i);
    sum.lines += (uint64_t)(group.count - 1);
    sum.nano = money_add(sum.nano, waste_retries(group.count, group.values[0]));
  }
  return scaled(sum, sent);
}

/* Four kinds were added up line by line, two need all lines of a group. */
static void fill_waste(struct report_summary *out) {
  for (size_t i = 0; i < WASTE_KINDS; i++)
    out->waste[i] = out->totals->waste[i];
  /* These two are of groups, of which a sample may be all that is held. */
  out->waste[WASTE_CACHING] = scaled(prompts_waste(out->totals), &out->totals->prompts);
  out->waste[WASTE_RETRIES] = retries(&out->totals->sent);
  for (size_t i = 0; i < WASTE_KINDS; i++)
    out->waste_month[i] = times(out->waste[i].nano, out->month_factor);
}

/* A session on a day is taken for a user. */
static void fill_projection(struct report_summary *out) {
  const struct report_totals *totals = out->totals;
  const struct report_options *options = totals->options;
  /* Whole days, since visits are counted by day. */
  const double days = fmax(ceil(out->days), 1);
  out->users = (double)NAN;
  if (totals->visits.count > 0)
    out->users = (double)(totals->visits.count * groups_scale(&totals->visits)) / days;
  out->projection = projection_of(out->spent_month, &options->split);
  out->users_projection = projection_of(isnan(options->users) || isnan(out->users)
                                            ? MONEY_UNKNOWN
                                            : times(out->spent_month, options->users / out->users),
                                        &options->split);
}

/* Spending comes first: the others are parts of it, or factors on it. */
void report_summary_of(struct report_totals *totals, const struct join_counts *counts,
                       struct report_summary *out) {
  *out = (struct report_summary){.totals = totals, .counts = counts};
  out->days = totals->decisions > 0 ? (double)(totals->last_s - totals->first_s) / 86400 : 0;
  out->month_factor = out->days >= DAYS_MIN ? totals->options->month_days / out->days : (double)NAN;
  out->sampled = groups_scale(&totals->asked) > 1 || groups_scale(&totals->sent) > 1 ||
                 groups_scale(&totals->visits) > 1 || groups_scale(&totals->prompts) > 1;
  fill_spent(out);
  fill_waterfall(out);
  fill_waste(out);
  fill_projection(out);
  /* Sorted last, once: sums do not depend on the order. */
  tallies_sort(&totals->tiers);
  tallies_sort(&totals->models);
  tallies_sort(&totals->unpriced);
  tallies_sort(&totals->reasked);
  for (size_t i = 0; i < totals->labels_count; i++)
    tallies_sort(&totals->labels[i].values);
}
