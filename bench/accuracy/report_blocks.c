/* report_blocks.c - the drawings made of rectangles: savings by data set, and the
 * confusion matrix.
 *
 * Both are as wide as the line charts and as high as they have rows. Names come from
 * the data and may be of any length; they are cut to the room they have and whole in
 * a <title>, which shows when pointed at.
 */
#include <math.h>

#include "bench/accuracy/report_charts.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

/* ---- savings */

/* Bars begin at LEFT and are WIDTH long at 100 %; what remains on the right is for the
 * figure behind a full bar. */
enum { BARS_LEFT = 18, BARS_WIDTH = 400, BARS_ROW = 72, BARS_FOOT = 50 };

static double bar_x(double saving) {
  /* A router that costs more than always-strong saves nothing; the table tells how much. */
  return BARS_LEFT + fmin(fmax(saving, 0), 1) * BARS_WIDTH;
}

/* One bar with its 95 % interval and its figure, to the right of both. */
static void draw_bar(const struct estimate *e, const char *class_names, int y, FILE *out) {
  double end = bar_x(e->value);
  if (!isfinite(e->value))
    return;
  (void)fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"/>\n",
                class_names, BARS_LEFT, y, end - BARS_LEFT);
  if (isfinite(e->low) && isfinite(e->high)) {
    (void)fprintf(out, "<path class=\"whisker\" d=\"M%.1f %dH%.1fM%.1f %dv6M%.1f %dv6\"/>\n",
                  bar_x(e->low), y + 7, bar_x(e->high), bar_x(e->low), y + 4, bar_x(e->high),
                  y + 4);
    end = fmax(end, bar_x(e->high));
  }
  (void)fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%.0f %%</text>\n", end + 6, y + 12,
                e->value * 100);
}

/* One data set: its name above a bar for 95 % and one for 98 %. */
static void draw_savings(const struct group *group, enum router front, int top, FILE *out) {
  (void)fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%d\"><title>", BARS_LEFT, top + 16);
  chart_text(out, group->name);
  (void)fputs("</title>", out);
  chart_text_within(out, group->name, CHART_WIDTH - BARS_LEFT - 8);
  (void)fputs("</text>\n", out);
  draw_bar(&group->routers[front].measures[MEASURE_SAVING95], "bar first", top + 24, out);
  draw_bar(&group->routers[front].measures[MEASURE_SAVING98], "bar second", top + 45, out);
}

/* The scale below the bars; its lines go up behind them. */
static void draw_savings_axis(int bottom, FILE *out) {
  for (int percent = 0; percent <= 100; percent += 20) {
    double x = bar_x(percent / 100.0);
    (void)fprintf(out,
                  "<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%d\"/><text "
                  "class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d %%</text>\n",
                  x, x, bottom, x, bottom + 18, percent);
  }
  (void)fprintf(out,
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">cost saved against "
                "always-strong</text>\n",
                BARS_LEFT + BARS_WIDTH / 2, bottom + 40);
}

/* Only data sets with known prices have a cost to save. */
static bool has_savings(const struct group *group) {
  return group->kind == GROUP_DATASET && isfinite(group->strong_cost);
}

void report_chart_savings(const struct findings *findings, FILE *out) {
  const struct groups *groups = &findings->groups;
  int rows = 0, row = 0;
  for (size_t g = 0; g < groups->count; g++)
    rows += has_savings(&groups->groups[g]);
  if (rows == 0)
    return;
  page_open_figure(out, "Cost saved by data set");
  page_open_svg(
      out, rows * BARS_ROW + BARS_FOOT, "Cost saved by data set",
      "For each data set, the cost saved against always using the strong model while keeping "
      "95 and 98 % of its quality, with 95 % intervals.");
  draw_savings_axis(rows * BARS_ROW, out);
  for (size_t g = 0; g < groups->count; g++)
    if (has_savings(&groups->groups[g]))
      draw_savings(&groups->groups[g], report_front(findings), row++ * BARS_ROW, out);
  (void)fputs("</svg>\n<ul class=\"legend\">\n", out);
  page_legend_item(out, "swatch first", "keeping 95 % of the strong model's quality");
  page_legend_item(out, "swatch second", "keeping 98 %");
  (void)fputs("</ul></figure>\n", out);
}

/* ---- confusion */

/* Left of the cells stand a rotated title and the labels' names, above them a title and
 * the predictions' names. */
enum { CELLS_LEFT = 118, CELLS_TOP = 48, CELL_HEIGHT = 46, CELLS_RIGHT = 4 };

static double cell_width(size_t tiers) {
  return (double)(CHART_WIDTH - CELLS_LEFT - CELLS_RIGHT) / (double)tiers;
}

static void draw_tier_name(FILE *out, const char *name, double x, double y, const char *anchor,
                           double width) {
  (void)fprintf(out, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"><title>", x, y,
                anchor);
  chart_text(out, name);
  (void)fputs("</title>", out);
  chart_text_within(out, name, width);
  (void)fputs("</text>\n", out);
}

/* A row of the matrix. The shade of a cell is its share of the label's rows, so that a
 * rare label is as legible as a frequent one; it stays pale enough for the text on it. */
static void draw_matrix_row(const struct findings *findings, size_t label, FILE *out) {
  size_t tiers = findings->data->tiers_count, total = 0;
  const size_t *counts = findings->confusion.counts[label];
  double width = cell_width(tiers);
  double top = CELLS_TOP + (double)label * CELL_HEIGHT;
  for (size_t t = 0; t < tiers; t++)
    total += counts[t];
  draw_tier_name(out, findings->data->tiers[label], CELLS_LEFT - 8, top + CELL_HEIGHT / 2.0 + 5,
                 "end", CELLS_LEFT - 8 - 22);
  for (size_t t = 0; t < tiers; t++) {
    double share = total > 0 ? (double)counts[t] / (double)total : 0;
    double left = CELLS_LEFT + (double)t * width;
    (void)fprintf(out,
                  "<rect class=\"cell%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
                  "fill-opacity=\"%.3f\"/>",
                  t == label ? " right" : "", left + 1, top + 1, width - 2, CELL_HEIGHT - 2,
                  share * 0.4);
    (void)fprintf(
        out,
        "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%zu</text>"
        "<text class=\"share\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f %%</text>\n",
        left + width / 2, top + 19, counts[t], left + width / 2, top + 38, share * 100);
  }
}

void report_chart_confusion(const struct findings *findings, FILE *out) {
  size_t tiers = findings->data->tiers_count;
  if (findings->confusion.rows_count == 0)
    return;
  page_open_figure(out, "Confusion matrix");
  page_open_svg(
      out, CELLS_TOP + (int)tiers * CELL_HEIGHT + 6, "Confusion matrix",
      "How many rows of each label were given each tier; right ones are on the diagonal.");
  (void)fprintf(
      out,
      "<text class=\"axis\" x=\"%.1f\" y=\"16\" text-anchor=\"middle\">predicted tier</text>"
      "<text class=\"axis\" transform=\"translate(15 %.1f) rotate(-90)\" "
      "text-anchor=\"middle\">label</text>\n",
      (CELLS_LEFT + CHART_WIDTH - CELLS_RIGHT) / 2.0, CELLS_TOP + (double)tiers * CELL_HEIGHT / 2);
  for (size_t t = 0; t < tiers; t++)
    draw_tier_name(out, findings->data->tiers[t],
                   CELLS_LEFT + ((double)t + 0.5) * cell_width(tiers), CELLS_TOP - 8, "middle",
                   cell_width(tiers) - 2);
  for (size_t label = 0; label < tiers; label++)
    draw_matrix_row(findings, label, out);
  (void)fputs("</svg>\n<ul class=\"legend\">\n", out);
  page_legend_item(out, "swatch right", "label and prediction agree");
  page_legend_item(out, "swatch wrong", "they differ; the deeper, the larger the label's share");
  (void)fputs("</ul></figure>\n", out);
}
