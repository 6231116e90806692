/* report_charts.c - quality against cost, deferral, reliability, savings, confusion.
 *
 * Every figure has a legend, titles on its axes and, in report.c, a table with the
 * same numbers. Curves are drawn through 101 budgets: a page stays small however
 * many rows were measured.
 */
#include "bench/accuracy/report_charts.h"

#include <math.h>

#include "bench/accuracy/chart.h"
#include "bench/accuracy/hull.h"

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

static void open_figure(FILE *out, const char *title) {
  (void)fprintf(out, "<figure><h3>%s</h3>\n", title);
}

static void legend_item(FILE *out, const char *class_names, const char *text) {
  (void)fprintf(out,
                "<li><svg class=\"key\" viewBox=\"0 0 28 10\" aria-hidden=\"true\">"
                "<line class=\"%s\" x1=\"1\" y1=\"5\" x2=\"27\" y2=\"5\"/></svg>",
                class_names);
  chart_text(out, text);
  (void)fputs("</li>\n", out);
}

static void legend_series(const struct group *group, FILE *out) {
  for (size_t s = SERIES_COUNT; s > 0; s--)
    if (group->routers[series[s - 1].router].present)
      legend_item(out, series[s - 1].class_names, series[s - 1].legend);
}

/* A router's curve at even shares of strong calls. */
static void sample(const struct router_result *router, struct curve_point out[SAMPLES]) {
  for (int i = 0; i < SAMPLES; i++)
    out[i] = protocol_at(router->points, router->points_count, i / (double)(SAMPLES - 1));
}

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

static void draw_hull(const struct chart *chart, const struct router_result *router) {
  struct curve_point curve[SAMPLES], hull[SAMPLES];
  struct chart_point line[SAMPLES];
  sample(router, curve);
  size_t count = hull_build(curve, SAMPLES, hull);
  for (size_t i = 0; i < count; i++)
    line[i] = quality_point(hull[i]);
  chart_line(chart, "hull", line, count);
}

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
    chart_dot(chart, "dot",
              (struct chart_point){findings->ladder.cost[m] * 1000, findings->ladder.quality[m]}, 5,
              findings->data->ladder[m]);
}

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
  open_figure(out, "Quality against cost");
  chart_begin(&chart, "Quality against cost", description);
  draw_quality(findings, &chart);
  chart_end(&chart);
  (void)fputs("<ul class=\"legend\">\n", out);
  legend_series(group, out);
  legend_item(out, "hull",
              report_front(findings) == ROUTER_TESTED
                  ? "hull of the router: what mixing its budgets reaches"
                  : "hull of prompt length: what mixing its budgets reaches");
  if (findings->ladder.policies[LADDER_MODEL].present)
    legend_item(out, "series lambda", "the model's lambda policy over the whole ladder");
  (void)fputs("<li><svg class=\"key\" viewBox=\"0 0 28 10\" aria-hidden=\"true\"><circle "
              "class=\"dot\" cx=\"14\" cy=\"5\" r=\"4\"/></svg>always one model, cheapest to "
              "dearest from the left</li>\n</ul></figure>\n",
              out);
}

static size_t recovered_curve(const struct router_result *router,
                              struct chart_point line[SAMPLES]) {
  struct curve_point curve[SAMPLES];
  sample(router, curve);
  for (int i = 0; i < SAMPLES; i++)
    line[i] = (struct chart_point){
        curve[i].share, protocol_recovered(router->points, router->points_count, curve[i].quality)};
  return SAMPLES;
}

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
  open_figure(out, "Deferral curve");
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
  open_figure(out, "Reliability");
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
    legend_item(out, colours[i % 4], findings->data->tiers[findings->calibrations[i].tier]);
  legend_item(out, "series random", "perfectly calibrated");
  (void)fputs("</ul></figure>\n", out);
}

/* One data set: its name above a bar for 95 % with its interval, and one for 98 %. */
static void draw_savings(const struct group *group, enum router front, int top, FILE *out) {
  enum { LEFT = 10, WIDTH = 560 };
  static const enum measure measures[] = {MEASURE_SAVING95, MEASURE_SAVING98};
  static const char *const bars[] = {"bar first", "bar second"};
  (void)fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%d\">", LEFT, top + 12);
  chart_text(out, group->name);
  (void)fputs("</text>\n", out);
  for (int b = 0; b < 2; b++) {
    const struct estimate *e = &group->routers[front].measures[measures[b]];
    int y = top + 18 + b * 13;
    if (!isfinite(e->value))
      continue;
    (void)fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"11\"/>\n",
                  bars[b], LEFT, y, fmax(e->value, 0) * WIDTH);
    double end = fmax(e->value, 0);
    if (isfinite(e->low) && isfinite(e->high)) {
      (void)fprintf(out, "<path class=\"whisker\" d=\"M%.1f %.1fH%.1fM%.1f %dv6M%.1f %dv6\"/>\n",
                    LEFT + fmax(e->low, 0) * WIDTH, y + 5.5, LEFT + e->high * WIDTH,
                    LEFT + fmax(e->low, 0) * WIDTH, y + 3, LEFT + e->high * WIDTH, y + 3);
      end = fmax(end, e->high);
    }
    (void)fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%.0f %%</text>\n",
                  LEFT + end * WIDTH + 6, y + 10, e->value * 100);
  }
}

void report_chart_savings(const struct findings *findings, FILE *out) {
  enum { ROW = 54 };
  enum router front = report_front(findings);
  int rows = 0;
  for (size_t g = 0; g < findings->groups.count; g++)
    rows += findings->groups.groups[g].kind == GROUP_DATASET &&
            isfinite(findings->groups.groups[g].strong_cost);
  if (rows == 0)
    return;
  open_figure(out, "Cost saved by data set");
  (void)fprintf(out,
                "<svg viewBox=\"0 0 640 %d\" role=\"img\" aria-label=\"Cost saved against always "
                "using the strong model, by data set\">\n",
                rows * ROW + 24);
  int row = 0;
  for (size_t g = 0; g < findings->groups.count; g++) {
    const struct group *group = &findings->groups.groups[g];
    if (group->kind == GROUP_DATASET && isfinite(group->strong_cost))
      draw_savings(group, front, row++ * ROW, out);
  }
  (void)fprintf(out,
                "<text class=\"axis\" x=\"10\" y=\"%d\">cost saved against always-strong, with 95 "
                "%% intervals</text></svg>\n<ul class=\"legend\">\n",
                rows * ROW + 18);
  legend_item(out, "swatch first", "keeping 95 % of the strong model's quality");
  legend_item(out, "swatch second", "keeping 98 %");
  (void)fputs("</ul></figure>\n", out);
}

/* A matrix is a table already; the shade of a cell is its share of the label. */
void report_confusion(const struct findings *findings, FILE *out) {
  const struct confusion *c = &findings->confusion;
  size_t tiers = findings->data->tiers_count;
  if (c->rows_count == 0)
    return;
  open_figure(out, "Labels against predictions");
  (void)fputs("<table class=\"matrix\"><tr><th>label, down; predicted, across</th>", out);
  for (size_t t = 0; t < tiers; t++) {
    (void)fputs("<th scope=\"col\">", out);
    chart_text(out, findings->data->tiers[t]);
    (void)fputs("</th>", out);
  }
  for (size_t label = 0; label < tiers; label++) {
    size_t total = 0;
    for (size_t t = 0; t < tiers; t++)
      total += c->counts[label][t];
    (void)fputs("</tr>\n<tr><th scope=\"row\">", out);
    chart_text(out, findings->data->tiers[label]);
    (void)fputs("</th>", out);
    for (size_t t = 0; t < tiers; t++) {
      double share = total > 0 ? (double)c->counts[label][t] / (double)total : 0;
      (void)fprintf(out, "<td style=\"--share:%.0f%%\"%s>%zu<small>%.0f %%</small></td>",
                    share * 55, t == label ? " class=\"right\"" : "", c->counts[label][t],
                    share * 100);
    }
  }
  (void)fputs("</tr></table></figure>\n", out);
}
