/* labelled_log.h - reads labelled logs: one JSON object a line.
 *
 * What the decision log and the feedback endpoint together write, and what
 * tier-train and tier-bench read. The fields are described in the project's
 * README, "Labelled logs". A line that cannot be read is reported with file and
 * line number and skipped, or ends the reading when strict is set.
 *
 *   struct labelled_log log;
 *   labelled_log_init(&log);
 *   if (!labelled_log_read(&log, "a.jsonl", &options)) ...   // call once a file
 *   for (size_t i = 0; i < log.rows_count; i++) use(&log.rows[i]);
 *   labelled_log_deinit(&log);
 */
#ifndef TIERD_TRAIN_LABELLED_LOG_H
#define TIERD_TRAIN_LABELLED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "classifier/features/conversation.h"

/* What one model made of one prompt. Absent numbers are -1. */
struct outcome {
  uint32_t model; /* index into labelled_log.models */
  double score;   /* 0 to 1 */
  double input_tokens;
  double output_tokens;
  double output_chars;
  double cost_usd;
};

/* What is kept of a prompt's words in a shard of feature rows (shard.h): enough to train
 * on, and no text. Buckets and bits come as often as they occur. */
struct hashed_text {
  const uint16_t *ngrams; /* buckets of n-grams, of which the table of kinds' bits count */
  size_t ngrams_count;
  const uint32_t *words; /* bits of the set of known words, numbers left out */
  size_t words_count;
  double chars; /* in all turns, as decisions_length() counts them */
};

/* One line. All strings are NUL-terminated and owned by the log. */
struct labelled_row {
  const char *id;       /* never NULL; "" when the line has none */
  const char *task;     /* "" when absent */
  const char *source;   /* "" when absent */
  const char *lang;     /* "" when absent */
  const char *original; /* of a paraphrase, its original prompt; else NULL */
  const char *label;    /* tier name when "label" is a string; else NULL */
  struct conversation conversation;
  const float *vector; /* FEATURES_COUNT numbers of a line without text, whose conversation
                          is then empty; NULL when there is text */
  const struct hashed_text *hashed; /* with vector, of a row from a shard that had text; else
                                       NULL */
  struct outcome *outcomes;
  size_t outcomes_count;
  bool weak;         /* an outcome is only inferred from the question having been asked again */
  double propensity; /* the chance that the router had of choosing the tier whose outcome this
                        is, above 0 and at most 1; 1 when absent */
  uint32_t file;     /* index into labelled_log.files */
  uint32_t line;     /* from 1 */
};

struct labelled_file {
  char *path;
  char hash[33]; /* XXH128 of the bytes, in hexadecimal, as `xxhsum -H2` prints it */
  size_t rows_count;
  size_t bad_lines_count;
};

struct labelled_log {
  struct labelled_row *rows;
  size_t rows_count;
  char **models; /* names in the order of first occurrence */
  size_t models_count;
  struct labelled_file *files;
  size_t files_count;
  struct labelled_log_memory *memory; /* everything the rows point to */
};

struct labelled_log_options {
  bool strict;       /* stop at the first bad line */
  FILE *diagnostics; /* where bad lines are reported; NULL for nowhere */
  bool vectors;      /* take lines that have "features" and no text */
};

void labelled_log_init(struct labelled_log *log);

/* Appends the rows of the file at path. False when the file cannot be read, or
 * strict is set and a line is bad; the reason has then been written to
 * diagnostics and the log still holds what it held, and may be read on. */
bool labelled_log_read(struct labelled_log *log, const char *path,
                       const struct labelled_log_options *options);

/* The index of a model's name, or SIZE_MAX when no outcome names it. */
size_t labelled_log_model(const struct labelled_log *log, const char *name);

/* The outcome of one model on one row, or NULL. */
const struct outcome *labelled_row_outcome(const struct labelled_row *row, size_t model);

void labelled_log_deinit(struct labelled_log *log);

#endif
