/* decision_view.c - what /v1/route answers, for reading.
 *
 * Three blocks: aligned facts, one row a tier under "alternatives", one row a
 * reason. The facts are gathered in a table of two columns without a header, so
 * that alignment and cleaning are table.c's everywhere.
 */
#include "daemon/ctl/decision_view.h"

#include <math.h>
#include <stdio.h>

#include "daemon/ctl/amount.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"

/* A daemon has at most eight tiers and some dozen reasons; more rows than these
 * are not shown. */
enum { DECISION_ALTERNATIVES_MAX = 64, DECISION_REASONS_MAX = 64, DECISION_LINE_MAX = 240 };

static const struct table_column fact_columns[] = {{NULL, TABLE_LEFT, 24, TERM_BOLD},
                                                   {NULL, TABLE_LEFT, 200, TERM_PLAIN}};

/* A table that could not be made is NULL; adding to it is harmless and printing it fails,
 * so that nobody has to check in between. */
static void add_fact(struct ctl_table *facts, enum term_style style, const char *name,
                     const char *value) {
  ctl_table_add(facts, style, (const char *const[]){name, value});
}

/* NaN for a tier that "probabilities" does not have, which then reads "unknown". */
double decision_view_probability(const cJSON *tree) {
  const char *tier = ctl_member_string(tree, "tier", "");
  return ctl_member_number(ctl_member_get(tree, "probabilities"), tier);
}

/* Worked out where the answer lacks it; a baseline that costs nothing has no ratio. */
double decision_view_saving_ratio(const cJSON *cost) {
  double ratio = ctl_member_number(cost, "saving_ratio");
  if (!isnan(ratio))
    return ratio;
  double baseline = ctl_member_number(ctl_member_get(cost, "baseline"), "expected");
  double saving = ctl_member_number(cost, "saving");
  return baseline > 0 ? saving / baseline : (double)NAN;
}

/* Where nothing was scored there is no confidence, and then it is not spoken of. */
static void add_probability(struct ctl_table *facts, const cJSON *tree) {
  char p[AMOUNT_TEXT_MAX], confidence[AMOUNT_TEXT_MAX], line[DECISION_LINE_MAX];
  amount_probability(decision_view_probability(tree), p);
  double sure = ctl_member_number(tree, "confidence");
  if (isnan(sure))
    snprintf(line, sizeof line, "%s that it is good enough", p);
  else
    snprintf(line, sizeof line, "%s that it is good enough (confidence %s)", p,
             amount_probability(sure, confidence));
  add_fact(facts, TERM_PLAIN, "probability", line);
}

/* The range stands beside the amount, since a single answer's length is hardly known
 * before. */
static void add_expected_cost(struct ctl_table *facts, const cJSON *cost) {
  char expected[AMOUNT_TEXT_MAX], low[AMOUNT_TEXT_MAX], high[AMOUNT_TEXT_MAX];
  char line[DECISION_LINE_MAX];
  amount_usd(ctl_member_number(cost, "expected"), expected);
  double low_usd = ctl_member_number(cost, "low");
  double high_usd = ctl_member_number(cost, "high");
  /* Both or neither, in an answer of ours. */
  if (isnan(low_usd) && isnan(high_usd))
    snprintf(line, sizeof line, "%s", expected);
  else
    snprintf(line, sizeof line, "%s (%s\xE2\x80\x93%s)", expected, amount_usd(low_usd, low),
             amount_usd(high_usd, high));
  add_fact(facts, TERM_PLAIN, "expected cost", line);
}

/* p90 in words: not everybody who reads a bill reads quantiles. */
static void add_tokens(struct ctl_table *facts, const cJSON *cost) {
  char first[AMOUNT_TEXT_MAX], second[AMOUNT_TEXT_MAX], line[DECISION_LINE_MAX];
  amount_count(ctl_member_number(cost, "input_tokens"), first);
  /* Not spoken of where there are none, which is most of the time. */
  double cached = ctl_member_number(cost, "cached_tokens");
  if (cached > 0)
    snprintf(line, sizeof line, "%s, of which %s cached", first, amount_count(cached, second));
  else
    snprintf(line, sizeof line, "%s", first);
  add_fact(facts, TERM_PLAIN, "tokens in", line);
  const cJSON *output = ctl_member_get(cost, "output_tokens");
  snprintf(line, sizeof line, "%s (nine in ten up to %s)",
           amount_count(ctl_member_number(output, "p50"), first),
           amount_count(ctl_member_number(output, "p90"), second));
  add_fact(facts, TERM_PLAIN, "tokens out", line);
}

/* An older daemon, or a model of unknown length, does not say it. */
static void add_stop(struct ctl_table *facts, const cJSON *tree) {
  char tokens[AMOUNT_TEXT_MAX], line[DECISION_LINE_MAX];
  const double stop = ctl_member_number(tree, "stop_after_tokens");
  if (isnan(stop))
    return;
  snprintf(line, sizeof line, "%s tokens; a longer answer has run away",
           amount_count(stop, tokens));
  add_fact(facts, TERM_PLAIN, "stop after", line);
}

/* Negative savings are said as such: a conversation that stays may be the dearer choice. */
static void add_saving(struct ctl_table *facts, const cJSON *cost) {
  char share[AMOUNT_TEXT_MAX], usd[AMOUNT_TEXT_MAX], whole[AMOUNT_TEXT_MAX];
  char line[DECISION_LINE_MAX];
  /* Named, so that nobody has to know which model is the top tier's. */
  const cJSON *baseline = ctl_member_get(cost, "baseline");
  const char *model = ctl_member_string(baseline, "model", "the top tier");
  double saving = ctl_member_number(cost, "saving");
  double ratio = decision_view_saving_ratio(cost);
  if (isnan(saving) && isnan(ratio))
    snprintf(line, sizeof line, "unknown");
  /* Less than half a nano-dollar, which is what amounts are whole numbers of. */
  else if (fabs(saving) < 5e-10)
    snprintf(line, sizeof line, "none against %.60s", model);
  else
    snprintf(line, sizeof line, "%s, %s %s than %.60s at %s", amount_percent(ratio, share),
             amount_usd(fabs(saving), usd), saving < 0 ? "more" : "less", model,
             amount_usd(ctl_member_number(baseline, "expected"), whole));
  add_fact(facts, saving > 0 ? TERM_GOOD : TERM_PLAIN, "saving", line);
}

/* Things that a reader should not miss stand below, in a warning's colour. */
static void add_warnings(struct ctl_table *facts, const cJSON *tree, const cJSON *cost) {
  char line[DECISION_LINE_MAX];
  if (ctl_member_true(tree, "abstained"))
    add_fact(facts, TERM_WARN, "abstained",
             "the request is unlike what the model was trained on; the safe tier was taken");
  /* With what to do about it, since the reader is mostly the one who can. */
  if (ctl_member_true(cost, "price_stale")) {
    snprintf(line, sizeof line, "of %.40s, which is old; bring the catalogue up to date",
             ctl_member_string(cost, "price_as_of", "an unknown date"));
    add_fact(facts, TERM_WARN, "prices", line);
  }
}

/* In the order of the questions that one has: what to call, is it good enough, what does
 * it cost, and is there anything wrong. */
static bool print_facts(const cJSON *tree, const struct term *term) {
  const cJSON *cost = ctl_member_get(tree, "cost");
  struct ctl_table *facts = ctl_table_create(fact_columns, 2);
  add_fact(facts, TERM_PLAIN, "tier", ctl_member_string(tree, "tier", "unknown"));
  add_fact(facts, TERM_PLAIN, "model", ctl_member_string(tree, "model", "unknown"));
  add_fact(facts, TERM_PLAIN, "provider", ctl_member_string(tree, "provider", "unknown"));
  add_probability(facts, tree);
  add_expected_cost(facts, cost);
  add_tokens(facts, cost);
  add_stop(facts, tree);
  add_saving(facts, cost);
  add_warnings(facts, tree, cost);
  /* Freed whatever came of it. */
  bool printed = ctl_table_print(facts, term);
  ctl_table_destroy(facts);
  return printed;
}

/* An alternative's cost is an amount, or an object like the decision's own. */
static double alternative_cost(const cJSON *alternative) {
  const cJSON *cost = ctl_member_get(alternative, "cost");
  return cJSON_IsObject(cost) ? ctl_member_number(cost, "expected")
                              : ctl_member_number(alternative, "cost");
}

/* The chosen one is told by its tier and not by its place, and marked by a word as well
 * as by colour, which not every terminal has. */
static void add_alternative(struct ctl_table *table, const cJSON *alternative, const char *chosen) {
  char probability[AMOUNT_TEXT_MAX], cost[AMOUNT_TEXT_MAX];
  const char *tier = ctl_member_string(alternative, "tier", "unknown");
  bool is_chosen = strcmp(tier, chosen) == 0;
  amount_probability(ctl_member_number(alternative, "probability"), probability);
  amount_usd(alternative_cost(alternative), cost);
  ctl_table_add(table, is_chosen ? TERM_GOOD : TERM_PLAIN,
                (const char *const[]){tier, ctl_member_string(alternative, "model", "unknown"),
                                      probability, cost, is_chosen ? "chosen" : NULL});
}

/* An empty line above, so that blocks stand apart. */
static void print_title(const struct term *term, const char *title) {
  fputc('\n', term->out);
  term_put(term, TERM_BOLD, span_of(title));
  fputc('\n', term->out);
}

/* Nothing at all without the list, rather than a title above nothing. */
static bool print_alternatives(const cJSON *tree, const struct term *term) {
  static const struct table_column columns[] = {{"tier", TABLE_LEFT, 40, TERM_PLAIN},
                                                {"model", TABLE_LEFT, 60, TERM_PLAIN},
                                                {"probability", TABLE_DECIMAL, 0, TERM_PLAIN},
                                                {"cost", TABLE_DECIMAL, 0, TERM_PLAIN},
                                                {"", TABLE_LEFT, 0, TERM_PLAIN}};
  const cJSON *list = ctl_member_get(tree, "alternatives");
  if (!cJSON_IsArray(list) || !list->child)
    return true;
  struct ctl_table *table = ctl_table_create(columns, sizeof columns / sizeof columns[0]);
  ctl_table_indent(table, 2);
  size_t rows = 0;
  /* In the daemon's order, which is that of the tiers. */
  for (const cJSON *at = list->child; at && rows < DECISION_ALTERNATIVES_MAX; at = at->next, rows++)
    add_alternative(table, at, ctl_member_string(tree, "tier", ""));
  print_title(term, "alternatives");
  bool printed = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return printed;
}

/* A weight that would not fit its column comes from no model of ours; it is kept short. */
static void add_reason(struct ctl_table *table, const cJSON *reason) {
  char weight[AMOUNT_TEXT_MAX] = "";
  double value = ctl_member_number(reason, "weight");
  if (!isnan(value))
    snprintf(weight, sizeof weight, fabs(value) < 1e6 ? "%+.2f" : "%+.2g", value);
  ctl_table_add(table, TERM_PLAIN,
                (const char *const[]){weight, ctl_member_string(reason, "code", ""),
                                      ctl_member_string(reason, "text", "")});
}

/* Codes stand beside the texts, dimmed, for they are what documentation is searched for. */
static bool print_reasons(const cJSON *tree, const struct term *term) {
  static const struct table_column columns[] = {{NULL, TABLE_RIGHT, 0, TERM_PLAIN},
                                                {NULL, TABLE_LEFT, 40, TERM_DIM},
                                                {NULL, TABLE_LEFT, 300, TERM_PLAIN}};
  const cJSON *list = ctl_member_get(tree, "reasons");
  if (!cJSON_IsArray(list) || !list->child)
    return true;
  struct ctl_table *table = ctl_table_create(columns, sizeof columns / sizeof columns[0]);
  ctl_table_indent(table, 2);
  size_t rows = 0;
  for (const cJSON *at = list->child; at && rows < DECISION_REASONS_MAX; at = at->next, rows++)
    add_reason(table, at);
  print_title(term, "reasons");
  bool printed = ctl_table_print(table, term);
  ctl_table_destroy(table);
  return printed;
}

/* Each block is printed even where one before it failed: part of an answer is better than
 * none. */
bool decision_view_print(const cJSON *tree, const struct term *term) {
  /* False tells of a lack of memory, and of nothing else. */
  bool facts = print_facts(tree, term);
  bool alternatives = print_alternatives(tree, term);
  return print_reasons(tree, term) && facts && alternatives;
}

void decision_view_print_model(const cJSON *tree, const struct term *term) {
  term_put(term, TERM_PLAIN, span_of(ctl_member_string(tree, "model", "unknown")));
  fputc('\n', term->out);
}
