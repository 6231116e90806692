/* path_parts.h - the directory of a path. */
#ifndef TIERD_OPS_PATH_PARTS_H
#define TIERD_OPS_PATH_PARTS_H

#include <limits.h>
#include <stdbool.h>

/* The directory that path's last part stands in: "." for a bare name, "/" for "/x". False
 * when it does not fit. */
bool path_directory(const char *path, char out[PATH_MAX]);

#endif
