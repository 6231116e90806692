/* log_lines.h - a file as lines of bounded length, hashed on the way.
 *
 *   struct log_lines lines;
 *   if (log_lines_open(&lines, path) == LOG_LINES_OK)
 *     while (log_lines_next(&lines) == LOG_LINES_OK)
 *       use(lines.text, lines.len, lines.number);
 *   log_lines_close(&lines);
 */
#ifndef TIERD_TRAIN_LOG_LINES_H
#define TIERD_TRAIN_LOG_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LOG_LINE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define LOG_FILE_BYTES_MAX ((uint64_t)4 * 1024 * 1024 * 1024)

enum log_lines_status {
  LOG_LINES_OK = 0,
  LOG_LINES_END,       /* no more lines */
  LOG_LINES_LONG,      /* this line is over LOG_LINE_BYTES_MAX and was skipped; read on */
  LOG_LINES_FILE_LONG, /* the file is over LOG_FILE_BYTES_MAX */
  LOG_LINES_IO,        /* errno says why */
  LOG_LINES_MEMORY
};

struct log_lines {
  char *text;      /* the line without its end; writable, valid until the next call */
  size_t len;      /* bytes; text[len] is NUL */
  uint32_t number; /* from 1 */
  /* private */
  FILE *file;
  void *hash_state;
  char *block;
  size_t block_at, block_len, capacity;
  uint64_t bytes_read;
};

/* On failure lines may still be closed. */
enum log_lines_status log_lines_open(struct log_lines *lines, const char *path);
enum log_lines_status log_lines_next(struct log_lines *lines);

/* XXH128 of the bytes read so far, in hexadecimal; out holds 33 bytes. */
void log_lines_hash(const struct log_lines *lines, char *out);

void log_lines_close(struct log_lines *lines);

#endif
