/* read_file.c - file_read() for settings and catalogues: the messages name the file. */
#include "daemon/config/read_file.h"

#include <stdio.h>

#include "classifier/text/file_read.h"

bool read_file(const char *path, size_t bytes_max, char **bytes, size_t *len, char *why,
               size_t why_size) {
  char what[128];
  if (file_read(path, bytes_max, bytes, len, what, sizeof what) == FILE_READ_OK)
    return true;
  snprintf(why, why_size, "%s: %s", path, what);
  return false;
}
