/* views.h - the forms of a report. All of them show the same figures. */
#ifndef TIERD_CTL_REPORT_VIEWS_H
#define TIERD_CTL_REPORT_VIEWS_H

#include <stdio.h>

#include "daemon/ctl/report/summary.h"
#include "daemon/ctl/term.h"

/* Tables for a terminal. False when memory is out. */
bool report_print_tables(const struct report_summary *summary, const struct term *term);

/* One JSON object, amounts in decimal USD to the nano-dollar, and a line feed. False when
 * memory is out. */
bool report_print_json(const struct report_summary *summary, FILE *out);

/* The HTML page. Errors of writing are kept by the stream. */
void report_print_page(const struct report_summary *summary, FILE *out);

#endif
