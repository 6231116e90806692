/* report_cells.h - cells of the report's tables, and the tables that are in
 * report_rates.c. */
#ifndef TIERD_BENCH_REPORT_CELLS_H
#define TIERD_BENCH_REPORT_CELLS_H

#include <stdio.h>

#include "bench/accuracy/findings.h"

/* A cell with a figure and, small, its interval; a dash when it is not known. */
void report_cell(FILE *out, const struct estimate *e, double scale, int digits, const char *unit);

/* A figure that has no interval. */
void report_number(FILE *out, double value, int digits);

/* What decisions came to, by data set, task and language; nothing where nothing is known. */
void report_decisions(FILE *out, const struct findings *findings);

/* Tokens and costs, estimated against measured: all rows, by group, by model. Likewise. */
void report_estimates(FILE *out, const struct findings *findings);

#endif
