/* platt.h - a probability from a margin by a curve of two parameters, for rows too few
 * to carry isotonic steps. */
#ifndef TIERD_TRAIN_PLATT_H
#define TIERD_TRAIN_PLATT_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/train/isotonic.h"

/* P(good) = 1 / (1 + exp(-(slope * margin + offset))). */
struct platt {
  double slope; /* never below 0: a higher margin never makes a tier less likely */
  double offset;
};

/* The most likely curve for outcomes in 0..1 with weights above 0, both classes eased by
 * Platt's prior so that it stays finite. Rows without a margin must be left out. With no
 * rows it is one half everywhere. */
void platt_fit(struct platt *platt, const float *margins, const float *outcomes,
               const float *weights, size_t count);

double platt_probability(const struct platt *platt, double margin);

/* The curve as a polygon, the form in which a model file holds a calibration; its points
 * lie where the probability passes from near 0 to near 1. */
void platt_table(const struct platt *platt, struct isotonic *table);

/* The mean log loss of the curve that is fitted to these very rows: how well margins
 * tell good from not good, whatever their scale. */
double platt_loss(const float *margins, const float *outcomes, const float *weights, size_t count);

#endif
