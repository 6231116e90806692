/* state_file.h - small files of the state directory, read at the start and replaced
 * whole while the daemon runs. */
#ifndef TIERD_OPS_STATE_FILE_H
#define TIERD_OPS_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { STATE_FILE_BYTES_MAX = 32 * 1024 * 1024 };

/* Makes the directory itself, mode 0700, when it is not there; not those above it.
 * False with why filled. */
bool state_directory_make(const char *directory, char *why, size_t why_size);

/* All of directory/name, NUL-terminated, for the caller to free(); *out is NULL when
 * there is no such file. False with why filled. */
bool state_file_read(const char *directory, const char *name, char **out, char *why,
                     size_t why_size);

/* Replaces directory/name: written beside it with mode 0600, synced and renamed, so that
 * whatever happens the one or the other is there in full. False with why filled. */
bool state_file_write(const char *directory, const char *name, const char *text, size_t len,
                      char *why, size_t why_size);

#endif
