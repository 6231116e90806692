/* fit_arguments.h - the command line of `tier-train fit`. */
#ifndef TIERD_TRAIN_FIT_ARGUMENTS_H
#define TIERD_TRAIN_FIT_ARGUMENTS_H

#include "classifier/train/command_data.h"
#include "classifier/train/fit.h"

/* The texts point into argv. */
struct fit_arguments {
  const char *data[COMMAND_FILES_MAX];
  size_t data_count;
  const char *shards[COMMAND_FILES_MAX];
  size_t shards_count;
  bool in_shards; /* words that follow are shards, not logs */
  const char *tiers;
  const char *out;
  const char *created;
  const char *baseline; /* NULL for the prior */
  const char *prior;    /* NULL for the shipped one, "none" for none */
  bool force;
  bool strict;
  bool scale;
  bool scale_given;
  struct fit_options fit;
};

/* Prints help and returns true when --help, -h or --help-all is among the arguments. */
bool fit_help(int argc, char **argv);

/* False when they are wrong, which has then been said on standard error. */
bool fit_arguments_parse(struct fit_arguments *arguments, int argc, char **argv);

#endif
