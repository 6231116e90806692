/* chart.h - line charts as inline SVG, styled by classes of the page.
 *
 *   struct chart chart = {.out = file, .x = {0, 1, AXIS_PERCENT, "strong calls"}, ...};
 *   chart_begin(&chart, "Deferral", "what it shows, for screen readers");
 *   chart_line(&chart, "series router", points, count);
 *   chart_end(&chart);
 */
#ifndef TIERD_PAGE_CHART_H
#define TIERD_PAGE_CHART_H

#include <stddef.h>
#include <stdio.h>

enum axis_unit { AXIS_NUMBER, AXIS_PERCENT };

struct axis {
  double low, high;
  enum axis_unit unit;
  const char *title;
};

struct chart {
  FILE *out;
  struct axis x, y;
};

struct chart_point {
  double x, y;
};

/* In units that are about a CSS pixel on a wide screen and 0.7 of one on a telephone:
 * type of 14 units is legible on both. */
enum { CHART_WIDTH = 480, CHART_HEIGHT = 340 };

/* Text with the characters of HTML escaped. */
void chart_text(FILE *out, const char *text);

/* The same, but cut with an ellipsis so that it keeps within width units. */
void chart_text_within(FILE *out, const char *text, double width);

/* Opens the SVG and draws the grid, the ticks and the titles of the axes. */
void chart_begin(const struct chart *chart, const char *name, const char *description);
/* A line through points; class_names goes into the class attribute. */
void chart_line(const struct chart *chart, const char *class_names,
                const struct chart_point *points, size_t count);
/* A dot with a name that shows when pointed at, and is read out. */
void chart_dot(const struct chart *chart, const char *class_names, struct chart_point at,
               double radius, const char *name);
/* A number from 1 to 9 in a circle, which the legend explains: names of models are long
 * and would lie upon each other. */
void chart_badge(const struct chart *chart, struct chart_point at, size_t number, const char *name);
void chart_end(const struct chart *chart);

/* The widest range of points, with a little room; for axes. */
struct axis chart_range(const struct chart_point *points, size_t count, enum axis_unit unit,
                        const char *title);

#endif
