/* log_lines.h - a file, or a part of one, as lines of bounded length, hashed on the way.
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
  uint64_t bytes_left; /* that may still be read */
  uint64_t begin_max;  /* of bytes read: no line begins from here on */
};

/* On failure lines may still be closed. */
enum log_lines_status log_lines_open(struct log_lines *lines, const char *path);
enum log_lines_status log_lines_next(struct log_lines *lines);

/* Opens bytes of the file from from on, and not more than count; lines count from there. */
enum log_lines_status log_lines_open_range(struct log_lines *lines, const char *path, uint64_t from,
                                           uint64_t count);

/* Opens the part-th of parts shares of the file, part from 1 to parts. A line belongs to
 * the share that its first byte lies in, so each line is in exactly one. *file_bytes
 * gets the size of the whole file, which must not be a pipe. */
enum log_lines_status log_lines_open_part(struct log_lines *lines, const char *path, uint32_t part,
                                          uint32_t parts, uint64_t *file_bytes);

/* XXH128 of the bytes read so far, in hexadecimal; out holds 33 bytes. Of a share it says
 * little, since the last line may lie in the next one. */
void log_lines_hash(const struct log_lines *lines, char *out);

void log_lines_close(struct log_lines *lines);

/* XXH128 of a whole file, of any size, as log_lines_hash() gives it. */
enum log_lines_status log_lines_hash_file(const char *path, char *out);

#endif
