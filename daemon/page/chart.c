/* chart.c - draws axes and lines; knows nothing of routers.
 *
 * Colours and strokes are the page's style sheet's business, so that one drawing
 * serves light, dark and print.
 */
#include "daemon/page/chart.h"

#include <math.h>
#include <stdbool.h>

/* On the left there is room for a rotated title and "100 %"; on the right for half a
 * tick's text, which is centred on the end of the axis. */
enum { LEFT = 72, RIGHT = 24, TOP = 12, BOTTOM = 56 };

static void put_char(FILE *out, char c) {
  switch (c) {
  case '&':
    (void)fputs("&amp;", out);
    break;
  case '<':
    (void)fputs("&lt;", out);
    break;
  case '>':
    (void)fputs("&gt;", out);
    break;
  case '"':
    (void)fputs("&quot;", out);
    break;
  default:
    (void)fputc((unsigned char)c < 0x20 ? ' ' : c, out);
  }
}

void chart_text(FILE *out, const char *text) {
  for (const char *c = text; *c; c++)
    put_char(out, *c);
}

/* Bytes that continue a code point of UTF-8. */
static bool continues(char c) {
  return ((unsigned char)c & 0xC0) == 0x80;
}

/* The width of a code point at 14 units, guessed from its first byte: the font is the
 * reader's. Guesses are on the wide side; from three bytes up, most scripts are square. */
static double glyph_width(char first) {
  unsigned char byte = (unsigned char)first;
  return byte >= 0xE0 ? 14 : byte >= 'A' && byte <= 'Z' ? 9.6 : 7.8;
}

void chart_text_within(FILE *out, const char *text, double width) {
  const char *cut = text; /* where to cut so that an ellipsis still fits */
  const char *c = text;
  double used = 0;
  while (*c && used + glyph_width(*c) <= width) {
    used += glyph_width(*c++);
    while (continues(*c))
      c++; /* never split a code point */
    if (used + 14 <= width)
      cut = c;
  }
  bool whole = *c == '\0';
  for (const char *end = whole ? c : cut; text < end; text++)
    put_char(out, *text);
  if (!whole)
    (void)fputs("…", out);
}

static double x_at(const struct chart *chart, double x) {
  double part = (x - chart->x.low) / (chart->x.high - chart->x.low);
  return LEFT + part * (CHART_WIDTH - LEFT - RIGHT);
}

static double y_at(const struct chart *chart, double y) {
  double part = (y - chart->y.low) / (chart->y.high - chart->y.low);
  return CHART_HEIGHT - BOTTOM - part * (CHART_HEIGHT - TOP - BOTTOM);
}

/* A step of 1, 2 or 5 times a power of ten that gives about six ticks. */
static double tick_step(const struct axis *axis) {
  double rough = (axis->high - axis->low) / 6;
  double power = pow(10, floor(log10(rough)));
  double lead = rough / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

/* Relative costs of a thousand calls go into the millions: seven digits a tick would run
 * into each other, so that an axis of large numbers counts in thousands or millions. */
static double tick_unit(const struct axis *axis, const char **suffix) {
  double most = fmax(fabs(axis->low), fabs(axis->high));
  *suffix = axis->unit == AXIS_PERCENT ? " %" : most >= 2e6 ? "M" : most >= 1e4 ? "k" : "";
  return axis->unit == AXIS_PERCENT ? 0.01 : most >= 2e6 ? 1e6 : most >= 1e4 ? 1e3 : 1;
}

static void put_tick_text(FILE *out, const struct axis *axis, double value, double step) {
  const char *suffix;
  double unit = tick_unit(axis, &suffix);
  double shown = value / unit, shown_step = step / unit;
  int digits = shown_step >= 1 ? 0 : (int)ceil(-log10(shown_step) - 1e-9);
  if (fabs(shown) < shown_step / 1000)
    shown = 0; /* no "-0" */
  (void)fprintf(out, "%.*f%s", digits, shown, suffix);
}

/* Ticks begin and end within the axis; the slack keeps rounding from losing the last. */
static void put_x_ticks(const struct chart *chart) {
  double step = tick_step(&chart->x);
  double bottom = CHART_HEIGHT - BOTTOM;
  for (double v = ceil(chart->x.low / step - 1e-9) * step; v <= chart->x.high + step * 1e-6;
       v += step) {
    double x = x_at(chart, v);
    (void)fprintf(chart->out,
                  "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>"
                  "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                  x, TOP, x, bottom, x, bottom + 22);
    put_tick_text(chart->out, &chart->x, v, step);
    (void)fputs("</text>\n", chart->out);
  }
}

static void put_y_ticks(const struct chart *chart) {
  double step = tick_step(&chart->y);
  for (double v = ceil(chart->y.low / step - 1e-9) * step; v <= chart->y.high + step * 1e-6;
       v += step) {
    double y = y_at(chart, v);
    (void)fprintf(chart->out,
                  "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                  "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                  LEFT, y, CHART_WIDTH - RIGHT, y, LEFT - 7, y + 5);
    put_tick_text(chart->out, &chart->y, v, step);
    (void)fputs("</text>\n", chart->out);
  }
}

static void put_titles(const struct chart *chart) {
  (void)fprintf(chart->out, "<text class=\"axis\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                (LEFT + CHART_WIDTH - RIGHT) / 2.0, CHART_HEIGHT - 10);
  chart_text(chart->out, chart->x.title);
  (void)fprintf(chart->out,
                "</text>\n<text class=\"axis\" transform=\"translate(14 %.1f) rotate(-90)\" "
                "text-anchor=\"middle\">",
                (TOP + CHART_HEIGHT - BOTTOM) / 2.0);
  chart_text(chart->out, chart->y.title);
  (void)fputs("</text>\n", chart->out);
}

void chart_begin(const struct chart *chart, const char *name, const char *description) {
  (void)fprintf(chart->out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", CHART_WIDTH,
                CHART_HEIGHT);
  chart_text(chart->out, name);
  (void)fputs("\"><desc>", chart->out);
  chart_text(chart->out, description);
  (void)fputs("</desc>\n", chart->out);
  put_x_ticks(chart);
  put_y_ticks(chart);
  put_titles(chart);
}

void chart_line(const struct chart *chart, const char *class_names,
                const struct chart_point *points, size_t count) {
  (void)fprintf(chart->out, "<polyline class=\"%s\" points=\"", class_names);
  for (size_t i = 0; i < count; i++)
    (void)fprintf(chart->out, "%s%.1f,%.1f", i > 0 ? " " : "", x_at(chart, points[i].x),
                  y_at(chart, points[i].y));
  (void)fputs("\"/>\n", chart->out);
}

void chart_dot(const struct chart *chart, const char *class_names, struct chart_point at,
               double radius, const char *name) {
  (void)fprintf(chart->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>",
                class_names, x_at(chart, at.x), y_at(chart, at.y), radius);
  chart_text(chart->out, name);
  (void)fputs("</title></circle>\n", chart->out);
}

void chart_badge(const struct chart *chart, struct chart_point at, size_t number,
                 const char *name) {
  chart_dot(chart, "badge", at, 9, name);
  (void)fprintf(chart->out,
                "<text class=\"number\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%zu</text>\n",
                x_at(chart, at.x), y_at(chart, at.y) + 5, number);
}

void chart_end(const struct chart *chart) {
  (void)fputs("</svg>\n", chart->out);
}

struct axis chart_range(const struct chart_point *points, size_t count, enum axis_unit unit,
                        const char *title) {
  struct axis axis = {INFINITY, -INFINITY, unit, title};
  for (size_t i = 0; i < count; i++) {
    axis.low = fmin(axis.low, points[i].y);
    axis.high = fmax(axis.high, points[i].y);
  }
  double room = (axis.high - axis.low) * 0.04;
  if (!(room > 0))
    room = 0.05; /* a flat line still needs a height */
  axis.low -= room;
  axis.high += room;
  return axis;
}
