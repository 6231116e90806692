/* log_reader.c - reads lines without letting one of them take all memory.
 *
 * What is beyond the bound is read over, so that the next line is found. */
#include "daemon/ctl/log_reader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool log_reader_open(struct log_reader *reader, const char *path, char why[LOG_READER_WHY_MAX]) {
  struct stat info;
  /* So that closing is harmless whatever fails. */
  *reader = (struct log_reader){0};
  ctl_buffer_init(&reader->line, LOG_READER_LINE_BYTES_MAX);
  /* Before opening: a FIFO would keep us waiting for a writer. */
  if (stat(path, &info) != 0) {
    snprintf(why, LOG_READER_WHY_MAX, "cannot open '%.200s': %s", path, strerror(errno));
    return false;
  }
  if (!S_ISREG(info.st_mode)) {
    snprintf(why, LOG_READER_WHY_MAX,
             "'%.200s' is no regular file; expected one, since a log is read twice", path);
    return false;
  }
  reader->file = fopen(path, "rb");
  if (reader->file)
    return true;
  snprintf(why, LOG_READER_WHY_MAX, "cannot open '%.200s': %s", path, strerror(errno));
  return false;
}

bool log_reader_next(struct log_reader *reader) {
  int byte;
  size_t bytes = 0;
  ctl_buffer_clear(&reader->line);
  /* The buffer refuses what is beyond its bound and remembers that it did. */
  while ((byte = getc_unlocked(reader->file)) != EOF && byte != '\n') {
    const char c = (char)byte;
    bytes++;
    ctl_buffer_append(&reader->line, span_make(&c, 1));
  }
  reader->too_long = ctl_buffer_failed(&reader->line);
  reader->failed = byte == EOF && ferror(reader->file);
  reader->number++;
  /* The last line needs no line feed. */
  return !reader->failed && (byte != EOF || bytes > 0);
}

void log_reader_close(struct log_reader *reader) {
  if (reader->file)
    fclose(reader->file);
  reader->file = NULL;
  ctl_buffer_deinit(&reader->line);
}
