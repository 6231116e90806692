/* chart.h - line charts as inline SVG, styled by classes of the page.
 *
 *   struct chart chart = {.out = file, .x = {0, 1, AXIS_PERCENT, "strong calls"}, ...};
 *   chart_begin(&chart, "Deferral", "what it shows, for screen readers");
 *   chart_line(&chart, "series router", points, count);
 *   chart_end(&chart);
 */
#ifndef TIERD_BENCH_CHART_H
#define TIERD_BENCH_CHART_H

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

enum { CHART_WIDTH = 640, CHART_HEIGHT = 400 };

/* Text with the characters of HTML escaped. */
void chart_text(FILE *out, const char *text);

/* Opens the SVG and draws the grid, the ticks and the titles of the axes. */
void chart_begin(const struct chart *chart, const char *name, const char *description);
/* A line through points; class_names goes into the class attribute. */
void chart_line(const struct chart *chart, const char *class_names,
                const struct chart_point *points, size_t count);
/* A dot with a name that shows when pointed at. */
void chart_dot(const struct chart *chart, const char *class_names, struct chart_point at,
               double radius, const char *name);
void chart_end(const struct chart *chart);

/* The widest range of points, with a little room; for axes. */
struct axis chart_range(const struct chart_point *points, size_t count, enum axis_unit unit,
                        const char *title);

#endif
