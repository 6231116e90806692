/* model_file.h - a model's file as bytes, a hash and, if it is good, a model. */
#ifndef TIERD_OPS_MODEL_FILE_H
#define TIERD_OPS_MODEL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model.h"

enum { MODEL_HASH_MAX = 33 }; /* XXH128 of the whole file in hex, and NUL */

struct model_file {
  char *bytes;
  size_t len;
  char hash[MODEL_HASH_MAX];
};

/* Reads a file that somebody named: a regular file of root's or the daemon's own user,
 * that neither group nor others may write to, and no larger than a model may be. Links
 * are followed. False with why filled; else out is to be freed by model_file_deinit(). */
bool model_file_read(const char *path, struct model_file *out, char *why, size_t why_size);

/* Likewise, whosever it is: for a path out of the settings. */
bool model_file_read_any(const char *path, struct model_file *out, char *why, size_t why_size);

/* directory/name as in model_file_read(), and no link. */
bool model_file_read_state(const char *directory, const char *name, struct model_file *out,
                           char *why, size_t why_size);

void model_file_deinit(struct model_file *file); /* also one that was not read */

/* The model in it, for the caller to destroy; NULL with why filled. name is what the
 * message calls it. */
struct model *model_file_parse(const struct model_file *file, const char *name, char *why,
                               size_t why_size);

#endif
