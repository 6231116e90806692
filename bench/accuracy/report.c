/* report.c - the findings as one self-contained HTML page.
 *
 * It goes from the whole to the parts: summary, the table of all rows, the charts, then a
 * table for each chart and each kind of group, and last what was read. All figures are
 * those of findings.h; nothing is computed here but points between two of a curve.
 *
 * No script, no font, no image, no request to anywhere: the page can be mailed,
 * kept beside a release and printed. Drawings are in report_charts.c; here are the
 * summary and most tables; decisions and estimates are in report_rates.c. The style
 * sheet of all pages is daemon/page's.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/accuracy/findings.h"
#include "bench/accuracy/report_cells.h"
#include "bench/accuracy/report_charts.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

/* The colours of the routers, light and dark, beside those of every page (page.h). */
static const char style_colours[] =
    ":root{--router:#0b57d0;--length:#bc4c00;--dataset:#7d3c98;--oracle:#1a7f37;"
    "--random:#6e7781;--hull:#0b57d033}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--router:#6cb6ff;--length:#f0883e;"
    "--dataset:#d2a8ff;--oracle:#57d364;--random:#8b949e;--hull:#6cb6ff44}}\n";

/* A stroke or a fill is a class, never an attribute, so that one drawing takes either set
 * of colours. The hull is a broad pale band: it lies under the line that it belongs to. */
static const char style_charts[] =
    ".router{stroke:var(--router);"
    "stroke-width:3}.length{stroke:var(--length)}.dataset{stroke:var(--dataset)}"
    ".oracle{stroke:var(--oracle)}.random{stroke:var(--random);stroke-dasharray:5 4}"
    ".lambda{stroke:var(--router);stroke-dasharray:2 4;stroke-width:3}"
    ".hull{stroke:var(--hull);stroke-width:9}\n"
    ".bar.first{fill:var(--router)}.bar.second{fill:var(--router);opacity:.65}"
    ".cell{fill:var(--length);stroke:var(--line)}.cell.right{fill:var(--oracle)}"
    ".swatch{stroke:var(--router);stroke-width:9}.swatch.second{opacity:.65}"
    ".swatch.right{stroke:var(--oracle)}.swatch.wrong{stroke:var(--length)}\n";

/* In the order of MEASURE_HEADS. */
static void put_measures(FILE *out, const struct estimate *m) {
  report_cell(out, &m[MEASURE_APGR], 1, 3, "");
  report_cell(out, &m[MEASURE_CPT50], 100, 0, " %");
  report_cell(out, &m[MEASURE_CPT80], 100, 0, " %");
  report_cell(out, &m[MEASURE_SAVING95], 100, 0, " %");
  report_cell(out, &m[MEASURE_SAVING98], 100, 0, " %");
  report_cell(out, &m[MEASURE_SAVING99], 100, 0, " %");
  report_cell(out, &m[MEASURE_AIQ], 1, 3, "");
}

#define MEASURE_HEADS                                                                              \
  "<th scope=\"col\">APGR</th><th scope=\"col\">CPT50</th><th scope=\"col\">CPT80</th>"            \
  "<th scope=\"col\">saved at 95 %</th><th scope=\"col\">saved at 98 %</th>"                       \
  "<th scope=\"col\">saved at 99 %</th><th scope=\"col\">AIQ</th>"

/* Every router on the same rows. The last column is paired: its interval tells whether the
 * router under test is ahead, which two intervals that overlap do not. */
static void put_router_table(FILE *out, const struct group *group) {
  bool tested = group->routers[ROUTER_TESTED].present;
  (void)fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">router</th>" MEASURE_HEADS,
              out);
  if (tested)
    (void)fputs("<th scope=\"col\">router ahead by, APGR</th>", out);
  (void)fputs("</tr></thead><tbody>\n", out);
  for (size_t r = 0; r < ROUTERS_COUNT; r++) {
    const struct router_result *router = &group->routers[r];
    if (!router->present)
      continue;
    (void)fputs(r == ROUTER_TESTED ? "<tr class=\"front\">" : "<tr>", out);
    page_row_head(out, router_names[r]);
    put_measures(out, router->measures);
    if (tested && r == ROUTER_TESTED)
      (void)fputs("<td></td>", out);
    else if (tested)
      report_cell(out, &router->differences[MEASURE_APGR], 1, 3, "");
    (void)fputs("</tr>\n", out);
  }
  (void)fputs("</tbody></table></div>\n", out);
}

/* One row a group, of the router in front alone: eight routers for each of a hundred
 * languages would be in the JSON, not on a page. Groups without a row that has all
 * outcomes have no figures and are left out. */
static void put_group_table(FILE *out, const struct findings *findings, enum group_kind kind,
                            const char *title) {
  enum router front = report_front(findings);
  bool started = false;
  const struct group *group = NULL;
  while ((group = groups_next(&findings->groups, kind, group)) != NULL) {
    if (group->used_count == 0)
      continue;
    if (!started)
      (void)fprintf(out,
                    "<h2>%s</h2><p>Figures of %s.</p><div class=\"wide\"><table><thead><tr><th "
                    "scope=\"col\">%s</th><th scope=\"col\">rows</th><th scope=\"col\">cheap</th>"
                    "<th scope=\"col\">strong</th>%s</tr></thead><tbody>\n",
                    title, front == ROUTER_TESTED ? "the router under test" : "prompt length",
                    group_kind_names[kind], MEASURE_HEADS);
    started = true;
    (void)fputs("<tr>", out);
    page_row_head(out, group->name);
    (void)fprintf(out, "<td>%zu</td>", group->used_count);
    report_number(out, group->weak_quality, 3);
    report_number(out, group->strong_quality, 3);
    put_measures(out, group->routers[front].measures);
    (void)fputs("</tr>\n", out);
  }
  if (started)
    (void)fputs("</tbody></table></div>\n", out);
}

/* Rates count different rows each, hence a column for how many. */
static void put_rates(FILE *out, const struct group *group) {
  bool started = false;
  for (size_t r = 0; r < RATES_COUNT; r++) {
    const struct rate_result *rate = &group->rates[r];
    if (rate->count == 0)
      continue;
    if (!started)
      (void)fputs("<h2>Rates</h2><div class=\"wide\"><table><thead><tr><th scope=\"col\">rate</th>"
                  "<th scope=\"col\">value</th><th scope=\"col\">of</th><th "
                  "scope=\"col\" class=\"text\">meaning</th></tr></thead><tbody>\n",
                  out);
    started = true;
    (void)fputs("<tr>", out);
    page_row_head(out, rate_names[r]);
    report_cell(out, &rate->estimate, 1, 3, "");
    (void)fprintf(out, "<td>%zu</td><td class=\"text\">%s</td></tr>\n", rate->count,
                  rate_meanings[r]);
  }
  if (started)
    (void)fputs("</tbody></table></div>\n", out);
}

/* The two line charts in figures, for the router in front. */
static void put_deferral_table(FILE *out, const struct findings *findings) {
  const struct group *group = &findings->groups.groups[0];
  const struct router_result *router = &group->routers[report_front(findings)];
  if (group->used_count == 0)
    return;
  (void)fputs("<h2>Budgets</h2><p>The points of both curves at ten quantiles of the score.</p>"
              "<div class=\"wide\"><table><thead><tr><th scope=\"col\">strong calls</th>"
              "<th scope=\"col\">quality</th><th scope=\"col\">gap recovered</th>"
              "<th scope=\"col\">cost of 1,000 calls</th></tr></thead><tbody>\n",
              out);
  for (int k = 0; k <= PROTOCOL_STEPS; k++) {
    struct curve_point at =
        protocol_at(router->points, router->points_count, k / (double)PROTOCOL_STEPS);
    double recovered = protocol_recovered(router->points, router->points_count, at.quality);
    (void)fprintf(out, "<tr><th scope=\"row\">%d %%</th>", k * 10);
    report_number(out, at.quality, 3);
    report_cell(out, &(struct estimate){recovered, NAN, NAN}, 100, 1, " %");
    report_number(out, at.cost * 1000, 4);
    (void)fputs("</tr>\n", out);
  }
  (void)fputs("</tbody></table></div>\n", out);
}

/* The reliability diagram in figures; a table a tier, since their bins differ. */
static void put_bins(FILE *out, const struct findings *findings) {
  for (size_t i = 0; i < findings->calibrations_count; i++) {
    const struct calibration *c = &findings->calibrations[i].calibration;
    if (c->count == 0)
      continue;
    (void)fputs("<h2>Calibration: ", out);
    chart_text(out, findings->data->tiers[findings->calibrations[i].tier]);
    (void)fprintf(
        out,
        "</h2><p>ECE %.4f, Brier %.4f over %zu rows.</p><div class=\"wide\"><table>"
        "<thead><tr><th scope=\"col\">bin</th><th scope=\"col\">rows</th><th "
        "scope=\"col\">predicted</th><th scope=\"col\">observed</th></tr></thead><tbody>\n",
        c->ece, c->brier, c->count);
    for (size_t b = 0; b < c->bins_count; b++)
      (void)fprintf(out,
                    "<tr><th scope=\"row\">%zu</th><td>%zu</td><td>%.3f</td><td>%.3f</td></tr>\n",
                    b + 1, c->bins[b].count, c->bins[b].probability, c->bins[b].outcome);
    (void)fputs("</tbody></table></div>\n", out);
  }
}

/* The matrix in figures: whoever cannot see the drawing reads these. */
static void put_confusion_table(FILE *out, const struct findings *findings) {
  const struct bench_data *data = findings->data;
  if (findings->confusion.rows_count == 0)
    return;
  (void)fputs("<h2>Labels</h2><p>Rows by label, down, and by predicted tier, across.</p><div "
              "class=\"wide\"><table><thead><tr><th scope=\"col\">label</th>",
              out);
  for (size_t t = 0; t < data->tiers_count; t++) {
    (void)fputs("<th scope=\"col\">", out);
    chart_text(out, data->tiers[t]);
    (void)fputs("</th>", out);
  }
  (void)fputs("</tr></thead><tbody>\n", out);
  for (size_t label = 0; label < data->tiers_count; label++) {
    (void)fputs("<tr>", out);
    page_row_head(out, data->tiers[label]);
    for (size_t t = 0; t < data->tiers_count; t++)
      (void)fprintf(out, "<td>%zu</td>", findings->confusion.counts[label][t]);
    (void)fputs("</tr>\n", out);
  }
  (void)fputs("</tbody></table></div>\n", out);
}

/* The numbered points of the first chart: what always calling one model gives. */
static void put_ladder_table(FILE *out, const struct findings *findings) {
  const struct bench_data *data = findings->data;
  if (findings->ladder.rows_count == 0)
    return;
  (void)fputs("<h2>Ladder</h2><div class=\"wide\"><table><thead><tr><th scope=\"col\">model</th>"
              "<th scope=\"col\">quality</th><th scope=\"col\">cost of 1,000 calls</th>"
              "</tr></thead><tbody>\n",
              out);
  for (size_t m = 0; m < data->ladder_count; m++) {
    (void)fputs("<tr>", out);
    page_row_head(out, data->ladder[m]);
    report_number(out, findings->ladder.quality[m], 3);
    report_number(out, findings->ladder.cost[m] * 1000, 4);
    (void)fputs("</tr>\n", out);
  }
  (void)fputs("</tbody></table></div>\n", out);
}

/* Pages are passed on: the folders of this machine are nobody's business. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Title, what was measured, and how to read it: the page has to explain itself to whoever
 * it was passed on to. */
static void put_head(FILE *out, const struct findings *findings) {
  const struct bench_data *data = findings->data;
  const struct group *all = &findings->groups.groups[0];
  page_open(out, "Router accuracy", style_colours, style_charts);
  (void)fputs("<p>", out);
  if (findings->options->model || findings->options->scores) {
    (void)fputs("Router: ", out);
    chart_text(out, base_name(findings->options->scores ? findings->options->scores
                                                        : findings->options->model));
    if (data->model_version) {
      (void)fputs(", version ", out);
      chart_text(out, data->model_version);
    }
    (void)fputs(". ", out);
  }
  (void)fprintf(out, "%zu rows, %zu of them with every outcome.", all->rows_count, all->used_count);
  for (size_t m = 0; m < data->ladder_count; m++) {
    (void)fputs(m == 0 ? " Ladder: " : " → ", out);
    chart_text(out, data->ladder[m]);
    (void)fputs(m + 1 == data->ladder_count ? "." : "", out);
  }
  if (all->used_count > 0)
    (void)fprintf(out, " Always cheap %.3f, always strong %.3f.", all->weak_quality,
                  all->strong_quality);
  (void)fputs("</p>\n<p>Small figures are 95 % bootstrap intervals. APGR: share of the quality "
              "gap recovered, averaged over budgets; 0.5 is random. CPT50, CPT80: least share of "
              "strong calls that recovers 50, 80 % of the gap. Saved: cost saved against "
              "always-strong at that share of its quality. AIQ: mean quality over the cost range, "
              "along the hull.</p>\n",
              out);
}

/* What it takes to measure the same again: the very bytes read, samples and seed. */
static void put_foot(FILE *out, const struct findings *findings) {
  const struct labelled_log *log = &findings->data->log;
  (void)fputs("<h2>Data</h2><div class=\"wide\"><table><thead><tr><th scope=\"col\">file</th><th "
              "scope=\"col\">rows</th><th scope=\"col\">bad lines</th><th scope=\"col\">XXH128</th>"
              "</tr></thead><tbody>\n",
              out);
  for (size_t f = 0; f < log->files_count; f++) {
    (void)fputs("<tr>", out);
    page_row_head(out, base_name(log->files[f].path));
    (void)fprintf(out, "<td>%zu</td><td>%zu</td><td>%s</td></tr>\n", log->files[f].rows_count,
                  log->files[f].bad_lines_count, log->files[f].hash);
  }
  (void)fputs("</tbody></table></div>\n", out);
  if (findings->data->imputed_output_share > 0)
    (void)fprintf(out,
                  "<p>%.0f %% of the answers have no length in the logs; for their cost %s was "
                  "taken, %.0f tokens on average.</p>\n",
                  findings->data->imputed_output_share * 100, findings_length_source(findings),
                  findings->data->imputed_output);
  if (findings->data->chars_output_share > 0)
    (void)fprintf(out,
                  "<p>%.0f %% have theirs in characters alone; four were taken for a token.</p>\n",
                  findings->data->chars_output_share * 100);
  if (findings->data->estimated_input_share > 0)
    (void)fprintf(out, "<p>%.0f %% have no input tokens; the router's estimate was taken.</p>\n",
                  findings->data->estimated_input_share * 100);
  (void)fprintf(out, "<p>%zu bootstrap samples, seed %llu. Written by tier-bench accuracy.</p>\n",
                findings->options->bootstrap, (unsigned long long)findings->options->seed);
  page_close(out);
}

static void put_page(FILE *out, const struct findings *findings) {
  const struct group *all = &findings->groups.groups[0];
  put_head(out, findings);
  if (all->used_count > 0) {
    (void)fputs("<h2>All rows</h2>\n", out);
    put_router_table(out, all);
  }
  (void)fputs("<h2>Charts</h2>\n<div class=\"charts\">\n", out);
  report_chart_quality(findings, out);
  report_chart_deferral(findings, out);
  report_chart_savings(findings, out);
  report_chart_confusion(findings, out);
  report_chart_reliability(findings, out);
  (void)fputs("</div>\n", out);
  put_ladder_table(out, findings);
  put_deferral_table(out, findings);
  put_group_table(out, findings, GROUP_DATASET, "Data sets");
  put_group_table(out, findings, GROUP_TASK, "Tasks");
  put_group_table(out, findings, GROUP_LANGUAGE, "Languages");
  put_rates(out, all);
  report_decisions(out, findings);
  report_estimates(out, findings);
  put_confusion_table(out, findings);
  put_bins(out, findings);
  put_foot(out, findings);
}

/* Errors of single writes are kept by the stream and asked for once, at the end; a full
 * disk may show only on closing. */
bool report_write(const struct findings *findings, const char *path) {
  FILE *out = fopen(path, "w");
  bool ok = out != NULL;
  if (out) {
    put_page(out, findings);
    ok = !ferror(out);
    ok = fclose(out) == 0 && ok;
  }
  if (!ok)
    (void)fprintf(stderr, "tier-bench accuracy: %s: %s\n", path, strerror(errno));
  return ok;
}
