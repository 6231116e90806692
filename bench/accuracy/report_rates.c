/* report_rates.c - the report's tables on decisions and on the estimates of tokens and
 * costs. Groups about which nothing is known have no row, and kinds without a row no
 * table.
 */
#include <math.h>

#include "bench/accuracy/report_cells.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

/* A heading, a line on how to read what follows, and the first head of the table. */
static void open_table(FILE *out, const char *title, const char *about, const char *first) {
  (void)fprintf(out,
                "<h2>%s</h2><p>%s</p><div class=\"wide\"><table><thead><tr><th "
                "scope=\"col\">%s</th>",
                title, about, first);
}

/* Each head says that it is a column's, for screen readers. */
static void put_head(FILE *out, const char *text) {
  (void)fprintf(out, "<th scope=\"col\">%s</th>", text);
}

static void close_table(FILE *out) {
  (void)fputs("</tbody></table></div>\n", out);
}

/* A figure of nothing is a dash, whatever number stands in its place. */
static void put_rate(FILE *out, const struct rate_result *rate, double scale, int digits,
                     const char *unit) {
  static const struct estimate unknown = {NAN, NAN, NAN};
  report_cell(out, rate->count > 0 ? &rate->estimate : &unknown, scale, digits, unit);
}

/* ---- decisions */

/* Rows with neither outcomes nor labels nor originals say nothing about decisions. */
static bool has_decisions(const struct group *group) {
  return group->labels.under.count > 0 || group->rates[RATE_UNDER_ROUTING].count > 0 ||
         group->rates[RATE_PARAPHRASES_KEPT].count > 0;
}

/* In the order of the heads in put_decisions_kind(). */
static void put_decisions(FILE *out, const struct group *group) {
  const struct rate_result *rates = group->rates;
  (void)fputs("<tr>", out);
  page_row_head(out, group->name);
  (void)fprintf(out, "<td>%zu</td>", group->rows_count);
  put_rate(out, &rates[RATE_ABSTAINED], 100, 1, " %");
  put_rate(out, &rates[RATE_UNDER_ROUTING], 100, 1, " %");
  put_rate(out, &rates[RATE_OVER_ROUTING], 100, 1, " %");
  put_rate(out, &rates[RATE_LABEL_ACCURACY], 100, 1, " %");
  put_rate(out, &group->labels.under, 100, 1, " %");
  put_rate(out, &group->labels.over, 100, 1, " %");
  put_rate(out, &rates[RATE_LABEL_ERROR_COST], 1, 3, "");
  put_rate(out, &rates[RATE_PARAPHRASES_KEPT], 100, 1, " %");
  (void)fputs("</tr>\n", out);
}

/* Opened with its first row, so that a kind without one leaves nothing. */
static void put_decisions_kind(FILE *out, const struct findings *findings, enum group_kind kind,
                               const char *title) {
  static const char *const heads[] = {"rows",     "abstained",        "too weak",
                                      "too dear", "label met",        "below label",
                                      "above it", "weighted mistake", "paraphrases kept"};
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (!has_decisions(group))
      continue;
    if (!started) {
      open_table(out, title,
                 "Too weak, too dear: against outcomes. The weighted mistake is the mean of tiers "
                 "above the label plus twice the tiers below it.",
                 group_kind_names[kind]);
      for (size_t h = 0; h < sizeof heads / sizeof heads[0]; h++)
        put_head(out, heads[h]);
      (void)fputs("</tr></thead><tbody>\n", out);
    }
    started = true;
    put_decisions(out, group);
  }
  if (started)
    close_table(out);
}

void report_decisions(FILE *out, const struct findings *findings) {
  put_decisions_kind(out, findings, GROUP_DATASET, "Decisions by data set");
  put_decisions_kind(out, findings, GROUP_TASK, "Decisions by task");
  put_decisions_kind(out, findings, GROUP_LANGUAGE, "Decisions by language");
}

/* ---- estimates */

/* The figures of one line of a table by group. */
static const struct {
  enum estimate_measure measure;
  const char *head;
} columns[] = {{ESTIMATE_INPUT_ERROR, "input tokens, error"},
               {ESTIMATE_OUTPUT_ERROR, "output tokens, error"},
               {ESTIMATE_OUTPUT_P90, "within p90"},
               {ESTIMATE_OUTPUT_P10_P90, "p10 to p90"},
               {ESTIMATE_COST_ERROR, "cost, error"},
               {ESTIMATE_COST_P10_P90, "cost within low and high"},
               {ESTIMATE_PRICE_ERROR, "prices alone, error"}};

enum { COLUMNS_COUNT = sizeof columns / sizeof columns[0] };

/* One head for the tables by group and the one by model, whose lines are alike. */
static void open_estimates(FILE *out, const char *title, const char *first) {
  open_table(out, title, "Median errors in parts of what was measured, and shares of answers.",
             first);
  put_head(out, "answers");
  for (size_t c = 0; c < COLUMNS_COUNT; c++)
    put_head(out, columns[c].head);
  (void)fputs("</tr></thead><tbody>\n", out);
}

/* The same columns whatever is known, so that tables can be compared line by line. */
static void put_estimates(FILE *out, const char *name, const struct estimates *estimates) {
  (void)fputs("<tr>", out);
  page_row_head(out, name);
  (void)fprintf(out, "<td>%zu</td>", estimates->answers);
  for (size_t c = 0; c < COLUMNS_COUNT; c++)
    put_rate(out, &estimates->measures[columns[c].measure], 100, 1, " %");
  (void)fputs("</tr>\n", out);
}

/* As with the decisions. */
static void put_estimates_kind(FILE *out, const struct findings *findings, enum group_kind kind,
                               const char *title) {
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (!estimates_present(&group->estimates))
      continue;
    if (!started)
      open_estimates(out, title, group_kind_names[kind]);
    started = true;
    put_estimates(out, group->name, &group->estimates);
  }
  if (started)
    close_table(out);
}

/* In the order of the logs, which is not one of merit. */
static void put_models(FILE *out, const struct findings *findings) {
  if (findings->by_model_count == 0)
    return;
  open_estimates(out, "Estimates by model", "model");
  for (size_t m = 0; m < findings->by_model_count; m++)
    put_estimates(out, findings->by_model[m].name, &findings->by_model[m].estimates);
  close_table(out);
}

/* What is missing from the figures, as a sentence each. */
static void put_lacks(FILE *out, const struct findings *findings, const struct estimates *all) {
  for (size_t l = 0; l < LACKS_COUNT; l++) {
    /* Becomes a comma once a model has been named. */
    const char *before = ": ";
    if (all->lacking[l] == 0)
      continue;
    (void)fprintf(out, "<p>%zu of %zu answers %s", all->lacking[l], all->answers, lack_meanings[l]);
    for (size_t m = 0; m < findings->by_model_count; m++) {
      if (findings->by_model[m].estimates.lacking[l] == 0)
        continue;
      (void)fputs(before, out);
      chart_text(out, findings->by_model[m].name);
      before = ", ";
    }
    (void)fputs(".</p>\n", out);
  }
}

/* First each measure with its meaning, then where it comes from. */
void report_estimates(FILE *out, const struct findings *findings) {
  const struct estimates *all = &findings->groups.groups[0].estimates;
  /* Most logs measure no tokens; their page does not speak of them. */
  if (!estimates_present(all))
    return;
  open_table(out, "Tokens and costs",
             "The router's estimates against what the logs measured; intervals resample rows.",
             "measure");
  (void)fputs("<th scope=\"col\">value</th><th scope=\"col\">answers</th><th scope=\"col\" "
              "class=\"text\">meaning</th></tr></thead><tbody>\n",
              out);
  for (size_t m = 0; m < ESTIMATES_COUNT; m++) {
    if (all->measures[m].count == 0)
      continue;
    (void)fputs("<tr>", out);
    /* The name that --fail-if takes, so that whoever reads the page can set a gate. */
    page_row_head(out, estimate_names[m]);
    put_rate(out, &all->measures[m], 100, 1, " %");
    (void)fprintf(out, "<td>%zu</td><td class=\"text\">%s</td></tr>\n", all->measures[m].count,
                  estimate_meanings[m]);
  }
  close_table(out);
  put_lacks(out, findings, all);
  put_estimates_kind(out, findings, GROUP_DATASET, "Estimates by data set");
  put_estimates_kind(out, findings, GROUP_TASK, "Estimates by task");
  put_estimates_kind(out, findings, GROUP_LANGUAGE, "Estimates by language");
  put_models(out, findings);
}
