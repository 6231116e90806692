/* read_file.h - a whole file in memory, up to a limit. */
#ifndef TIERD_CONFIG_READ_FILE_H
#define TIERD_CONFIG_READ_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the file at path into *bytes, which the caller frees; *len is its size and
 * a NUL follows the last byte. False with a sentence in why (at most why_size
 * bytes, file name included) when it cannot be read or has more than bytes_max. */
bool read_file(const char *path, size_t bytes_max, char **bytes, size_t *len, char *why,
               size_t why_size);

#endif
