/* view_json.c - the report for programs.
 *
 * Amounts are written from integers, so that they are exact; an unknown one is null.
 * cJSON reports a lack of memory by NULL, which spreads: what is added to NULL is
 * refused, and the printing of an incomplete tree is never reached. */
#include <math.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/report/views.h"

/* A tree being made; ok is false once memory was out. */
struct tree {
  bool ok;
};

/* The helpers add one member each, named as in the program that reads them. */
static cJSON *object(struct tree *tree, cJSON *parent, const char *name) {
  cJSON *child = cJSON_AddObjectToObject(parent, name);
  tree->ok = tree->ok && child;
  return child;
}

static cJSON *array(struct tree *tree, cJSON *parent, const char *name) {
  cJSON *child = cJSON_AddArrayToObject(parent, name);
  tree->ok = tree->ok && child;
  return child;
}

/* An object at the end of a list. */
static cJSON *element(struct tree *tree, cJSON *list) {
  cJSON *child = cJSON_CreateObject();
  if (child && cJSON_AddItemToArray(list, child))
    return child;
  cJSON_Delete(child);
  tree->ok = false;
  return NULL;
}

/* cJSON escapes it: names come from logs and may hold anything. */
static void text(struct tree *tree, cJSON *parent, const char *name, const char *value) {
  tree->ok = tree->ok && cJSON_AddStringToObject(parent, name, value);
}

/* Money has its unit in its name. */
static void usd(struct tree *tree, cJSON *parent, const char *name, int64_t nano) {
  char digits[MONEY_TEXT_MAX];
  money_print(nano, digits);
  tree->ok = tree->ok && cJSON_AddRawToObject(parent, name, digits);
}

/* What is not known, or infinite, has no digits in JSON. */
static void number(struct tree *tree, cJSON *parent, const char *name, double value) {
  if (isfinite(value))
    tree->ok = tree->ok && cJSON_AddNumberToObject(parent, name, value);
  else
    tree->ok = tree->ok && cJSON_AddNullToObject(parent, name);
}

/* Exact up to 2^53, which no log reaches. */
static void count(struct tree *tree, cJSON *parent, const char *name, uint64_t value) {
  number(tree, parent, name, (double)value);
}

/* Of estimates, mostly: each subject that is one says so. */
static void flag(struct tree *tree, cJSON *parent, const char *name, bool value) {
  tree->ok = tree->ok && cJSON_AddBoolToObject(parent, name, value);
}

/* Of when and of how much the report is. */
static void put_lines(struct tree *tree, cJSON *root, const struct report_summary *s) {
  /* Seconds since 1970, which every language reads. */
  cJSON *period = object(tree, root, "period");
  cJSON *lines = object(tree, root, "lines");
  count(tree, period, "from", (uint64_t)(s->totals->first_s));
  count(tree, period, "to", (uint64_t)(s->totals->last_s));
  number(tree, period, "days", s->days);
  number(tree, period, "month_days", s->totals->options->month_days);
  /* What amounts of the period were multiplied by; null where it is too short for a month. */
  number(tree, period, "month_factor", s->month_factor);
  count(tree, lines, "decisions", s->totals->decisions);
  count(tree, lines, "outside_period", s->totals->outside);
  count(tree, lines, "without_time", s->totals->untimed);
  count(tree, lines, "feedback", s->counts->feedback);
  count(tree, lines, "unmatched_feedback", s->counts->unmatched);
  count(tree, lines, "repeated_decisions", s->counts->duplicates);
  count(tree, lines, "bad", s->counts->bad_lines);
}

/* Second calls count with the first ones, by their source. */
static void put_spent(struct tree *tree, cJSON *root, const struct report_summary *s) {
  /* The parts add up to "usd"; calls of unknown cost are in neither. */
  cJSON *spent = object(tree, root, "spent");
  usd(tree, spent, "usd", s->spent);
  usd(tree, spent, "usd_month", s->spent_month);
  for (size_t i = 0; i < BILL_UNKNOWN; i++) {
    cJSON *source = object(tree, spent, bill_source_names[i]);
    count(tree, source, "calls", s->totals->spent[i].lines + s->totals->extra[i].lines);
    usd(tree, source, "usd", money_add(s->totals->spent[i].nano, s->totals->extra[i].nano));
  }
  cJSON *unknown = object(tree, spent, "unknown");
  cJSON *models = object(tree, unknown, "models");
  count(tree, unknown, "calls", s->unknown);
  /* By model, so that the missing price can be put into the catalogue. */
  for (size_t i = 0; i < s->totals->unpriced.count; i++)
    count(tree, models, s->totals->unpriced.list[i].name, s->totals->unpriced.list[i].lines);
}

/* In order; all bars but the last add up to it. */
static void put_waterfall(struct tree *tree, cJSON *root, const struct report_summary *s) {
  cJSON *waterfall = object(tree, root, "waterfall");
  cJSON *bars = array(tree, waterfall, "bars");
  /* All bars but the last rest on estimates. */
  flag(tree, waterfall, "estimate", true);
  flag(tree, waterfall, "sampled", s->sampled);
  count(tree, waterfall, "calls", s->totals->compared.lines);
  count(tree, waterfall, "asked_again", s->asked_again);
  usd(tree, waterfall, "uncompared_usd", s->uncompared);
  for (size_t i = 0; i < BARS_COUNT; i++) {
    cJSON *bar = element(tree, bars);
    text(tree, bar, "code", bar_texts[i].code);
    usd(tree, bar, "usd", s->bars[i]);
  }
}

/* The rule stands beside the figure, for whoever doubts it. */
static void put_waste(struct tree *tree, cJSON *root, const struct report_summary *s) {
  cJSON *list = array(tree, root, "waste");
  for (size_t i = 0; i < WASTE_KINDS; i++) {
    cJSON *waste = element(tree, list);
    /* No amount at all, where no call has one. */
    const bool unpriced = s->waste[i].lines > 0 && s->waste[i].unpriced == s->waste[i].lines;
    text(tree, waste, "code", waste_texts[i].code);
    flag(tree, waste, "estimate", true);
    count(tree, waste, "calls", s->waste[i].lines);
    /* How much of the calls the amount does not cover. */
    count(tree, waste, "unpriced_calls", s->waste[i].unpriced);
    /* Only of caching can a call be of a kind that nobody can judge. */
    if (i == WASTE_CACHING)
      count(tree, waste, "unjudged_calls", s->totals->unjudged);
    usd(tree, waste, "usd", unpriced ? MONEY_UNKNOWN : s->waste[i].nano);
    usd(tree, waste, "usd_month", unpriced ? MONEY_UNKNOWN : s->waste_month[i]);
    text(tree, waste, "rule", waste_texts[i].rule);
    text(tree, waste, "advice", waste_texts[i].advice);
  }
}

/* Of this traffic or of that of --users; all null where it cannot be projected. */
static void put_bill(struct tree *tree, cJSON *parent, const char *name,
                     const struct projection *projection) {
  cJSON *bill = object(tree, parent, name);
  for (size_t i = 0; i < PROJECTION_PARTS; i++)
    usd(tree, bill, projection_names[i], projection->part[i]);
  usd(tree, bill, "total", projection->total);
  usd(tree, bill, "total_low", projection->low);
  usd(tree, bill, "total_high", projection->high);
}

/* The split with the figures that came of it. */
static void put_projection(struct tree *tree, cJSON *root, const struct report_summary *s) {
  cJSON *projection = object(tree, root, "projection");
  cJSON *split = object(tree, projection, "split");
  flag(tree, projection, "estimate", true);
  for (size_t i = 0; i < PROJECTION_PARTS; i++)
    number(tree, split, projection_names[i], s->totals->options->split.share[i]);
  /* null without sessions in the log. */
  number(tree, projection, "observed_daily_users", s->users);
  number(tree, projection, "users", s->totals->options->users);
  put_bill(tree, projection, "usd_month", &s->projection);
  put_bill(tree, projection, "users_usd_month", &s->users_projection);
}

/* One name of a list. */
static void put_tally(struct tree *tree, cJSON *list, const struct tally *tally) {
  cJSON *item = element(tree, list);
  text(tree, item, "name", tally->name);
  count(tree, item, "calls", tally->lines);
  count(tree, item, "unknown", tally->unknown);
  usd(tree, item, "usd", tally_spent(tally));
}

/* All names, whatever --top says: programs can cut for themselves. */
static void put_tallies(struct tree *tree, cJSON *parent, const char *name,
                        const struct tallies *tallies) {
  cJSON *list = array(tree, parent, name);
  for (size_t i = 0; i < tallies->count; i++)
    put_tally(tree, list, &tallies->list[i]);
  /* Last in the list, as "(all others)". */
  if (tallies->rest.lines > 0)
    put_tally(tree, list, &tallies->rest);
}

/* All 24, so that hours can be looked up by index. */
static void put_hours(struct tree *tree, cJSON *root, const struct report_summary *s) {
  cJSON *hours = array(tree, root, "hours");
  for (size_t i = 0; i < HOURS; i++) {
    cJSON *hour = element(tree, hours);
    count(tree, hour, "hour", i);
    count(tree, hour, "calls", s->totals->hours[i].lines);
    count(tree, hour, "unknown", s->totals->hours[i].unknown);
    usd(tree, hour, "usd", s->totals->hours[i].spent);
  }
}

/* NaN, and so null, where there is no whole. */
static double share(uint64_t part, uint64_t of) {
  return of > 0 ? (double)part / (double)of : (double)NAN;
}

/* Sums rather than ratios, so that reports can be added up. */
static void put_calibration(struct tree *tree, cJSON *root, const struct report_summary *s) {
  const struct calibration_sums *c = &s->totals->calibration;
  cJSON *calibration = object(tree, root, "calibration");
  cJSON *bins = array(tree, calibration, "bins");
  count(tree, calibration, "calls", c->lines);
  usd(tree, calibration, "estimated_usd", c->estimated);
  usd(tree, calibration, "reported_usd", c->told);
  number(tree, calibration, "within_low_high", share(c->within, c->lines));
  count(tree, calibration, "input_calls", c->token_lines);
  number(tree, calibration, "input_estimated_tokens", c->input_estimated);
  number(tree, calibration, "input_reported_tokens", c->input_told);
  count(tree, calibration, "output_calls", c->output_lines);
  number(tree, calibration, "output_within_p50", share(c->output_p50, c->output_lines));
  number(tree, calibration, "output_within_p90", share(c->output_p90, c->output_lines));
  for (size_t i = 0; i < SIZE_BINS; i++) {
    /* Most of the sizes do not occur. */
    if (c->bins[i].lines == 0)
      continue;
    cJSON *bin = element(tree, bins);
    count(tree, bin, "calls", c->bins[i].lines);
    usd(tree, bin, "estimated_usd", c->bins[i].estimated);
    usd(tree, bin, "reported_usd", c->bins[i].told);
  }
}

/* Weighed rows are worth fewer than they are: "effective" says how many. */
static void put_quality(struct tree *tree, cJSON *root, const struct report_summary *s) {
  const struct quality *sums = &s->totals->quality;
  cJSON *quality = object(tree, root, "quality");
  flag(tree, quality, "estimate", true);
  count(tree, quality, "explored", sums->explored);
  for (size_t i = 0; i < QUALITY_POLICIES; i++) {
    cJSON *policy = object(tree, quality, quality_texts[i].code);
    count(tree, policy, "rows", sums->of[i].rows);
    number(tree, policy, "effective", quality_effective_rows(&sums->of[i]));
    number(tree, policy, "score", quality_value(&sums->of[i]));
  }
}

/* The subjects in the order of the page. Names are an interface: members may be added,
 * and none changes its meaning. */
bool report_print_json(const struct report_summary *summary, FILE *out) {
  struct tree tree = {true};
  cJSON *root = cJSON_CreateObject();
  text(&tree, root, "object", "tierd.report");
  put_lines(&tree, root, summary);
  put_spent(&tree, root, summary);
  put_waterfall(&tree, root, summary);
  put_waste(&tree, root, summary);
  put_projection(&tree, root, summary);
  put_tallies(&tree, root, "tiers", &summary->totals->tiers);
  put_tallies(&tree, root, "models", &summary->totals->models);
  /* An object, since keys of labels are the users' and could not be told from ours in a
   * list. */
  cJSON *labels = object(&tree, root, "labels");
  for (size_t i = 0; i < summary->totals->labels_count; i++)
    put_tallies(&tree, labels, summary->totals->labels[i].key, &summary->totals->labels[i].values);
  put_hours(&tree, root, summary);
  put_tallies(&tree, root, "reasked", &summary->totals->reasked);
  put_calibration(&tree, root, summary);
  put_quality(&tree, root, summary);
  /* Formatted, since people look at it too. */
  char *json = tree.ok ? cJSON_Print(root) : NULL;
  if (json)
    (void)fprintf(out, "%s\n", json);
  cJSON_free(json);
  cJSON_Delete(root);
  return json != NULL;
}
