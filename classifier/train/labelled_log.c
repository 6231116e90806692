/* labelled_log.c - labelled logs: files to rows.
 *
 * log_lines.c gives the lines, labelled_line.c turns one into a row; this file
 * keeps the lists of rows, models and files, counts and reports bad lines, and
 * puts everything back when a file cannot be read to its end. What the rows mean
 * is left to training and to the benchmark.
 */
#include "classifier/train/labelled_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/labelled_log_internal.h"
#include "classifier/train/log_lines.h"

/* A file that is no log at all would fill the screen; the count is given instead. */
enum { REPORTS_MAX = 20 };

/* How far the lists went, for going back. */
struct mark {
  size_t rows, models;
};

void labelled_log_init(struct labelled_log *log) {
  *log = (struct labelled_log){0};
}

void labelled_log_deinit(struct labelled_log *log) {
  free(log->rows);
  free(log->models);
  free(log->files);
  log_memory_destroy(log->memory);
  *log = (struct labelled_log){0};
}

size_t labelled_log_model(const struct labelled_log *log, const char *name) {
  for (size_t i = 0; i < log->models_count; i++)
    if (strcmp(log->models[i], name) == 0)
      return i;
  return SIZE_MAX;
}

const struct outcome *labelled_row_outcome(const struct labelled_row *row, size_t model) {
  for (size_t i = 0; i < row->outcomes_count; i++)
    if (row->outcomes[i].model == model)
      return &row->outcomes[i];
  return NULL;
}

/* Makes room for one more item in a list whose capacity is the least power of two
 * that holds count. Returns the list, moved perhaps, or NULL. */
static void *grow(void *list, size_t count, size_t item_bytes) {
  if (count > 0 && (count & (count - 1)) != 0)
    return list; /* not at a power of two: there is room */
  return reallocarray(list, count > 0 ? count * 2 : 1, item_bytes);
}

enum labelled_status labelled_log_add_model(struct labelled_log *log, const char *name,
                                            uint32_t *index, struct labelled_complaint *complaint) {
  size_t found = labelled_log_model(log, name);
  if (found != SIZE_MAX) {
    *index = (uint32_t)found;
    return LABELLED_OK;
  }
  if (log->models_count >= LABELLED_MODELS_MAX)
    return labelled_complain(complaint, "at most 1024 in all files", "too many different models");
  char **models = grow(log->models, log->models_count, sizeof *models);
  if (!models)
    return LABELLED_MEMORY;
  log->models = models;
  models[log->models_count] = log_memory_text(log->memory, name, strlen(name));
  if (!models[log->models_count])
    return LABELLED_MEMORY;
  *index = (uint32_t)log->models_count++;
  return LABELLED_OK;
}

static bool say(const struct labelled_log_options *options, const char *path, const char *what) {
  if (options->diagnostics)
    (void)fprintf(options->diagnostics, "%s: %s\n", path, what);
  return false;
}

/* Counts a bad line and reports it; false when the reading has to stop. */
static bool bad_line(struct labelled_file *file, uint32_t line,
                     const struct labelled_complaint *complaint,
                     const struct labelled_log_options *options) {
  file->bad_lines_count++;
  if (options->diagnostics && file->bad_lines_count <= REPORTS_MAX)
    (void)fprintf(options->diagnostics, "%s:%lu: %s; expected %s\n", file->path,
                  (unsigned long)line, complaint->what, complaint->expected);
  return !options->strict;
}

static bool is_blank(const struct log_lines *lines) {
  return strspn(lines->text, " \t\r") == lines->len;
}

bool labelled_log_append_row(struct labelled_log *log, const struct labelled_row *row) {
  struct labelled_row *rows = grow(log->rows, log->rows_count, sizeof *rows);
  if (!rows)
    return false;
  log->rows = rows;
  rows[log->rows_count++] = *row;
  return true;
}

/* What a line of a file becomes. */
struct row_taker {
  struct labelled_log *log;
  bool vectors;
};

static enum labelled_status take_row(void *context, struct log_lines *lines,
                                     struct labelled_complaint *complaint) {
  const struct row_taker *taker = context;
  struct labelled_log *log = taker->log;
  size_t models_before = log->models_count;
  struct labelled_row row = {.file = (uint32_t)log->files_count, .line = lines->number};
  enum labelled_status status =
      labelled_line_parse(log, lines->text, lines->len, taker->vectors, &row, complaint);
  if (status != LABELLED_OK) {
    log->models_count = models_before; /* a bad line names nothing */
    return status;
  }
  return labelled_log_append_row(log, &row) ? LABELLED_OK : LABELLED_MEMORY;
}

static void summarise(const struct labelled_file *file,
                      const struct labelled_log_options *options) {
  if (options->diagnostics && file->bad_lines_count > REPORTS_MAX)
    (void)fprintf(options->diagnostics, "%s: %zu bad lines in all; the first %d are shown\n",
                  file->path, file->bad_lines_count, REPORTS_MAX);
}

bool labelled_lines_each(struct labelled_file *file, struct log_lines *lines,
                         const struct labelled_log_options *options, labelled_taker take,
                         void *context) {
  for (;;) {
    struct labelled_complaint complaint;
    enum labelled_status status = LABELLED_OK;
    switch (log_lines_next(lines)) {
    case LOG_LINES_END:
      summarise(file, options);
      return true;
    case LOG_LINES_OK:
      if (!is_blank(lines))
        status = take(context, lines, &complaint);
      break;
    case LOG_LINES_LONG:
      status = labelled_complain(&complaint, "lines of at most 16 MiB", "the line is too long");
      break;
    case LOG_LINES_FILE_LONG:
      return say(options, file->path, "more than 4 GiB; split the file");
    case LOG_LINES_IO:
      return say(options, file->path, strerror(errno));
    case LOG_LINES_MEMORY:
      status = LABELLED_MEMORY;
      break;
    }
    if (status == LABELLED_MEMORY)
      return say(options, file->path, "out of memory");
    if (status == LABELLED_BAD && !bad_line(file, lines->number, &complaint, options))
      return false;
  }
}

/* The list entry for a path, with room made for it in the log. */
static bool prepare(struct labelled_log *log, const char *path, struct labelled_file *file) {
  if (!log->memory)
    log->memory = log_memory_create();
  if (!log->memory)
    return false;
  struct labelled_file *files = grow(log->files, log->files_count, sizeof *files);
  if (!files)
    return false;
  log->files = files;
  *file = (struct labelled_file){.path = log_memory_text(log->memory, path, strlen(path))};
  return file->path != NULL;
}

bool labelled_log_append_file(struct labelled_log *log, const struct labelled_file *file) {
  struct labelled_file copy;
  if (!prepare(log, file->path, &copy))
    return false;
  char *path = copy.path;
  copy = *file;
  copy.path = path;
  log->files[log->files_count++] = copy;
  return true;
}

bool labelled_log_read(struct labelled_log *log, const char *path,
                       const struct labelled_log_options *options) {
  const struct mark mark = {log->rows_count, log->models_count};
  struct labelled_file file;
  if (!prepare(log, path, &file))
    return say(options, path, "out of memory");
  struct log_lines lines;
  struct row_taker taker = {log, options->vectors};
  bool ok = false;
  enum log_lines_status opened = log_lines_open(&lines, path);
  if (opened == LOG_LINES_OK)
    ok = labelled_lines_each(&file, &lines, options, take_row, &taker);
  else
    (void)say(options, path, opened == LOG_LINES_IO ? strerror(errno) : "out of memory");
  if (ok) {
    file.rows_count = log->rows_count - mark.rows;
    log_lines_hash(&lines, file.hash);
    log->files[log->files_count++] = file;
  } else {
    log->rows_count = mark.rows;
    log->models_count = mark.models;
  }
  log_lines_close(&lines);
  return ok;
}
