/* read_file.c - a whole file in memory, up to a limit.
 *
 * Reads until the end instead of asking for the size first, so that pipes work
 * (--config <(generate)) and a file that grows meanwhile cannot overrun anything.
 */
#include "daemon/config/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 16 * 1024 };

/* Doubles the buffer until the file ends or more than bytes_max have come, which
 * shows as *len == bytes_max + 1. False when reading or memory fails, errno set. */
static bool read_all(FILE *file, size_t bytes_max, char **bytes, size_t *len) {
  size_t size = FIRST_BYTES;
  for (;;) {
    char *larger = realloc(*bytes, size + 1);
    if (larger == NULL)
      return false;
    *bytes = larger;
    *len += fread(*bytes + *len, 1, size - *len, file);
    if (ferror(file))
      return false;
    if (*len < size || *len > bytes_max)
      return true;
    size = size * 2 > bytes_max + 1 ? bytes_max + 1 : size * 2;
  }
}

bool read_file(const char *path, size_t bytes_max, char **bytes, size_t *len, char *why,
               size_t why_size) {
  *bytes = NULL;
  *len = 0;
  bool ok = false;
  /* Closed on exec ("e"), for the daemon may start other programs. */
  FILE *file = fopen(path, "rbe");
  if (file == NULL) {
    snprintf(why, why_size, "%s: cannot open: %s", path, strerror(errno));
    return false;
  }
  if (!read_all(file, bytes_max, bytes, len)) {
    snprintf(why, why_size, "%s: cannot read: %s", path, strerror(errno));
    goto out;
  }
  /* One byte more than allowed was asked for, to tell this from a perfect fit. */
  if (*len > bytes_max) {
    snprintf(why, why_size, "%s: larger than %zu bytes, the most that is read", path, bytes_max);
    goto out;
  }
  (*bytes)[*len] = '\0';
  ok = true;
out:
  if (!ok) {
    free(*bytes);
    *bytes = NULL;
  }
  fclose(file);
  return ok;
}
