/* out_table_rates.c - the tables on tokens and costs, and on what decisions came to.
 *
 * Each is printed for all rows or by group; kinds of groups about which nothing is known
 * are left out. What could not be measured is counted, and the models it is due to named.
 */
#include <math.h>
#include <stdio.h>

#include "bench/accuracy/table_cells.h"

/* The figures that a line of a group has room for. */
static const struct {
  enum estimate_measure measure;
  const char *head;
} columns[] = {{ESTIMATE_INPUT_ERROR, "input"},      {ESTIMATE_OUTPUT_ERROR, "output"},
               {ESTIMATE_OUTPUT_P90, "<= p90"},      {ESTIMATE_OUTPUT_P10_P90, "p10-p90"},
               {ESTIMATE_COST_ERROR, "cost"},        {ESTIMATE_COST_P10_P90, "p10-p90"},
               {ESTIMATE_PRICE_ERROR, "price alone"}};

enum { COLUMNS_COUNT = sizeof columns / sizeof columns[0] };

/* The head is printed by the first line that has something to stand under it. */
static void print_heads(const char *kind) {
  (void)printf("\nestimates by %s: median errors, and shares covered\n  %-*s %7s", kind,
               NAME_COLUMNS, "", "answers");
  for (size_t c = 0; c < COLUMNS_COUNT; c++)
    (void)printf(" %11s", columns[c].head);
  (void)putchar('\n');
}

/* Without intervals: a hundred groups times seven would not be read. The JSON has them. */
static void print_estimates_line(const char *name, const struct estimates *estimates) {
  (void)printf("  %-*.*s %7zu", NAME_COLUMNS, NAME_COLUMNS, name, estimates->answers);
  for (size_t c = 0; c < COLUMNS_COUNT; c++)
    (void)printf(
        " %11s",
        cell_number(estimates->measures[columns[c].measure].estimate.value, 100, 1, " %").text);
  (void)putchar('\n');
}

static void print_estimates_kind(const struct findings *findings, enum group_kind kind) {
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (!estimates_present(&group->estimates))
      continue;
    if (!started)
      print_heads(group_kind_names[kind]);
    started = true;
    print_estimates_line(group->name, &group->estimates);
  }
}

/* "1,234 answers have no cost_usd", and of which models where that is the reason. */
static void print_lack(const struct findings *findings, enum estimate_lack lack) {
  const struct estimates *all = &findings->groups.groups[0].estimates;
  if (all->lacking[lack] == 0)
    return;
  (void)printf("  %zu of %zu answers %s", all->lacking[lack], all->answers, lack_meanings[lack]);
  const char *before = ": ";
  for (size_t m = 0; m < findings->by_model_count; m++)
    if (findings->by_model[m].estimates.lacking[lack] > 0) {
      (void)printf("%s%s", before, findings->by_model[m].name);
      before = ", ";
    }
  (void)putchar('\n');
}

/* The whole first, with intervals and meanings; then what is missing from it; then parts. */
void table_print_estimates(const struct findings *findings) {
  const struct estimates *all = &findings->groups.groups[0].estimates;
  if (!estimates_present(all))
    return;
  (void)printf("\ntokens and costs, estimated against measured\n");
  for (size_t m = 0; m < ESTIMATES_COUNT; m++)
    if (all->measures[m].count > 0)
      (void)printf("  %-24s %-26s %7zu  %s\n", estimate_names[m],
                   cell_interval(&all->measures[m].estimate, 100, 1, " %").text,
                   all->measures[m].count, estimate_meanings[m]);
  for (size_t l = 0; l < LACKS_COUNT; l++)
    print_lack(findings, (enum estimate_lack)l);
  print_estimates_kind(findings, GROUP_DATASET);
  print_estimates_kind(findings, GROUP_TASK);
  print_estimates_kind(findings, GROUP_LANGUAGE);
  if (findings->by_model_count > 0)
    print_heads("model");
  for (size_t m = 0; m < findings->by_model_count; m++)
    print_estimates_line(findings->by_model[m].name, &findings->by_model[m].estimates);
}

/* Shares and means of nothing are not 0. */
static struct cell rate_cell(const struct rate_result *rate, double scale, int digits,
                             const char *unit) {
  return cell_number(rate->count > 0 ? rate->estimate.value : NAN, scale, digits, unit);
}

/* Is there more to say of the group than how often the model abstains? */
static bool has_decisions(const struct group *group) {
  return group->labels.under.count > 0 || group->rates[RATE_UNDER_ROUTING].count > 0 ||
         group->rates[RATE_PARAPHRASES_KEPT].count > 0;
}

/* Against outcomes: too weak, too dear. Against labels: met, below, above and their
 * weighted sum. A data set seldom has both. */
static void print_decisions_line(const struct group *group) {
  const struct rate_result *rates = group->rates;
  (void)printf("  %-*.*s %6zu %9s %9s %9s %9s %8s %9s %9s %9s\n", NAME_COLUMNS, NAME_COLUMNS,
               group->name, group->rows_count, rate_cell(&rates[RATE_ABSTAINED], 100, 1, " %").text,
               rate_cell(&rates[RATE_UNDER_ROUTING], 100, 1, " %").text,
               rate_cell(&rates[RATE_OVER_ROUTING], 100, 1, " %").text,
               rate_cell(&rates[RATE_LABEL_ACCURACY], 100, 1, " %").text,
               rate_cell(&group->labels.under, 100, 1, " %").text,
               rate_cell(&group->labels.over, 100, 1, " %").text,
               rate_cell(&rates[RATE_LABEL_ERROR_COST], 1, 3, "").text,
               rate_cell(&rates[RATE_PARAPHRASES_KEPT], 100, 1, " %").text);
}

static void print_decisions_kind(const struct findings *findings, enum group_kind kind) {
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (!has_decisions(group))
      continue;
    if (!started)
      (void)printf("\ndecisions by %s\n  %-*s %6s %9s %9s %9s %9s %8s %9s %9s %9s\n",
                   group_kind_names[kind], NAME_COLUMNS, "", "rows", "abstained", "too weak",
                   "too dear", "label met", "below it", "above it", "weighted", "paraphr.");
    started = true;
    print_decisions_line(group);
  }
}

/* All rows together are in the rates above. */
void table_print_decisions(const struct findings *findings) {
  if (!has_decisions(&findings->groups.groups[0]))
    return;
  print_decisions_kind(findings, GROUP_DATASET);
  print_decisions_kind(findings, GROUP_TASK);
  print_decisions_kind(findings, GROUP_LANGUAGE);
}
