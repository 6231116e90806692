/* lean.h - a prior model bent towards a log, no further than the log can carry.
 *
 * Recipes from "as it is" to "new levels and a machine of its own" compete in a
 * cross-validation; all heads follow one recipe, since one alone has more noise than
 * choice. The margins out of fold come from a second cross-validation around the first,
 * so the choice itself does not flatter them. */
#ifndef TIERD_TRAIN_LEAN_H
#define TIERD_TRAIN_LEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/lean_head.h"

struct lean_options {
  size_t first, last;              /* machines to bend, last included */
  float *targets[MODEL_TIERS_MAX]; /* by machine, an entry an example, NaN unknown; NULL
                                      leaves the machine as it is */
  bool lengths;                    /* judged by the mean absolute error, else by ranking */
  size_t folds;
  size_t threads;
  uint64_t seed;
};

struct lean {
  struct lean_recipe recipe; /* chosen on all rows */
  struct lean_head heads[MODEL_TIERS_MAX];
  float *margins[MODEL_TIERS_MAX]; /* out of fold, an entry an example; NaN where the
                                      target is */
};

/* False when memory is out or a machine could not be trained; lean is then empty. */
bool lean_train(struct lean *lean, const struct lean_rows *rows,
                const struct lean_options *options);

/* Puts the prior itself in the place of what was learned. */
void lean_reset(struct lean *lean, const struct lean_rows *rows,
                const struct lean_options *options);

/* What cross-validation says of margins, higher is better: APGR, or minus the log loss
 * where most rows are labels, as the mean over the machines that have targets. False when
 * memory is out. */
bool lean_score(const struct lean_rows *rows, const struct lean_options *options,
                float *const *margins, double *score);

void lean_deinit(struct lean *lean);

#endif
