/* risk.h - how often a tier fails, bounded on rows that were held out. */
#ifndef TIERD_TRAIN_RISK_H
#define TIERD_TRAIN_RISK_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model_internal.h"

/* Rows of one tier: its probability of being good enough, out of fold; how good it was,
 * 0 to 1; and the row's weight. */
struct risk_rows {
  size_t count;
  float *probability, *good, *weight;
};

/* The table of classifier/svm/model.h's model_risk()..
 *
 * For every least probability p the risk is (n R + 1) / (n + 1), R being the mean failure
 * of the n rows at or above p: conformal risk control (A. Angelopoulos, S. Bates, A.
 * Fisch, L. Lei, T. Schuster: Conformal Risk Control, ICLR 2024), with failures of at
 * most 1 and Kish's effective n for weighted rows. */
bool risk_fit(struct model_risks *risks, const struct risk_rows *rows);

/* Of the rows that are let through by a bound on the risk, the share that failed,
 * weighted; NaN when none is. */
double risk_realised(const struct model_risks *risks, const struct risk_rows *rows, double bound);

/* The least probability whose risk is within the bound, and which leaves no more itself;
 * 2 when there is none. */
float risk_threshold(const struct model_risks *risks, double bound);

#endif
