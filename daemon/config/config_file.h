/* config_file.h - settings from "key = value" lines. */
#ifndef TIERD_CONFIG_FILE_H
#define TIERD_CONFIG_FILE_H

#include <stddef.h>

#include "daemon/config/config.h"

enum { CONFIG_FILE_BYTES_MAX = 1024 * 1024 };

/* Reads the file at path into config. False with err filled ("FILE:LINE: ...")
 * at the first thing that is wrong; config then holds what stood above it. */
bool config_file_read(struct config *config, const char *path, struct config_error *err);

/* The same from memory; name stands for the file in errors. */
bool config_file_parse(struct config *config, const char *name, const char *text, size_t len,
                       struct config_error *err);

#endif
