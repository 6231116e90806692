/* log_file.h - the log's file: private, appended to, rotated and reopened.
 *
 * One thread at a time. Each function that fails leaves the file as it was. */
#ifndef TIERD_OPS_LOG_FILE_H
#define TIERD_OPS_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "classifier/text/span.h"

struct log_file {
  const char *path; /* borrowed */
  int fd;           /* -1 while closed */
  bool regular;     /* else a device, which has no size and is not rotated */
  uint64_t size;    /* bytes */
  uint64_t cut;     /* bytes of half a line that opening removed; 0: it was whole */
  dev_t device;     /* which file it is, whatever it is called by now */
  ino_t inode;
};

/* Opens path for appending. A new file gets mode 0600; one that others may read or
 * write is refused, and so is one that another process has open as its log. A file
 * that ends in half a line is repaired, see log_repair(). False with why filled. */
bool log_file_open(struct log_file *file, const char *path, char *why, size_t why_size);

/* Opens path again, for when somebody has renamed the file. Keeps the open one when
 * that fails or path still names it. */
bool log_file_reopen(struct log_file *file, char *why, size_t why_size);

/* Renames PATH to PATH.1, PATH.1 to PATH.2 and so on up to PATH.keep, whose former
 * file is lost, and opens a new one. */
bool log_file_rotate(struct log_file *file, unsigned keep, char *why, size_t why_size);

/* Writes as much as goes: the count, or -1 with errno when nothing did. */
ssize_t log_file_write(struct log_file *file, struct span bytes);

/* Takes the last bytes off again. */
bool log_file_cut(struct log_file *file, uint64_t bytes);

void log_file_close(struct log_file *file);

#endif
