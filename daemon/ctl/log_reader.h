/* log_reader.h - a log file as lines of bounded length.
 *
 *   struct log_reader reader;
 *   if (log_reader_open(&reader, path, why))
 *     while (log_reader_next(&reader)) use(ctl_buffer_span(&reader.line), reader.number);
 *   log_reader_close(&reader);
 */
#ifndef TIERD_CTL_LOG_READER_H
#define TIERD_CTL_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daemon/ctl/buffer.h"

enum { LOG_READER_LINE_BYTES_MAX = 16 << 20, LOG_READER_WHY_MAX = 400 };

struct log_reader {
  struct ctl_buffer line; /* without its line feed, writable, until the next call */
  bool too_long;          /* the line exceeds LOG_READER_LINE_BYTES_MAX, and is cut there */
  bool failed;            /* reading ended early; errno said why */
  size_t number;          /* of the line, from 1 */
  FILE *file;
};

/* Only regular files: a log is read twice. False with why filled; close it all the
 * same. */
bool log_reader_open(struct log_reader *reader, const char *path, char why[LOG_READER_WHY_MAX]);

/* False at the end of the file and after a failure. */
bool log_reader_next(struct log_reader *reader);

void log_reader_close(struct log_reader *reader);

#endif
