/* shard_read.c - shards to the rows of a labelled log.
 *
 *   PREFIX.shard → segments, one a log or part → put in order → rows of each, checked
 *
 * All manifests are read before any row, so that a missing part is told at once. Rows
 * then come in the order of the logs' lines, whatever the order of the files; models are
 * numbered as the logs themselves would have had them. What a line means is left to
 * shard_row.c and shard_meta.c. */
#include "classifier/train/shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEGMENTS_MAX = 1 << 20 };

/* The rows of one log, or of a part of it, in the files of a shard. */
struct segment {
  struct shard_manifest manifest;
  char *prefix; /* in the log's memory */
  uint64_t svm_from, meta_from, rows_before;
  uint32_t log; /* logs are numbered as they are first named */
};

struct reader {
  struct labelled_log *log;
  FILE *diagnostics;
  struct segment *segments;
  size_t count, capacity;
  uint32_t logs_count;
  struct shard_row *row;
};

static bool say(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool say(const struct reader *reader, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (reader->diagnostics) {
    (void)vfprintf(reader->diagnostics, format, args);
    (void)fputc('\n', reader->diagnostics);
  }
  va_end(args);
  return false;
}

/* ---- manifests */

/* The number of the segment's log: an earlier one's, if that has the other parts. */
static uint32_t log_of(struct reader *reader, const struct shard_manifest *manifest) {
  for (size_t i = 0; manifest->parts > 1 && i < reader->count; i++) {
    const struct shard_manifest *other = &reader->segments[i].manifest;
    if (other->parts == manifest->parts && other->log_bytes == manifest->log_bytes &&
        strcmp(other->log, manifest->log) == 0)
      return reader->segments[i].log;
  }
  return reader->logs_count++;
}

static enum labelled_status add_segment(struct reader *reader, struct segment *at,
                                        const struct log_lines *lines,
                                        struct labelled_complaint *complaint) {
  enum labelled_status status =
      shard_manifest_parse(&at->manifest, lines->text, lines->len, complaint);
  if (status != LABELLED_OK)
    return status;
  if (reader->count == SEGMENTS_MAX)
    return labelled_complain(complaint, "at most 1048576", "too many parts of logs");
  if (reader->count == reader->capacity) {
    size_t capacity = reader->capacity ? 2 * reader->capacity : 16;
    struct segment *grown = reallocarray(reader->segments, capacity, sizeof *grown);
    if (!grown)
      return LABELLED_MEMORY;
    reader->segments = grown;
    reader->capacity = capacity;
  }
  at->log = log_of(reader, &at->manifest);
  reader->segments[reader->count++] = *at;
  at->svm_from += at->manifest.svm_bytes;
  at->meta_from += at->manifest.meta_bytes;
  at->rows_before += at->manifest.rows;
  return LABELLED_OK;
}

/* One of the files that the manifest speaks of must be as long as it says. */
static bool check_size(const struct reader *reader, const char *prefix, const char *suffix,
                       uint64_t expected) {
  char path[4096];
  struct stat info;
  (void)snprintf(path, sizeof path, "%s%s", prefix, suffix);
  if (stat(path, &info) != 0)
    return say(reader, "%s: %s; a shard is PREFIX.svm, PREFIX.meta and PREFIX.shard", path,
               strerror(errno));
  return (uint64_t)info.st_size == expected ||
         say(reader,
             "%s: has %" PRIu64 " bytes; expected %" PRIu64
             " by %s.shard; it was cut or altered: make the shard anew",
             path, (uint64_t)info.st_size, expected, prefix);
}

struct segment_taker {
  struct reader *reader;
  struct segment at; /* where the next one begins */
};

static enum labelled_status take_manifest(void *context, struct log_lines *lines,
                                          struct labelled_complaint *complaint) {
  struct segment_taker *taker = context;
  return add_segment(taker->reader, &taker->at, lines, complaint);
}

static bool read_manifest(struct reader *reader, const char *path) {
  static const char suffix[] = ".shard";
  size_t len = strlen(path);
  if (len > strlen(suffix) && strcmp(path + len - strlen(suffix), suffix) == 0)
    len -= strlen(suffix);
  if (len + sizeof suffix > 4096)
    return say(reader, "%.64s...: the path is too long; expected at most 4089 bytes", path);
  char whole[4096];
  (void)snprintf(whole, sizeof whole, "%.*s%s", (int)len, path, suffix);
  struct labelled_log_options options = {.strict = true, .diagnostics = reader->diagnostics};
  struct labelled_file file = {.path = whole};
  struct segment_taker taker = {.reader = reader};
  taker.at.prefix = log_memory_text(reader->log->memory, path, len);
  if (!taker.at.prefix)
    return say(reader, "%s: out of memory", whole);
  struct log_lines lines;
  size_t before = reader->count;
  bool ok = log_lines_open(&lines, whole) == LOG_LINES_OK ||
            say(reader, "%s: %s", whole, strerror(errno ? errno : ENOMEM));
  ok = ok && labelled_lines_each(&file, &lines, &options, take_manifest, &taker);
  log_lines_close(&lines);
  if (ok && reader->count == before)
    ok = say(reader, "%s: is empty; expected a line for each log: make the shard anew", whole);
  return ok && check_size(reader, taker.at.prefix, ".svm", taker.at.svm_from) &&
         check_size(reader, taker.at.prefix, ".meta", taker.at.meta_from);
}

/* ---- the order */

static int by_log_and_part(const void *a, const void *b) {
  const struct segment *x = a;
  const struct segment *y = b;
  if (x->log != y->log)
    return x->log < y->log ? -1 : 1;
  return (x->manifest.part > y->manifest.part) - (x->manifest.part < y->manifest.part);
}

/* Of each log, part 1, 2 and so on to the last, each once. */
static bool check_parts(const struct reader *reader) {
  uint32_t next = 1;
  for (size_t i = 0; i < reader->count; i++) {
    const struct segment *at = &reader->segments[i];
    const struct shard_manifest *m = &at->manifest;
    if (m->part < next)
      return say(reader, "%s.shard: part %u of %u of %s is there twice; expected each once",
                 at->prefix, (unsigned)m->part, (unsigned)m->parts, m->log);
    bool last = i + 1 == reader->count || reader->segments[i + 1].log != at->log;
    if (m->part > next || (last && m->part < m->parts))
      return say(reader,
                 "%s.shard: part %u of %u of %s is missing; expected all parts of a log of %" PRIu64
                 " bytes (a log that grew between the parts has to be done again)",
                 at->prefix, (unsigned)(m->part > next ? next : next + 1), (unsigned)m->parts,
                 m->log, m->log_bytes);
    next = last ? 1 : next + 1;
  }
  return true;
}

/* ---- rows */

/* One of the two files of rows that are read side by side. */
struct side {
  char path[4096];
  struct log_lines lines;
};

static bool open_side(const struct reader *reader, struct side *side, const char *prefix,
                      const char *suffix, uint64_t from, uint64_t count) {
  (void)snprintf(side->path, sizeof side->path, "%s%s", prefix, suffix);
  errno = ENOMEM;
  return log_lines_open_range(&side->lines, side->path, from, count) == LOG_LINES_OK ||
         say(reader, "%s: %s", side->path, strerror(errno));
}

/* The next line of either file, which must be there. */
static bool next_line(const struct reader *reader, struct side *side, uint64_t row, uint64_t rows) {
  errno = 0;
  enum log_lines_status status = log_lines_next(&side->lines);
  if (status == LOG_LINES_OK)
    return true;
  if (status == LOG_LINES_END)
    return say(reader, "%s: ends after %" PRIu64 " rows; expected %" PRIu64 ": make the shard anew",
               side->path, row, rows);
  return say(reader, "%s: %s", side->path,
             status == LOG_LINES_FILE_LONG ? "more than 4 GiB of one log; make more parts of it"
             : status == LOG_LINES_LONG    ? "a line of more than 16 MiB; make the shard anew"
             : status == LOG_LINES_IO      ? strerror(errno)
                                           : "out of memory");
}

static bool complain(const struct reader *reader, const struct side *side, uint64_t line,
                     enum labelled_status status, const struct labelled_complaint *complaint) {
  if (status == LABELLED_MEMORY)
    return say(reader, "%s: out of memory", side->path);
  return say(reader, "%s:%" PRIu64 ": %s; expected %s", side->path, line, complaint->what,
             complaint->expected);
}

static bool read_row(struct reader *reader, const struct segment *at, struct side *svm,
                     struct side *meta, struct labelled_row *out) {
  struct labelled_complaint complaint;
  uint64_t line = at->rows_before + svm->lines.number;
  enum labelled_status status =
      shard_row_parse(reader->row, svm->lines.text, svm->lines.len, &complaint);
  if (status != LABELLED_OK)
    return complain(reader, svm, line, status, &complaint);
  status = shard_meta_parse(reader->log, meta->lines.text, meta->lines.len, reader->row, out,
                            &complaint);
  if (status != LABELLED_OK)
    return complain(reader, meta, line, status, &complaint);
  return labelled_log_append_row(reader->log, out) || say(reader, "%s: out of memory", svm->path);
}

/* Nothing may follow the rows, and their bytes must be those that were written. */
static bool check_end(const struct reader *reader, struct side *side, const struct segment *at,
                      const char *expected) {
  char hash[33];
  if (log_lines_next(&side->lines) != LOG_LINES_END)
    return say(reader, "%s: more rows of %s follow; expected %" PRIu64 ": make the shard anew",
               side->path, at->manifest.log, at->manifest.rows);
  log_lines_hash(&side->lines, hash);
  return strcmp(hash, expected) == 0 ||
         say(reader,
             "%s: lines %" PRIu64 " to %" PRIu64
             " have checksum %s; expected %s: they were altered; make the shard anew",
             side->path, at->rows_before + 1, at->rows_before + at->manifest.rows, hash, expected);
}

static bool read_rows(struct reader *reader, const struct segment *at, struct side *svm,
                      struct side *meta, uint32_t first_line) {
  const struct shard_manifest *m = &at->manifest;
  bool ok = true;
  for (uint64_t i = 0; ok && i < m->rows; i++) {
    struct labelled_row row = {.file = (uint32_t)reader->log->files_count,
                               .line = first_line + (uint32_t)i};
    ok = next_line(reader, svm, i, m->rows) && next_line(reader, meta, i, m->rows) &&
         read_row(reader, at, svm, meta, &row);
  }
  return ok && check_end(reader, svm, at, m->svm_hash) && check_end(reader, meta, at, m->meta_hash);
}

static bool read_segment(struct reader *reader, const struct segment *at, uint32_t first_line) {
  const struct shard_manifest *m = &at->manifest;
  struct side *sides = calloc(2, sizeof *sides);
  if (!sides)
    return say(reader, "%s.shard: out of memory", at->prefix);
  bool ok = open_side(reader, &sides[0], at->prefix, ".svm", at->svm_from, m->svm_bytes) &&
            open_side(reader, &sides[1], at->prefix, ".meta", at->meta_from, m->meta_bytes) &&
            read_rows(reader, at, &sides[0], &sides[1], first_line);
  log_lines_close(&sides[0].lines);
  log_lines_close(&sides[1].lines);
  free(sides);
  return ok;
}

/* All parts of the log that begins at segment at; the file of the log is what the parts
 * say of it together. Returns how many parts there were, 0 on failure. */
static size_t read_log(struct reader *reader, size_t at) {
  const struct segment *first = &reader->segments[at];
  struct labelled_file file = {.path = (char *)(uintptr_t)first->manifest.log};
  size_t parts = first->manifest.parts;
  memcpy(file.hash, first->manifest.log_hash, sizeof file.hash);
  for (size_t i = 0; i < parts; i++) {
    if (!read_segment(reader, first + i, (uint32_t)file.rows_count + 1))
      return 0;
    file.rows_count += first[i].manifest.rows;
    file.bad_lines_count += first[i].manifest.bad_lines;
  }
  if (labelled_log_append_file(reader->log, &file))
    return parts;
  (void)say(reader, "%s.shard: out of memory", first->prefix);
  return 0;
}

bool shards_read(struct labelled_log *log, const char *const *paths, size_t count,
                 FILE *diagnostics) {
  struct reader reader = {.log = log, .diagnostics = diagnostics};
  bool ok = true;
  reader.row = malloc(sizeof *reader.row);
  if (!log->memory)
    log->memory = log_memory_create();
  if (!reader.row || !log->memory)
    ok = say(&reader, "out of memory");
  for (size_t i = 0; ok && i < count; i++)
    ok = read_manifest(&reader, paths[i]);
  if (ok) {
    qsort(reader.segments, reader.count, sizeof *reader.segments, by_log_and_part);
    ok = check_parts(&reader);
  }
  for (size_t at = 0, parts; ok && at < reader.count; at += parts) {
    parts = read_log(&reader, at);
    ok = parts > 0;
  }
  free(reader.segments);
  free(reader.row);
  return ok;
}
