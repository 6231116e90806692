/* charts.c - bars, columns and one curve, on the paper of daemon/page.
 *
 * A row of a bar chart has its name above its bar and its figure behind it, so that
 * names of any length fit on a telephone. What a drawing shows stands in a table of the
 * page as well. */
#include "daemon/ctl/report/charts.h"

#include <math.h>

#include "daemon/ctl/amount.h"
#include "daemon/page/chart.h"
#include "daemon/page/page.h"

/* Bars begin at LEFT and may be WIDTH long; behind a full one there is room for a figure. */
/* All in units of the drawing, which the style sheet scales to the page. */
enum { LEFT = 8, WIDTH = 370, ROW = 46, BAR_TOP_Y = 22, BAR_HEIGHT = 16 };

/* Cut to the drawing's width; whole in a title, which shows when pointed at. */
static void put_name(FILE *out, const char *name, int top) {
  (void)fprintf(out, "<text class=\"label\" x=\"%d\" y=\"%d\"><title>", LEFT, top + 16);
  chart_text(out, name);
  (void)fputs("</title>", out);
  chart_text_within(out, name, CHART_WIDTH - 2 * LEFT);
  (void)fputs("</text>\n", out);
}

/* One bar from an amount to another; scale is units an amount. The figure goes behind
 * the right end. */
static void put_bar(FILE *out, const char *class_names, int top, double from, double to,
                    double scale, const char *figure) {
  /* A bar may run to the left: savings do. */
  const double left = LEFT + fmin(from, to) * scale;
  /* At least a hair, so that a small amount is not mistaken for none. */
  const double width = to != from ? fmax(fabs(to - from) * scale, 1) : 0;
  (void)fprintf(out,
                "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
                "<text class=\"tick\" x=\"%.1f\" y=\"%d\">",
                class_names, left, top + BAR_TOP_Y, width, BAR_HEIGHT, left + width + 6,
                top + BAR_TOP_Y + 13);
  chart_text(out, figure);
  (void)fputs("</text>\n", out);
}

/* A row with a bar from 0. */
/* A negative value has no bar to be drawn here, but its figure stands. */
static void put_row(FILE *out, const char *name, int row, double value, double most,
                    const char *class_names, const char *figure) {
  /* The name on the row's first line, the bar on its second. */
  put_name(out, name, row * ROW);
  put_bar(out, class_names, row * ROW, 0, fmax(value, 0), most > 0 ? WIDTH / most : 0, figure);
}

/* Each bar begins where the one before it ended; the first and the last stand on 0. */
void report_chart_waterfall(const struct report_summary *summary, FILE *out) {
  /* Found before anything is drawn, since the scale depends on it. */
  double at = 0, most = 0, least = 0;
  char figure[AMOUNT_TEXT_MAX];
  if (summary->totals->compared.lines == 0)
    return;
  /* The bars may go below nothing or above always-top; all of it has to fit. */
  for (size_t i = 0; i < BAR_SPENT; i++) {
    at += report_usd(summary->bars[i]);
    most = fmax(most, at);
    least = fmin(least, at);
  }
  const double scale = most > least ? WIDTH / (most - least) : 0;
  page_open_figure(out, "From always-top to spent, estimated");
  page_open_svg(out, BARS_COUNT * ROW + 4, "From always-top to spent",
                "A waterfall: what always calling the top model would have cost, what each measure "
                "took off, what asking again added, and what was spent.");
  at = 0;
  for (size_t i = 0; i < BARS_COUNT; i++) {
    const double usd = report_usd(summary->bars[i]);
    const bool whole = i == BAR_TOP || i == BAR_SPENT;
    put_name(out, bar_texts[i].title, (int)i * ROW);
    put_bar(out,
            whole     ? "whole"
            : usd > 0 ? "more"
                      : "less",
            (int)i * ROW, (whole ? 0 : at) - least, (whole ? usd : at + usd) - least, scale,
            amount_bill(usd, figure));
    at = whole ? usd : at + usd;
  }
  (void)fputs("</svg>\n<ul class=\"legend\">\n", out);
  page_legend_item(out, "swatch whole", "costs");
  page_legend_item(out, "swatch less", "saved");
  page_legend_item(out, "swatch more", "added");
  (void)fputs("</ul></figure>\n", out);
}

/* In the order of the table, so that both can be read side by side. */
void report_chart_waste(const struct report_summary *summary, FILE *out) {
  double most = 0;
  char figure[AMOUNT_TEXT_MAX];
  for (size_t i = 0; i < WASTE_KINDS; i++)
    if (money_known(summary->waste_month[i]))
      most = fmax(most, report_usd(summary->waste_month[i]));
  if (!(most > 0))
    return;
  page_open_figure(out, "Waste a month, estimated");
  page_open_svg(out, WASTE_KINDS * ROW + 4, "Waste a month",
                "For each kind of waste, what it costs a month. They overlap.");
  for (size_t i = 0; i < WASTE_KINDS; i++) {
    const struct waste_sum *waste = &summary->waste[i];
    const bool unpriced = waste->lines > 0 && waste->unpriced == waste->lines;
    put_row(out, waste_texts[i].title, (int)i, report_usd(summary->waste_month[i]), most, "more",
            amount_bill(unpriced ? (double)NAN : report_usd(summary->waste_month[i]), figure));
  }
  (void)fputs("</svg></figure>\n", out);
}

/* Share of calls above share of money: a cheap tier has a long bar over a short one. */
void report_chart_tiers(const struct report_summary *summary, FILE *out) {
  const struct tallies *tiers = &summary->totals->tiers;
  char figure[AMOUNT_TEXT_MAX];
  if (tiers->count == 0)
    return;
  page_open_figure(out, "Tier mix");
  page_open_svg(out, (int)tiers->count * (ROW + 20) + 4, "Tier mix",
                "For each tier its share of the calls and of what was spent.");
  for (size_t i = 0; i < tiers->count; i++) {
    const int top = (int)i * (ROW + 20);
    const double calls = (double)tiers->list[i].lines / fmax((double)summary->totals->decisions, 1);
    const double money = (double)tiers->list[i].spent / fmax((double)summary->spent, 1);
    put_name(out, tiers->list[i].name, top);
    put_bar(out, "whole", top, 0, calls, WIDTH, amount_percent(calls, figure));
    put_bar(out, "second", top + 20, 0, fmax(money, 0), WIDTH, amount_percent(money, figure));
  }
  (void)fputs("</svg>\n<ul class=\"legend\">\n", out);
  page_legend_item(out, "swatch whole", "share of calls");
  page_legend_item(out, "swatch second", "share of money");
  (void)fputs("</ul></figure>\n", out);
}

enum { HOURS_HEIGHT = 220, HOURS_LEFT = 70, HOURS_STEP = 16, HOURS_BOTTOM = 46 };

/* The top, and the middle of the scale. */
static void put_hours_scale(FILE *out, double most) {
  char figure[AMOUNT_TEXT_MAX];
  for (int half = 0; half <= 2; half++) {
    const double y = HOURS_HEIGHT - HOURS_BOTTOM - half * (HOURS_HEIGHT - HOURS_BOTTOM - 16) / 2.0;
    (void)fprintf(out,
                  "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text "
                  "class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                  HOURS_LEFT, y, HOURS_LEFT + HOURS * HOURS_STEP, y, HOURS_LEFT - 6, y + 5,
                  amount_bill(most * half / 2, figure));
  }
}

/* Over all days of the period: when is it dear, and when is there room for batches? */
void report_chart_hours(const struct report_summary *summary, FILE *out) {
  double most = 0;
  char figure[AMOUNT_TEXT_MAX];
  for (size_t i = 0; i < HOURS; i++)
    most = fmax(most, report_usd(summary->totals->hours[i].spent));
  if (!(most > 0))
    return;
  page_open_figure(out, "Spent by hour of the day");
  page_open_svg(out, HOURS_HEIGHT, "Spent by hour of the day",
                "What was spent in each of the 24 hours of the day, over all days.");
  put_hours_scale(out, most);
  for (size_t i = 0; i < HOURS; i++) {
    /* Of known costs alone, as the table beside it. */
    const double usd = report_usd(summary->totals->hours[i].spent);
    const double height = usd / most * (HOURS_HEIGHT - HOURS_BOTTOM - 16);
    (void)fprintf(out,
                  "<rect class=\"bar whole\" x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\">"
                  "<title>%02zu: %s</title></rect>\n",
                  HOURS_LEFT + i * HOURS_STEP + 2, HOURS_HEIGHT - HOURS_BOTTOM - height,
                  HOURS_STEP - 4, height, i, amount_bill(usd, figure));
  }
  /* Four hours named are enough to find the others by. */
  for (size_t i = 0; i < HOURS; i += 6)
    (void)fprintf(out, "<text class=\"tick\" x=\"%zu\" y=\"%d\">%02zu</text>\n",
                  HOURS_LEFT + i * HOURS_STEP, HOURS_HEIGHT - HOURS_BOTTOM + 18, i);
  (void)fprintf(out,
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">hour, UTC</text>\n"
                "</svg></figure>\n",
                HOURS_LEFT + HOURS * HOURS_STEP / 2, HOURS_HEIGHT - 8);
}

/* Tokens stand out, for they are what was measured; the rest is by the split. */
void report_chart_bill(const struct report_summary *summary, FILE *out) {
  const bool users = money_known(summary->users_projection.total);
  const struct projection *bill = users ? &summary->users_projection : &summary->projection;
  double most = 0;
  char figure[AMOUNT_TEXT_MAX];
  /* Without a month's figure there is no bill to draw. */
  if (!money_known(bill->total) || bill->total <= 0)
    return;
  for (size_t i = 0; i < PROJECTION_PARTS; i++)
    most = fmax(most, report_usd(bill->part[i]));
  /* "projected" stands in the title, since drawings are copied without the text around
   * them. */
  page_open_figure(out, users ? "Full bill a month with --users, projected"
                              : "Full bill a month, projected");
  page_open_svg(out, PROJECTION_PARTS * ROW + 4, "Full bill a month, projected",
                "The parts of an application's bill by the split, from what tokens cost.");
  for (size_t i = 0; i < PROJECTION_PARTS; i++)
    put_row(out, projection_names[i], (int)i, report_usd(bill->part[i]), most,
            i == PROJECTION_TOKENS ? "whole" : "second",
            amount_bill(report_usd(bill->part[i]), figure));
  (void)fputs("</svg></figure>\n", out);
}

/* The mean estimate and the mean cost of the calls of each size, as powers of ten: the
 * sizes of calls are worlds apart. Small bins would be noise. */
void report_chart_calibration(const struct report_summary *summary, FILE *out) {
  const struct calibration_sums *c = &summary->totals->calibration;
  /* The second list is only there to find a range that holds both axes. */
  struct chart_point line[SIZE_BINS], all[2 * SIZE_BINS];
  size_t count = 0;
  for (size_t i = 0; i < SIZE_BINS; i++) {
    /* Nor has a cost of 0 a logarithm. */
    if (c->bins[i].lines < 10 || c->bins[i].estimated <= 0 || c->bins[i].told <= 0)
      continue;
    const double lines = (double)c->bins[i].lines;
    line[count] = (struct chart_point){log10(report_usd(c->bins[i].estimated) / lines),
                                       log10(report_usd(c->bins[i].told) / lines)};
    /* Both axes have one range, so that the diagonal is one. */
    all[2 * count] = line[count];
    all[2 * count + 1] = (struct chart_point){0, line[count].x};
    count++;
  }
  /* One point is no curve. */
  if (count < 2)
    return;
  const struct axis axis =
      chart_range(all, 2 * count, AXIS_NUMBER, "reported: 10^y USD a call, mean");
  struct chart chart = {.out = out, .x = axis, .y = axis};
  const struct chart_point diagonal[] = {{axis.low, axis.low}, {axis.high, axis.high}};
  chart.x.title = "estimated: 10^x USD a call, mean";
  page_open_figure(out, "Estimate against reported cost");
  chart_begin(&chart, "Estimate against reported cost",
              "Mean reported cost against mean estimate, by the size of the call; on the diagonal "
              "they agree.");
  /* Below the curve, so that it covers nothing. */
  chart_line(&chart, "series diagonal", diagonal, 2);
  chart_line(&chart, "series told", line, count);
  for (size_t i = 0; i < count; i++)
    chart_dot(&chart, "bin told", line[i], 3.5, "calls of one size");
  chart_end(&chart);
  /* In words below the drawing, for whoever cannot tell the colours apart. */
  (void)fputs("<ul class=\"legend\">\n", out);
  page_legend_item(out, "series told", "calls by size");
  page_legend_item(out, "series diagonal", "estimate and report agree");
  (void)fputs("</ul></figure>\n", out);
}
