/* predictions.h - what the model says of each row, for scripts: --predictions FILE. */
#ifndef TIERD_BENCH_PREDICTIONS_H
#define TIERD_BENCH_PREDICTIONS_H

#include <stdbool.h>

#include "bench/accuracy/data.h"

/* Writes tab-separated lines under a line of names, in the order of the rows. Needs a
 * model (tiers_count above 0). False after a message on standard error. */
bool predictions_write(const struct bench_data *data, const char *path);

#endif
