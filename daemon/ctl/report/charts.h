/* charts.h - the drawings of the report's page. Each writes a <figure>, or nothing where
 * there is nothing to draw. Their classes are styled by view_page.c. */
#ifndef TIERD_CTL_REPORT_CHARTS_H
#define TIERD_CTL_REPORT_CHARTS_H

#include <stdio.h>

#include "daemon/ctl/report/summary.h"

void report_chart_waterfall(const struct report_summary *summary, FILE *out);
void report_chart_waste(const struct report_summary *summary, FILE *out);
void report_chart_tiers(const struct report_summary *summary, FILE *out);
void report_chart_hours(const struct report_summary *summary, FILE *out);
void report_chart_bill(const struct report_summary *summary, FILE *out);
void report_chart_calibration(const struct report_summary *summary, FILE *out);

#endif
