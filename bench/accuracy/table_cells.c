/* table_cells.c - how a figure is written in a cell; where it stands is its table's
 * matter. */
#include "bench/accuracy/table_cells.h"

#include <math.h>
#include <stdio.h>

struct cell cell_number(double value, double scale, int digits, const char *unit) {
  struct cell cell;
  if (isfinite(value))
    (void)snprintf(cell.text, sizeof cell.text, "%.*f%s", digits, value * scale, unit);
  else
    (void)snprintf(cell.text, sizeof cell.text, "-");
  return cell;
}

struct cell cell_interval(const struct estimate *e, double scale, int digits, const char *unit) {
  struct cell cell = cell_number(e->value, scale, digits, unit);
  if (isfinite(e->value) && isfinite(e->low) && isfinite(e->high))
    (void)snprintf(cell.text, sizeof cell.text, "%.*f%s [%.*f, %.*f]", digits, e->value * scale,
                   unit, digits, e->low * scale, digits, e->high * scale);
  return cell;
}
