/* decide.h - what a prediction means as a tier, and what is good enough. */
#ifndef TIERD_BENCH_DECIDE_H
#define TIERD_BENCH_DECIDE_H

#include "bench/accuracy/data.h"

/* An outcome this far below the top model's still counts as good enough. */
#define GOOD_ENOUGH_MARGIN 0.1

/* The tier that the model's policy takes for these probabilities, at the costs that the
 * model was measured with. */
size_t decide_tier(const struct bench_data *data, const double *good);

/* The ladder's model that serves a tier: the cheapest that stands for it or higher. */
size_t decide_model(const struct bench_data *data, size_t tier);

/* Did model m of the ladder do as well as the top one, within the margin? The row
 * has to be complete. */
bool decide_good(const struct bench_data *data, const struct bench_row *row, size_t m);

/* The tier that a row's label names, or SIZE_MAX. */
size_t decide_label(const struct bench_data *data, const struct bench_row *row);

/* The tier predicted for a label: the first that is more likely than not enough. */
size_t decide_class(const struct bench_data *data, const struct bench_row *row);

#endif
