/* report.h - a load's result, for people and for programs. */
#ifndef TIERD_BENCH_LOAD_REPORT_H
#define TIERD_BENCH_LOAD_REPORT_H

#include "bench/load/client.h"

void report_text(const struct load_plan *plan, const struct load_result *result);

/* One JSON object and a newline; times in microseconds, what is not known null. False
 * when memory is out. */
bool report_json(const struct load_plan *plan, const struct load_result *result);

#endif
