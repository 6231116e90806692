/* catalog_load.h - reads the catalogue's JSON into router's struct.
 *
 * The format is described in models/README.md and at the head of
 * models/catalog.json: JSON with comments, prices in USD per million tokens,
 * null for what is not published. Unknown keys are errors that name their path.
 */
#ifndef TIERD_CONFIG_CATALOG_LOAD_H
#define TIERD_CONFIG_CATALOG_LOAD_H

#include <stdbool.h>

#include "daemon/router/catalog.h"

enum { CATALOG_FILE_BYTES_MAX = 16 * 1024 * 1024 };

struct catalog_error {
  char text[512]; /* what, where (file and JSON pointer or line), what was expected */
};

/* Reads the file at path into *out, which the caller releases with
 * catalog_unload(). False with err filled otherwise, *out then untouched. */
bool catalog_load(const char *path, struct catalog *out, struct catalog_error *err);

/* The same from memory; name stands for the file in errors. text is modified. */
bool catalog_parse(const char *name, char *text, size_t len, struct catalog *out,
                   struct catalog_error *err);

void catalog_unload(struct catalog *catalog);

#endif
