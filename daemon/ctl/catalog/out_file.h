/* out_file.h - a file that is there as a whole or not at all. */
#ifndef TIERD_CTL_CATALOG_OUT_FILE_H
#define TIERD_CTL_CATALOG_OUT_FILE_H

#include <stdbool.h>

#include "classifier/text/span.h"

enum { OUT_FILE_WHY_MAX = 400 };

/* Writes text to path by way of a temporary file beside it. A file that is there is
 * replaced only with force. False with why filled otherwise. */
bool out_file_write(const char *path, struct span text, bool force, char why[OUT_FILE_WHY_MAX]);

#endif
