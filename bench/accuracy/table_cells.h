/* table_cells.h - figures as short texts for the tables on a terminal. */
#ifndef TIERD_BENCH_TABLE_CELLS_H
#define TIERD_BENCH_TABLE_CELLS_H

#include "bench/accuracy/bootstrap.h"
#include "bench/accuracy/findings.h"

enum { CELL_BYTES = 48, NAME_COLUMNS = 34 };

struct cell {
  char text[CELL_BYTES];
};

/* A dash for what is not known. */
struct cell cell_number(double value, double scale, int digits, const char *unit);

/* "0.637 [0.601, 0.671]", or the bare value when there is no interval. */
struct cell cell_interval(const struct estimate *e, double scale, int digits, const char *unit);

/* Parts of the table that are in out_table_rates.c: the estimates of tokens and costs, and
 * what decisions came to by data set, task and language. */
void table_print_estimates(const struct findings *findings);
void table_print_decisions(const struct findings *findings);

#endif
