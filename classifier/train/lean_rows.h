/* lean_rows.h - a dataset as a prior model sees it. */
#ifndef TIERD_TRAIN_LEAN_ROWS_H
#define TIERD_TRAIN_LEAN_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/dataset.h"

/* So few rows with text do not tell at what level the kinds of this log lie. */
enum { LEAN_TEXT_ROWS_MIN = 50 };

struct lean_rows {
  const struct dataset *dataset;
  const struct model *model;
  size_t stride;
  float *x;          /* by the prior's scales, stride floats an example */
  float *posteriors; /* a share for each of the prior's kinds, an example after the other */
  bool flat;         /* too few rows have text: no row's kind is looked at, all kinds lie
                        at the mean of the levels */
  /* The two parts of each machine's margin, an entry an example. */
  float *features[MODEL_TIERS_MAX];
  float *levels[MODEL_TIERS_MAX];
};

/* dataset and model, which must be linear, must outlive rows. False when memory is out;
 * rows is then empty. */
bool lean_rows_init(struct lean_rows *rows, const struct dataset *dataset,
                    const struct model *model);

/* What the prior says of an example. */
float lean_rows_margin(const struct lean_rows *rows, size_t machine, size_t example);

void lean_rows_deinit(struct lean_rows *rows);

#endif
