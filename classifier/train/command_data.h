/* command_data.h - what the subcommands share: --data and --tiers, read into memory,
 * and text from a log made fit for a terminal. */
#ifndef TIERD_TRAIN_COMMAND_DATA_H
#define TIERD_TRAIN_COMMAND_DATA_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/train/dataset.h"
#include "classifier/train/decisions.h"

enum { COMMAND_FILES_MAX = 4096, COMMAND_MODELS_MAX = 2 };

struct command_data {
  const char *name; /* "tier-train eval", in front of every message */
  const char *models[COMMAND_MODELS_MAX];
  size_t models_count;
  const char *files[COMMAND_FILES_MAX];
  size_t files_count;
  const char *tiers;
  bool strict;
  struct labelled_log log;
  struct tier_map map;
  struct dataset dataset;
};

/* Prints usage and returns true when --help or -h is among the arguments. */
bool command_help(int argc, char **argv, const char *usage);

/* Each of these writes why not to standard error and returns false. */
bool command_misused(const char *name, const char *what);
bool command_add_file(struct command_data *data, const char *path);

/* A word that is no option: a file when it follows --data and its files, which
 * after_data says, else one of at most models_max models. */
bool command_add_word(struct command_data *data, const char *word, bool after_data,
                      size_t models_max);

/* Reads logs into log, which labelled_log_init() has prepared. Bad lines are reported
 * with file and line, and counted at the end. */
bool command_read_logs(const char *const *files, size_t files_count, bool strict,
                       struct labelled_log *log);

/* Reads the tier map and the logs and builds the dataset. Prepares data->log itself;
 * data is to be released either way. */
bool command_data_read(struct command_data *data);

/* Loads a model whose tiers are the map's. *out is the caller's. */
bool command_load_model(const char *name, const char *path, const struct tier_map *map,
                        struct model **out);

size_t command_bad_lines(const struct labelled_log *log);

/* Prints the tree and a newline, and deletes it. False when memory is out. */
bool command_print_json(cJSON *object);

void command_data_deinit(struct command_data *data);

/* Copies text as valid UTF-8 without control characters, at most characters_max
 * characters, and "..." when there was more; out is always NUL-terminated. */
void command_show(char *out, size_t size, struct span text, size_t characters_max);

#endif
