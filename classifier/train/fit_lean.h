/* fit_lean.h - which is to be written: the prior with new probabilities, the prior bent
 * towards the log, or the fit from nothing? */
#ifndef TIERD_TRAIN_FIT_LEAN_H
#define TIERD_TRAIN_FIT_LEAN_H

#include <stdbool.h>

#include "classifier/train/fit.h"

/* Lets the prior, what lean_train() makes of it, and the fit as it stands (if plain says
 * that it has heads) compete by their margins out of fold; each has to beat the one before
 * it by more than the standard error. Where the fit loses, its heads, scales, kinds and
 * margins are replaced by the winner's; the probabilities are then still to be
 * calibrated. fit->lean says what happened. False with why filled when memory is out; fit
 * is then still to be released. */
bool fit_lean(struct fit *fit, const struct fit_options *options, bool plain, char *why,
              size_t why_size);

/* Adds the prior's words to those of the log, and keeps what it calls usual. */
void fit_lean_words(struct fit *fit, const struct fit_options *options);

/* The probabilities of a tier that the log says nothing of: the prior's. */
void fit_lean_calibration(struct fit *fit, const struct fit_options *options, size_t tier);

#endif
