/* labelled_log_internal.h - what the files that read labelled logs share. */
#ifndef TIERD_TRAIN_LABELLED_LOG_INTERNAL_H
#define TIERD_TRAIN_LABELLED_LOG_INTERNAL_H

#include <cjson/cJSON.h>

#include "classifier/train/labelled_log.h"
#include "classifier/train/log_lines.h"
#include "classifier/train/log_memory.h"

enum { LABELLED_DEPTH_MAX = 64, LABELLED_NODES_MAX = 2000000, LABELLED_MODELS_MAX = 1024 };

enum labelled_status {
  LABELLED_OK = 0,
  LABELLED_BAD,   /* the line is to blame; the complaint says why */
  LABELLED_MEMORY /* memory is short */
};

struct labelled_complaint {
  char what[192];     /* "outcome of \"m\": score is 2" */
  char expected[128]; /* "a number from 0 to 1" */
};

/* Fills the complaint and returns LABELLED_BAD. what is a printf format. */
enum labelled_status labelled_complain(struct labelled_complaint *complaint, const char *expected,
                                       const char *what, ...) __attribute__((format(printf, 3, 4)));

/* Parses one line into *row, whose strings go to the log's memory; file and line
 * are left alone. text is modified. New models are appended to the log. vectors says
 * whether "features" will do where there is no text. */
enum labelled_status labelled_line_parse(struct labelled_log *log, char *text, size_t len,
                                         bool vectors, struct labelled_row *row,
                                         struct labelled_complaint *complaint);

/* Fills what a row says of its prompt: conversation, vector or hashed. */
typedef enum labelled_status (*labelled_content)(struct labelled_log *log, const cJSON *line,
                                                 struct labelled_row *row,
                                                 struct labelled_complaint *complaint,
                                                 void *context);

/* The same, with the content from elsewhere than the line's text. */
enum labelled_status labelled_line_parse_with(struct labelled_log *log, char *text, size_t len,
                                              labelled_content content, void *context,
                                              struct labelled_row *row,
                                              struct labelled_complaint *complaint);

/* Takes one line that is not blank. */
typedef enum labelled_status (*labelled_taker)(void *context, struct log_lines *lines,
                                               struct labelled_complaint *complaint);

/* Gives each line of what was opened to take, reports the bad ones as options say and
 * counts them in file, whose path stands in front of them. False, with the reason
 * reported, when the file cannot be taken to its end. */
bool labelled_lines_each(struct labelled_file *file, struct log_lines *lines,
                         const struct labelled_log_options *options, labelled_taker take,
                         void *context);

/* Appends a row, whose strings are in the log's memory. False when memory is short. */
bool labelled_log_append_row(struct labelled_log *log, const struct labelled_row *row);

/* Appends a file, its path copied. False when memory is short. */
bool labelled_log_append_file(struct labelled_log *log, const struct labelled_file *file);

/* Has the line "features" and no text? */
bool labelled_vector_stands_alone(const cJSON *line);

/* The vector of such a line, FEATURES_COUNT numbers in the log's memory. */
enum labelled_status labelled_vector(struct labelled_log_memory *memory, const cJSON *line,
                                     const float **out, struct labelled_complaint *complaint);

/* The conversation of a line: "messages" when present, else "prompt". */
enum labelled_status labelled_conversation(struct labelled_log_memory *memory, const cJSON *line,
                                           struct conversation *conversation,
                                           struct labelled_complaint *complaint);

/* The index of a model that is added when new. LABELLED_BAD when the log holds
 * LABELLED_MODELS_MAX models already. */
enum labelled_status labelled_log_add_model(struct labelled_log *log, const char *name,
                                            uint32_t *index, struct labelled_complaint *complaint);

#endif
