/* report_cells.c - how figures are written in the report's tables. */
#include "bench/accuracy/report_cells.h"

#include <math.h>

/* A dash is what is not known. The interval is left out where it is as good as a point. */
void report_cell(FILE *out, const struct estimate *e, double scale, int digits, const char *unit) {
  if (!isfinite(e->value)) {
    (void)fputs("<td>–</td>", out);
    return;
  }
  (void)fprintf(out, "<td>%.*f%s", digits, e->value * scale, unit);
  if (isfinite(e->low) && isfinite(e->high) && e->high - e->low > 1e-9)
    (void)fprintf(out, "<small>%.*f to %.*f</small>", digits, e->low * scale, digits,
                  e->high * scale);
  (void)fputs("</td>", out);
}

/* What has no interval by its nature. */
void report_number(FILE *out, double value, int digits) {
  report_cell(out, &(struct estimate){value, NAN, NAN}, 1, digits, "");
}
