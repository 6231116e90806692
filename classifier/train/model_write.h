/* model_write.h - a fit to a model file. The format: classifier/svm/model_internal.h. */
#ifndef TIERD_TRAIN_MODEL_WRITE_H
#define TIERD_TRAIN_MODEL_WRITE_H

#include <stdbool.h>

#include "classifier/train/fit.h"
#include "classifier/train/labelled_log.h"
#include "classifier/train/tier_map.h"

/* Writes the file beside path and renames it there, so that a reader sees the old
 * model or the new one. created is UTC in ISO 8601. The file is read back and
 * parsed before it is renamed. False with why filled on failure; path is then as
 * it was. */
bool model_write(const struct fit *fit, const struct labelled_log *log, const struct tier_map *map,
                 const struct fit_options *options, const char *created, const char *path,
                 char *why, size_t why_size);

#endif
