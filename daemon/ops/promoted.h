/* promoted.h - the model files of the state directory, and which of them decides.
 *
 *   candidate.tier   the model in shadow
 *   promoted.tier    decides in place of --model's
 *   previous.tier    decided before, for a rollback
 *
 * The record (promotion_record.h) says by hash which model has which part, and to write
 * it is what promotes or rolls back. The names follow later: a file is found by its hash
 * under any of the three, so that a crash between two renames loses nothing. */
#ifndef TIERD_OPS_PROMOTED_H
#define TIERD_OPS_PROMOTED_H

#include "daemon/ops/promotion_record.h"

#define PROMOTED_CANDIDATE "candidate.tier"
#define PROMOTED_CURRENT "promoted.tier"
#define PROMOTED_PREVIOUS "previous.tier"

/* How --model's file and the record get along. */
struct promoted_choice {
  bool promoted;                            /* the promoted model decides */
  char file_version[PROMOTION_VERSION_MAX]; /* of --model's file */
  char set_aside[PROMOTION_VERSION_MAX];    /* a promoted model that does not decide any more,
                                               since --model is another than it was promoted
                                               over; else "" */
};

/* Puts the promoted model of directory, if there is one for it, in the place of *model,
 * which is that of --model's file and is destroyed then. False with why filled, *model
 * being as it was: what was promoted must not be lost without a word. */
bool promoted_choose(const char *directory, struct model **model, struct promoted_choice *out,
                     char *why, size_t why_size);

/* Gives the files the names of their parts and removes those that have none. Says on
 * standard error what fails: the record holds in any case. */
void promoted_tidy(const char *directory, const struct promotion_record *record);

#endif
