/* table.h - rows of text in aligned columns.
 *
 *   static const struct table_column columns[] = {{"model", TABLE_LEFT, 0, TERM_PLAIN}, ...};
 *   struct ctl_table *table = ctl_table_create(columns, 2);
 *   ctl_table_add(table, TERM_PLAIN, (const char *const[]){"small", "$0.05"});
 *   bool ok = ctl_table_print(table, &term);
 *   ctl_table_destroy(table);
 *
 * Cells are cleaned on the way in (term.h), so they may come from anywhere.
 */
#ifndef TIERD_CTL_TABLE_H
#define TIERD_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ctl/term.h"

enum { TABLE_COLUMNS_MAX = 12 };

enum table_align {
  TABLE_LEFT,
  TABLE_RIGHT,
  TABLE_DECIMAL /* figures line up on their decimal point, words to the right */
};

struct table_column {
  const char *title; /* NULL in every column: no header row */
  enum table_align align;
  size_t columns_max; /* wider cells are cut; 0: never */
  enum term_style style;
};

struct ctl_table; /* owned by whoever created it */

/* columns must outlive the table; count is 1 to TABLE_COLUMNS_MAX. NULL when
 * memory is out; the other functions take NULL and do nothing. */
struct ctl_table *ctl_table_create(const struct table_column *columns, size_t count);

/* Adds a row of as many cells as there are columns; a NULL cell is empty. The
 * cells are copied. Running out of memory is remembered for ctl_table_print(). */
void ctl_table_add(struct ctl_table *table, enum term_style style, const char *const *cells);

/* Prints the rows gathered since the last call and forgets them, with the header
 * before the first. Widths never shrink from one call to the next, so a long
 * table can be printed in portions. False when a row was lost to lack of memory. */
bool ctl_table_print(struct ctl_table *table, const struct term *term);

/* Rows gathered and not yet printed. */
size_t ctl_table_rows(const struct ctl_table *table);

/* Spaces to print before each line; 0 at first. */
void ctl_table_indent(struct ctl_table *table, size_t columns);

void ctl_table_destroy(struct ctl_table *table);

#endif
