/* report_charts.c - the line charts: quality against cost, deferral, reliability.
 *
 * Every figure has a legend, titles on its axes and, in report.c, a table with the
 * same numbers. Bars and the matrix are in report_blocks.c. Curves are drawn through 101 budgets: a
 * page stays small however many rows were measured.
 */
#include "bench/accuracy/report_charts.h"

#include <math.h>

#include "bench/accuracy/hull.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

enum { SAMPLES = 101, CURVES_MAX = ROUTERS_COUNT };

/* Which routers are drawn, hindmost first, and the class that colours them. */
static const struct {
  enum router router;
  const char *class_names, *legend;
} series[] = {{ROUTER_ORACLE, "series oracle", "oracle (knows each row's gain)"},
              {ROUTER_DATASET, "series dataset", "data-set oracle (knows each set's mean gain)"},
              {ROUTER_RANDOM, "series random", "random"},
              {ROUTER_LENGTH, "series length", "prompt length"},
              {ROUTER_TESTED, "series router", "router under test"}};

enum { SERIES_COUNT = sizeof series / sizeof series[0] };

enum router report_front(const struct findings *findings) {
  return findings->groups.groups[0].routers[ROUTER_TESTED].present ? ROUTER_TESTED : ROUTER_LENGTH;
}

/* The foremost line is named first. */
static void legend_series(const struct group *group, FILE *out) {
  for (size_t s = SERIES_COUNT; s > 0; s--)
    if (group->routers[series[s - 1].router].present)
      page_legend_item(out, series[s - 1].class_names, series[s - 1].legend);
}

/* A router's curve at even shares of strong calls. */
static void sample(const struct router_result *router, struct curve_point out[SAMPLES]) {
  for (int i = 0; i < SAMPLES; i++)
    out[i] = protocol_at(router->points, router->points_count, i / (double)(SAMPLES - 1));
}

/* A single call costs too little to read; a thousand make figures of a few digits. */
static struct chart_point quality_point(struct curve_point at) {
  return (struct chart_point){at.cost * 1000, at.quality};
}

/* All points that the axes have to hold. */
static size_t quality_points(const struct findings *findings, struct chart_point *all) {
  const struct group *group = &findings->groups.groups[0];
  size_t count = 0;
  for (size_t s = 0; s < SERIES_COUNT; s++) {
    struct curve_point curve[SAMPLES];
    if (!group->routers[series[s].router].present)
      continue;
    sample(&group->routers[series[s].router], curve);
    for (int i = 0; i < SAMPLES; i++)
      all[count++] = quality_point(curve[i]);
  }
  for (size_t m = 0; m < findings->data->ladder_count; m++)
    all[count++] =
        (struct chart_point){findings->ladder.cost[m] * 1000, findings->ladder.quality[m]};
  return count;
}

/* What a router reaches by choosing between two budgets at random: the fair comparison
 * for a curve that dips. */
static void draw_hull(const struct chart *chart, const struct router_result *router) {
  struct curve_point curve[SAMPLES], hull[SAMPLES];
  struct chart_point line[SAMPLES];
  sample(router, curve);
  size_t count = hull_build(curve, SAMPLES, hull);
  for (size_t i = 0; i < count; i++)
    line[i] = quality_point(hull[i]);
  chart_line(chart, "hull", line, count);
}

/* From the back to the front: hull, baselines, router, the policy over the whole ladder,
 * and on top the numbered models. */
static void draw_quality(const struct findings *findings, const struct chart *chart) {
  const struct group *group = &findings->groups.groups[0];
  draw_hull(chart, &group->routers[report_front(findings)]);
  for (size_t s = 0; s < SERIES_COUNT; s++) {
    struct curve_point curve[SAMPLES];
    struct chart_point line[SAMPLES];
    if (!group->routers[series[s].router].present)
      continue;
    sample(&group->routers[series[s].router], curve);
    for (int i = 0; i < SAMPLES; i++)
      line[i] = quality_point(curve[i]);
    chart_line(chart, series[s].class_names, line, SAMPLES);
  }
  const struct ladder_curve *lambda = &findings->ladder.policies[LADDER_MODEL];
  struct chart_point line[LADDER_POINTS];
  for (size_t i = 0; lambda->present && i < LADDER_POINTS; i++)
    line[i] = quality_point(lambda->points[i]);
  if (lambda->present)
    chart_line(chart, "series lambda", line, LADDER_POINTS);
  for (size_t m = 0; m < findings->data->ladder_count; m++)
    chart_badge(chart,
                (struct chart_point){findings->ladder.cost[m] * 1000, findings->ladder.quality[m]},
                m + 1, findings->data->ladder[m]);
}

/* What the numbers in the drawing stand for: the baselines that always call one model. */
static void legend_models(const struct findings *findings, FILE *out) {
  for (size_t m = 0; m < findings->data->ladder_count; m++) {
    (void)fprintf(out, "<li><span class=\"badge\">%zu</span>always ", m + 1);
    chart_text(out, findings->data->ladder[m]);
    (void)fputs("</li>\n", out);
  }
}

/* Without prices there is no cost to draw against, and no figure. The cost axis begins at
 * 0 so that lengths on it compare; the quality axis does not, or all lines would be flat. */
void report_chart_quality(const struct findings *findings, FILE *out) {
  static const char description[] =
      "Mean quality against mean cost for each router as ever more rows go to the strong model.";
  const struct group *group = &findings->groups.groups[0];
  struct chart_point all[SERIES_COUNT * SAMPLES + BENCH_LADDER_MAX];
  if (group->used_count == 0 || !isfinite(group->strong_cost))
    return;
  bool relative = findings->data->prices.relative;
  size_t count = quality_points(findings, all);
  double cost_max = 0;
  for (size_t i = 0; i < count; i++)
    cost_max = fmax(cost_max, all[i].x);
  struct chart chart = {
      .out = out,
      .x = {0, cost_max > 0 ? cost_max * 1.03 : 1, AXIS_NUMBER,
            relative ? "cost of 1,000 calls, relative" : "cost of 1,000 calls, USD"},
      .y = chart_range(all, count, AXIS_NUMBER, "mean quality")};
  page_open_figure(out, "Quality against cost");
  chart_begin(&chart, "Quality against cost", description);
  draw_quality(findings, &chart);
  chart_end(&chart);
  (void)fputs("<ul class=\"legend\">\n", out);
  legend_series(group, out);
  page_legend_item(out, "hull",
                   report_front(findings) == ROUTER_TESTED
                       ? "hull of the router: what mixing its budgets reaches"
                       : "hull of prompt length: what mixing its budgets reaches");
  if (findings->ladder.policies[LADDER_MODEL].present)
    page_legend_item(out, "series lambda", "the model's lambda policy over the whole ladder");
  legend_models(findings, out);
  (void)fputs("</ul></figure>\n", out);
}

/* A router's curve in units of the gap between cheap and strong. */
static size_t recovered_curve(const struct router_result *router,
                              struct chart_point line[SAMPLES]) {
  struct curve_point curve[SAMPLES];
  sample(router, curve);
  for (int i = 0; i < SAMPLES; i++)
    line[i] = (struct chart_point){
        curve[i].share, protocol_recovered(router->points, router->points_count, curve[i].quality)};
  return SAMPLES;
}

/* Where the strong model is not better there is no gap, and no figure. */
void report_chart_deferral(const struct findings *findings, FILE *out) {
  static const char description[] =
      "Share of the quality gap between weak and strong that each router recovers, against the "
      "share of calls that go to the strong model.";
  const struct group *group = &findings->groups.groups[0];
  struct chart_point all[SERIES_COUNT * SAMPLES];
  size_t count = 0;
  if (group->used_count == 0 || !(group->strong_quality > group->weak_quality))
    return;
  for (size_t s = 0; s < SERIES_COUNT; s++)
    if (group->routers[series[s].router].present)
      count += recovered_curve(&group->routers[series[s].router], all + count);
  struct chart chart = {
      .out = out,
      .x = {0, 1, AXIS_PERCENT, "share of calls to the strong model"},
      .y = chart_range(all, count, AXIS_PERCENT, "share of the quality gap recovered")};
  page_open_figure(out, "Deferral curve");
  chart_begin(&chart, "Deferral curve", description);
  count = 0;
  for (size_t s = 0; s < SERIES_COUNT; s++)
    if (group->routers[series[s].router].present) {
      chart_line(&chart, series[s].class_names, all + count, SAMPLES);
      count += SAMPLES;
    }
  chart_end(&chart);
  (void)fputs("<ul class=\"legend\">\n", out);
  legend_series(group, out);
  (void)fputs("</ul></figure>\n", out);
}

/* A line a tier below the top, through its bins; the top tier is good enough by
 * definition. With more than four tiers colours repeat, and the dots' names tell. */
void report_chart_reliability(const struct findings *findings, FILE *out) {
  static const char *const colours[] = {"series router", "series length", "series dataset",
                                        "series oracle"};
  static const char *const dots[] = {"bin router", "bin length", "bin dataset", "bin oracle"};
  static const struct chart_point diagonal[] = {{0, 0}, {1, 1}};
  const struct chart chart = {.out = out,
                              .x = {0, 1, AXIS_PERCENT, "predicted: P(good enough)"},
                              .y = {0, 1, AXIS_PERCENT, "observed: share that was good enough"}};
  if (findings->calibrations_count == 0 || findings->calibrations[0].calibration.bins_count == 0)
    return;
  page_open_figure(out, "Reliability diagram");
  chart_begin(&chart, "Reliability diagram",
              "Observed share against predicted probability; on the diagonal they agree.");
  chart_line(&chart, "series random", diagonal, 2);
  for (size_t i = 0; i < findings->calibrations_count; i++) {
    const struct calibration *c = &findings->calibrations[i].calibration;
    struct chart_point line[CALIBRATION_BINS];
    for (size_t b = 0; b < c->bins_count; b++)
      line[b] = (struct chart_point){c->bins[b].probability, c->bins[b].outcome};
    chart_line(&chart, colours[i % 4], line, c->bins_count);
    for (size_t b = 0; b < c->bins_count; b++)
      chart_dot(&chart, dots[i % 4], line[b], 3.5,
                findings->data->tiers[findings->calibrations[i].tier]);
  }
  chart_end(&chart);
  (void)fputs("<ul class=\"legend\">\n", out);
  for (size_t i = 0; i < findings->calibrations_count; i++)
    page_legend_item(out, colours[i % 4], findings->data->tiers[findings->calibrations[i].tier]);
  page_legend_item(out, "series random", "perfectly calibrated");
  (void)fputs("</ul></figure>\n", out);
}
