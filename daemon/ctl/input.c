/* input.c - reads what is to be routed.
 *
 * A single request is read whole, up to a bound. A batch is never held whole:
 * the connection asks for bytes and gets them straight from the file, or, when
 * options have to be added to each line, from the line that was just rewritten.
 */
#include "daemon/ctl/input.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/request_body.h"

/* "-" is stdin, which is not ours to close. */
static FILE *open_input(const char *path, bool *owned, char why[INPUT_WHY_MAX]) {
  *owned = strcmp(path, "-") != 0;
  FILE *file = *owned ? fopen(path, "rb") : stdin;
  if (!file)
    snprintf(why, INPUT_WHY_MAX, "cannot open '%.200s': %s", path, strerror(errno));
  return file;
}

/* The buffer's own limit ends it: what is piped in may be without end. */
static bool read_all(FILE *file, struct ctl_buffer *content) {
  /* As much as a pipe holds. */
  char chunk[65536];
  size_t len;
  while ((len = fread(chunk, 1, sizeof chunk, file)) > 0)
    if (!ctl_buffer_append(content, span_make(chunk, len)))
      return false;
  return ferror(file) == 0;
}

/* The reasons are told apart, since what mends them differs. */
bool ctl_input_read(const char *path, struct ctl_buffer *content, char why[INPUT_WHY_MAX]) {
  bool owned;
  FILE *file = open_input(path, &owned, why);
  if (!file)
    return false;
  bool done = read_all(file, content);
  if (content->failure == BUFFER_TOO_LARGE)
    snprintf(why, INPUT_WHY_MAX, "'%.200s' is larger than %zu MiB; is it the right file?", path,
             content->bytes_max >> 20);
  else if (content->failure == BUFFER_NO_MEMORY)
    snprintf(why, INPUT_WHY_MAX, "out of memory while reading '%.200s'", path);
  else if (!done)
    snprintf(why, INPUT_WHY_MAX, "cannot read '%.200s': %s", path, strerror(errno));
  if (owned)
    fclose(file);
  return done;
}

/* Options of routing have to be put into each line, which is then parsed and written
 * anew; without any, bytes go through as they are. */
bool ctl_input_batch_open(struct ctl_input_batch *batch, const char *path,
                          const struct args_routing *routing) {
  *batch = (struct ctl_input_batch){.routing = routing, .rewrite = ctl_args_routing_any(routing)};
  ctl_buffer_init(&batch->line, INPUT_LINE_BYTES_MAX);
  ctl_buffer_init(&batch->out, REQUEST_BODY_BYTES_MAX);
  batch->file = open_input(path, &batch->owned, batch->why);
  if (!batch->file)
    return false;
  /* A directory opens but does not read; say so before a connection is made. */
  struct stat info;
  if (fstat(fileno(batch->file), &info) == 0 && S_ISDIR(info.st_mode)) {
    snprintf(batch->why, sizeof batch->why, "'%.200s' is a directory; expected a file", path);
    return false;
  }
  return true;
}

/* Of a pipe or a terminal nobody knows when the next line will come. */
bool ctl_input_batch_is_file(const struct ctl_input_batch *batch) {
  struct stat info;
  return fstat(fileno(batch->file), &info) == 0 && S_ISREG(info.st_mode);
}

/* -1 where it cannot be known: rewritten lines change their length, pipes have none. */
long long ctl_input_batch_bytes(const struct ctl_input_batch *batch) {
  struct stat info;
  if (batch->rewrite || fstat(fileno(batch->file), &info) != 0 || !S_ISREG(info.st_mode))
    return -1;
  /* A redirected stdin may have been read in part by someone before. */
  long long start = (long long)lseek(fileno(batch->file), 0, SEEK_CUR);
  return start >= 0 && start <= (long long)info.st_size ? (long long)info.st_size - start : -1;
}

/* Without the file's name: of a batch there is one, and stdin has none. */
static void read_failed(struct ctl_input_batch *batch) {
  snprintf(batch->why, sizeof batch->why, "cannot read the batch: %s", strerror(errno));
}

/* Reads one line without its line feed; false at the end of the file or after a
 * failure. */
static bool next_line(struct ctl_input_batch *batch) {
  ctl_buffer_clear(&batch->line);
  int byte;
  while ((byte = getc_unlocked(batch->file)) != EOF && byte != '\n') {
    char c = (char)byte;
    if (!ctl_buffer_append(&batch->line, span_make(&c, 1))) {
      snprintf(batch->why, sizeof batch->why, "line %zu of the batch is longer than %d MiB",
               batch->line_number + 1, INPUT_LINE_BYTES_MAX >> 20);
      return false;
    }
  }
  if (byte == EOF && ferror(batch->file)) {
    read_failed(batch);
    return false;
  }
  batch->line_number++;
  return byte != EOF || batch->line.len > 0;
}

/* Fills out with the next line as it is to be sent. */
static bool next_rewritten(struct ctl_input_batch *batch) {
  char why[REQUEST_BODY_WHY_MAX];
  ctl_buffer_clear(&batch->out);
  /* Of the line that is now being made. */
  batch->sent = 0;
  if (!next_line(batch))
    return false;
  if (!request_body_of_line(&batch->out, ctl_buffer_span(&batch->line), batch->routing, why) ||
      !ctl_buffer_append(&batch->out, span_of("\n"))) {
    snprintf(batch->why, sizeof batch->why, "line %zu of the batch: %s", batch->line_number, why);
    return false;
  }
  return true;
}

/* read() and not fread(), which would wait for a whole buffer while the writer at
 * the other end of a pipe waits for an answer to its first line. */
static size_t read_plain(struct ctl_input_batch *batch, char *out, size_t size) {
  ssize_t len;
  do
    len = read(fileno(batch->file), out, size);
  while (len < 0 && errno == EINTR);
  if (len < 0)
    read_failed(batch);
  return len > 0 ? (size_t)len : 0;
}

/* 0 at the end and after a failure, which batch->why tells apart. */
size_t ctl_input_batch_read(struct ctl_input_batch *batch, char *out, size_t size) {
  if (!batch->rewrite)
    return read_plain(batch, out, size);
  if (batch->sent == batch->out.len && !next_rewritten(batch))
    return 0;
  size_t left = batch->out.len - batch->sent;
  size_t len = left < size ? left : size;
  memcpy(out, batch->out.ptr + batch->sent, len);
  batch->sent += len;
  return len;
}

/* Also after a failed opening, when there is no file. */
void ctl_input_batch_close(struct ctl_input_batch *batch) {
  if (batch->file && batch->owned)
    fclose(batch->file);
  ctl_buffer_deinit(&batch->line);
  ctl_buffer_deinit(&batch->out);
  batch->file = NULL;
}
