/* file_read.c - a whole file in memory, up to a limit.
 *
 * Reads until the end instead of asking for the size first, so that pipes work
 * (--config <(generate)) and a file that grows meanwhile cannot overrun anything.
 * What the bytes mean, and which file it is in a message, is the callers' business. */
#include "classifier/text/file_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 16 * 1024 };

/* Doubles the buffer until the file ends or more than bytes_max have come. */
static enum file_status read_all(FILE *file, size_t bytes_max, char **bytes, size_t *len) {
  size_t size = FIRST_BYTES;
  for (;;) {
    char *larger = realloc(*bytes, size + 1);
    if (larger == NULL)
      return FILE_READ_MEMORY;
    *bytes = larger;
    *len += fread(*bytes + *len, 1, size - *len, file);
    if (ferror(file))
      return FILE_READ_IO;
    if (*len > bytes_max)
      return FILE_READ_TOO_LARGE;
    if (*len < size)
      return FILE_READ_OK;
    /* One byte more than allowed is asked for, to tell too much from a perfect fit. */
    size = size * 2 > bytes_max + 1 ? bytes_max + 1 : size * 2;
  }
}

enum file_status file_read(const char *path, size_t bytes_max, char **bytes, size_t *len, char *why,
                           size_t why_size) {
  *bytes = NULL;
  *len = 0;
  /* Closed on exec ("e"), for the daemon may start other programs. */
  FILE *file = fopen(path, "rbe");
  if (file == NULL) {
    snprintf(why, why_size, "cannot open: %s", strerror(errno));
    return FILE_READ_OPEN;
  }
  const enum file_status status = read_all(file, bytes_max, bytes, len);
  if (status == FILE_READ_OK)
    (*bytes)[*len] = '\0';
  else if (status == FILE_READ_TOO_LARGE)
    snprintf(why, why_size, "larger than %zu bytes, the most that is read", bytes_max);
  else
    snprintf(why, why_size, "cannot read: %s", strerror(errno));
  if (status != FILE_READ_OK) {
    free(*bytes);
    *bytes = NULL;
  }
  fclose(file);
  return status;
}
