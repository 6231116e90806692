/* out_table.c - the findings as aligned tables for a terminal.
 *
 * Savings are shown as percentages, intervals in brackets. A dash stands for what
 * is not known. Data sets, tasks and languages get one line each with the router's
 * main figures; --json, --csv and --report have the rest.
 */
#include <math.h>
#include <stdio.h>

#include "bench/accuracy/findings.h"
#include "bench/accuracy/table_cells.h"

/* A line has to fit a terminal, so CPT and AIQ go without their intervals, which --json
 * has. */
static void print_router(const char *name, const struct router_result *router, bool compared) {
  const struct estimate *m = router->measures;
  (void)printf("  %-15s %-22s %6s %6s %-17s %-17s %-17s %7s", name,
               cell_interval(&m[MEASURE_APGR], 1, 3, "").text,
               cell_number(m[MEASURE_CPT50].value, 100, 0, " %").text,
               cell_number(m[MEASURE_CPT80].value, 100, 0, " %").text,
               cell_interval(&m[MEASURE_SAVING95], 100, 0, " %").text,
               cell_interval(&m[MEASURE_SAVING98], 100, 0, " %").text,
               cell_interval(&m[MEASURE_SAVING99], 100, 0, " %").text,
               cell_number(m[MEASURE_AIQ].value, 1, 3, "").text);
  if (compared)
    (void)printf("  %s", cell_interval(&router->differences[MEASURE_APGR], 1, 3, "").text);
  (void)putchar('\n');
}

/* The tested one first, then the baselines that it is to be better than. */
static void print_routers(const struct group *group) {
  bool tested = group->routers[ROUTER_TESTED].present;
  (void)printf("\n%s: %zu rows, always cheap %.3f, always strong %.3f\n", group->name,
               group->used_count, group->weak_quality, group->strong_quality);
  (void)printf("  %-15s %-22s %6s %6s %-17s %-17s %-17s %7s%s\n", "", "APGR", "CPT50", "CPT80",
               "saved at 95 %", "saved at 98 %", "saved at 99 %", "AIQ",
               tested ? "  router's APGR minus this one's" : "");
  for (size_t r = 0; r < ROUTERS_COUNT; r++)
    if (group->routers[r].present)
      print_router(router_names[r], &group->routers[r], tested && r != ROUTER_TESTED);
}

/* Without a router there is still the question how far prompt length would get. */
static void print_group_line(const struct group *group) {
  size_t shown = group->routers[ROUTER_TESTED].present ? ROUTER_TESTED : ROUTER_LENGTH;
  const struct router_result *router = &group->routers[shown];
  (void)printf("  %-*.*s %6zu  %5s %5s  %-22s %-17s %-17s\n", NAME_COLUMNS, NAME_COLUMNS,
               group->name, group->used_count, cell_number(group->weak_quality, 1, 3, "").text,
               cell_number(group->strong_quality, 1, 3, "").text,
               cell_interval(&router->measures[MEASURE_APGR], 1, 3, "").text,
               cell_interval(&router->measures[MEASURE_SAVING95], 100, 0, " %").text,
               cell_interval(&router->measures[MEASURE_SAVING98], 100, 0, " %").text);
}

/* The heading waits for the first line: a kind without usable rows leaves nothing. */
static void print_kind(const struct findings *findings, enum group_kind kind) {
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (group->used_count == 0)
      continue;
    if (!started) {
      bool tested = group->routers[ROUTER_TESTED].present;
      (void)printf("\nby %s (%s)\n  %-*s %6s  %5s %5s  %-22s %-17s %-17s\n", group_kind_names[kind],
                   router_names[tested ? ROUTER_TESTED : ROUTER_LENGTH], NAME_COLUMNS, "", "rows",
                   "cheap", "dear", "APGR", "saved at 95 %", "saved at 98 %");
    }
    started = true;
    print_group_line(group);
  }
}

/* With its meaning behind each: few of the names explain themselves. */
static void print_rates(const struct group *group) {
  bool started = false;
  for (size_t r = 0; r < RATES_COUNT; r++) {
    const struct rate_result *rate = &group->rates[r];
    if (rate->count == 0)
      continue;
    if (!started)
      (void)printf("\nrates, %s\n", group->name);
    started = true;
    (void)printf("  %-18s %-22s %7zu  %s\n", rate_names[r],
                 cell_interval(&rate->estimate, 1, 3, "").text, rate->count, rate_meanings[r]);
  }
}

/* Costs of 1,000 calls, since those of one have too many zeros to be read. */
static void print_ladder(const struct findings *findings) {
  const struct ladder_result *ladder = &findings->ladder;
  if (ladder->rows_count == 0)
    return;
  (void)printf("\nladder, %zu rows (cost: %s a 1,000 calls)\n", ladder->rows_count,
               findings_cost_unit(findings));
  for (size_t m = 0; m < findings->data->ladder_count; m++)
    (void)printf("  %-*.*s quality %.3f  cost %.4g\n", NAME_COLUMNS, NAME_COLUMNS,
                 findings->data->ladder[m], ladder->quality[m], ladder->cost[m] * 1000);
  for (size_t p = 0; p < LADDER_POLICIES_COUNT; p++) {
    const struct ladder_curve *curve = &ladder->policies[p];
    if (!curve->present)
      continue;
    (void)printf("  %-8s by lambda: saved at 95 %%: %s, at 98 %%: %s, at 99 %%: %s; AIQ %s\n",
                 ladder_policy_names[p], cell_interval(&curve->savings[0], 100, 0, " %").text,
                 cell_interval(&curve->savings[1], 100, 0, " %").text,
                 cell_interval(&curve->savings[2], 100, 0, " %").text,
                 cell_interval(&curve->aiq, 1, 3, "").text);
  }
}

/* Each tier by the model of the ladder that stands for it. */
static void print_calibrations(const struct findings *findings) {
  for (size_t i = 0; i < findings->calibrations_count; i++) {
    const struct tier_calibration *c = &findings->calibrations[i];
    if (c->calibration.count == 0)
      continue;
    if (i == 0)
      (void)puts("\ncalibration of P(good enough)");
    (void)printf("  %-16s (%s): ECE %s, Brier %s, true for %s of %zu rows\n",
                 findings->data->tiers[c->tier], findings->data->ladder[c->model],
                 cell_number(c->calibration.ece, 1, 3, "").text,
                 cell_number(c->calibration.brier, 1, 3, "").text,
                 cell_number(c->calibration.base_rate, 100, 0, " %").text, c->calibration.count);
  }
}

/* Below the diagonal the predicted tier is too cheap, which is the dearer mistake. */
static void print_confusion(const struct findings *findings) {
  size_t tiers = findings->data->tiers_count;
  if (findings->confusion.rows_count == 0)
    return;
  (void)printf("\nlabels (down) against predictions (across), %zu rows\n  %-16s",
               findings->confusion.rows_count, "");
  for (size_t t = 0; t < tiers; t++)
    (void)printf(" %12.12s", findings->data->tiers[t]);
  for (size_t label = 0; label < tiers; label++) {
    (void)printf("\n  %-16.16s", findings->data->tiers[label]);
    for (size_t t = 0; t < tiers; t++)
      (void)printf(" %12zu", findings->confusion.counts[label][t]);
  }
  (void)putchar('\n');
}

/* Assumptions that the figures rest on, each with the share of answers that it touches. */
static void print_notes(const struct findings *findings) {
  const struct bench_data *data = findings->data;
  (void)puts("\nBrackets: 95 % bootstrap intervals. Equal scores count as the mean of all orders.");
  if (data->ladder_count == 0)
    return;
  if (data->imputed_output_share > 0)
    (void)printf("%.0f %% of the answers have no length in the logs; for their cost %s was taken, "
                 "%.0f tokens.\n",
                 data->imputed_output_share * 100, findings_length_source(findings),
                 data->imputed_output);
  if (data->chars_output_share > 0)
    (void)printf("%.0f %% have theirs in characters; four were taken for a token.\n",
                 data->chars_output_share * 100);
  if (data->estimated_input_share > 0)
    (void)printf("%.0f %% have no input tokens; the router's estimate was taken.\n",
                 data->estimated_input_share * 100);
  if (!isfinite(findings->groups.groups[0].strong_cost))
    (void)puts(
        "Costs are not known: give --prices, --catalog or --price-ratio for savings and AIQ.");
}

/* From the whole to the parts, then to what the router says of itself. */
void table_print(const struct findings *findings) {
  const struct groups *groups = &findings->groups;
  for (size_t g = 0; g < groups->count; g++) {
    const struct group *group = &groups->groups[g];
    /* With one data set it would say the same as the table of all rows. */
    bool repeats = group->kind == GROUP_DATASET && findings->data->datasets.count == 1;
    if (group->used_count > 0 && group->kind <= GROUP_DATASET && !repeats)
      print_routers(group);
  }
  print_kind(findings, GROUP_TASK);
  print_kind(findings, GROUP_LANGUAGE);
  print_rates(&groups->groups[0]);
  table_print_decisions(findings);
  table_print_estimates(findings);
  print_ladder(findings);
  print_calibrations(findings);
  print_confusion(findings);
  print_notes(findings);
}
