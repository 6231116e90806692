/* file_read.h - a whole file in memory, up to a limit. */
#ifndef TIERD_TEXT_FILE_READ_H
#define TIERD_TEXT_FILE_READ_H

#include <stddef.h>

enum file_status {
  FILE_READ_OK = 0,
  FILE_READ_OPEN, /* cannot be opened; errno says why */
  FILE_READ_IO,
  FILE_READ_TOO_LARGE,
  FILE_READ_MEMORY
};

/* Reads the file at path into *bytes, which the caller frees; *len is its size and a NUL
 * follows the last byte. Otherwise *bytes is NULL and why (at most why_size bytes) says
 * what went wrong; the path is not in it. */
enum file_status file_read(const char *path, size_t bytes_max, char **bytes, size_t *len, char *why,
                           size_t why_size);

#endif
