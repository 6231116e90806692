/* report_charts.h - the drawings of the report. Each writes a <figure> or, where the
 * findings hold nothing to draw, nothing. */
#ifndef TIERD_BENCH_REPORT_CHARTS_H
#define TIERD_BENCH_REPORT_CHARTS_H

#include <stdio.h>

#include "bench/accuracy/findings.h"

/* The router that stands in front: the one under test, else length. */
enum router report_front(const struct findings *findings);

void report_chart_quality(const struct findings *findings, FILE *out);
void report_chart_deferral(const struct findings *findings, FILE *out);
void report_chart_reliability(const struct findings *findings, FILE *out);
void report_chart_savings(const struct findings *findings, FILE *out);
void report_chart_confusion(const struct findings *findings, FILE *out);

#endif
