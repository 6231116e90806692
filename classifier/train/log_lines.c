/* log_lines.c - reads a file in blocks and hands out its lines.
 *
 * getline() would let one endless line take all memory, so the line is gathered
 * here from blocks, up to the limit; what is beyond is skipped to the next line
 * end. Each block is hashed as it arrives, so that the hash covers the very bytes
 * that were parsed. What a line holds is the parser's business.
 *
 * A share of a file begins in the middle of a line more often than not: reading starts
 * one byte early, and what comes up to the first line end is left to the share before.
 */
#include "classifier/train/log_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <xxhash.h>

enum { BLOCK_BYTES = 256 * 1024 };

enum log_lines_status log_lines_open(struct log_lines *lines, const char *path) {
  *lines = (struct log_lines){.bytes_left = UINT64_MAX, .begin_max = UINT64_MAX};
  lines->block = malloc(BLOCK_BYTES);
  XXH3_state_t *state = XXH3_createState();
  lines->hash_state = state;
  if (!lines->block || !state)
    return LOG_LINES_MEMORY;
  XXH3_128bits_reset(state);
  lines->file = fopen(path, "rb");
  return lines->file ? LOG_LINES_OK : LOG_LINES_IO;
}

/* Reads the next block. LOG_LINES_END at the end of the file. */
static enum log_lines_status fill_block(struct log_lines *lines) {
  lines->block_at = 0;
  size_t most = lines->bytes_left < BLOCK_BYTES ? (size_t)lines->bytes_left : BLOCK_BYTES;
  lines->block_len = fread(lines->block, 1, most, lines->file);
  if (lines->block_len == 0)
    return ferror(lines->file) ? LOG_LINES_IO : LOG_LINES_END;
  lines->bytes_read += lines->block_len;
  lines->bytes_left -= lines->block_len;
  if (lines->bytes_read > LOG_FILE_BYTES_MAX)
    return LOG_LINES_FILE_LONG;
  XXH3_128bits_update(lines->hash_state, lines->block, lines->block_len);
  return LOG_LINES_OK;
}

static bool append(struct log_lines *lines, const char *bytes, size_t len) {
  size_t needed = lines->len + len + 1;
  if (needed > lines->capacity) {
    /* Doubling keeps the copying linear; the limit on a line bounds it. */
    size_t capacity = lines->capacity > needed / 2 ? lines->capacity * 2 : needed;
    char *grown = realloc(lines->text, capacity);
    if (!grown)
      return false;
    lines->text = grown;
    lines->capacity = capacity;
  }
  if (len > 0)
    memcpy(lines->text + lines->len, bytes, len);
  lines->len += len;
  lines->text[lines->len] = '\0';
  return true;
}

static enum log_lines_status finish_line(struct log_lines *lines, bool too_long) {
  if (too_long)
    return LOG_LINES_LONG;
  if (lines->len > 0 && lines->text[lines->len - 1] == '\r')
    lines->text[--lines->len] = '\0';
  return LOG_LINES_OK;
}

enum log_lines_status log_lines_next(struct log_lines *lines) {
  bool any = false;
  bool too_long = false;
  lines->len = 0;
  if (lines->bytes_read - (lines->block_len - lines->block_at) >= lines->begin_max)
    return LOG_LINES_END;
  for (;;) {
    if (lines->block_at == lines->block_len) {
      enum log_lines_status status = fill_block(lines);
      if (status == LOG_LINES_END && any)
        return finish_line(lines, too_long); /* a last line without an end */
      if (status != LOG_LINES_OK)
        return status;
    }
    if (!any)
      lines->number++;
    any = true;
    const char *from = lines->block + lines->block_at;
    size_t left = lines->block_len - lines->block_at;
    const char *end = memchr(from, '\n', left);
    size_t len = end ? (size_t)(end - from) : left;
    too_long = too_long || len > LOG_LINE_BYTES_MAX - lines->len;
    if (!too_long && !append(lines, from, len))
      return LOG_LINES_MEMORY;
    lines->block_at += len + (end ? 1 : 0);
    if (end)
      return finish_line(lines, too_long);
  }
}

enum log_lines_status log_lines_open_range(struct log_lines *lines, const char *path, uint64_t from,
                                           uint64_t count) {
  enum log_lines_status status = log_lines_open(lines, path);
  lines->bytes_left = count;
  if (status == LOG_LINES_OK && fseeko(lines->file, (off_t)from, SEEK_SET) != 0)
    status = LOG_LINES_IO;
  return status;
}

enum log_lines_status log_lines_open_part(struct log_lines *lines, const char *path, uint32_t part,
                                          uint32_t parts, uint64_t *file_bytes) {
  enum log_lines_status status = log_lines_open(lines, path);
  if (status != LOG_LINES_OK)
    return status;
  off_t end = fseeko(lines->file, 0, SEEK_END) == 0 ? ftello(lines->file) : -1;
  if (end < 0)
    return LOG_LINES_IO;
  uint64_t size = *file_bytes = (uint64_t)end;
  /* size * part could overflow. */
  uint64_t from = size / parts * (part - 1) + size % parts * (part - 1) / parts;
  uint64_t to = size / parts * part + size % parts * part / parts;
  uint64_t early = from > 0 ? 1 : 0;
  if (fseeko(lines->file, (off_t)(from - early), SEEK_SET) != 0)
    return LOG_LINES_IO;
  lines->begin_max = to - from + early;
  if (early) {
    status = log_lines_next(lines);
    if (status == LOG_LINES_IO || status == LOG_LINES_MEMORY)
      return status;
    lines->number = 0;
  }
  return LOG_LINES_OK;
}

static void print_hash(XXH128_hash_t hash, char *out) {
  (void)snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high64,
                 (unsigned long long)hash.low64);
}

void log_lines_hash(const struct log_lines *lines, char *out) {
  print_hash(XXH3_128bits_digest(lines->hash_state), out);
}

enum log_lines_status log_lines_hash_file(const char *path, char *out) {
  struct log_lines lines;
  enum log_lines_status status = log_lines_open(&lines, path);
  while (status == LOG_LINES_OK) {
    lines.bytes_read = 0; /* no lines are counted, so the limit is not ours */
    status = fill_block(&lines);
  }
  if (status == LOG_LINES_END) {
    log_lines_hash(&lines, out);
    status = LOG_LINES_OK;
  }
  log_lines_close(&lines);
  return status;
}

void log_lines_close(struct log_lines *lines) {
  if (lines->file)
    (void)fclose(lines->file);
  XXH3_freeState(lines->hash_state);
  free(lines->block);
  free(lines->text);
  *lines = (struct log_lines){0};
}
