/* path_parts.c - cuts a path at its last slash. dirname() is not used: it may write to its
 * argument, and gives back a part of it or of something static. */
#include "daemon/ops/path_parts.h"

#include <string.h>

bool path_directory(const char *path, char out[PATH_MAX]) {
  const char *slash = strrchr(path, '/');
  /* The slash itself is kept in "/x" alone, where it is the directory. */
  const char *from = slash ? path : ".";
  size_t len = !slash ? 1 : slash == path ? 1 : (size_t)(slash - path);
  if (len >= PATH_MAX)
    return false;
  memcpy(out, from, len);
  out[len] = '\0';
  return true;
}
