/* shard_write.c - the files of a shard: temporary names, checksums, and the renaming.
 *
 * Each line is built in memory, hashed and written in one go. What the lines hold is
 * left to shard_row.c, shard_meta.c and shard_manifest.c. */
#include "classifier/train/shard_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "classifier/train/row_class.h"

enum { SHARD_FILES = 3, BUFFER_BYTES = 1 << 18 };

struct shard_out {
  char *path, *temporary; /* temporary is NULL unless it exists */
  FILE *file;
  XXH3_state_t *hash;
  uint64_t bytes; /* since the last log */
};

struct shard_writer {
  struct shard_out svm, meta, manifest;
  struct shard_row row;
  struct shard_text line;
  uint64_t rows; /* since the last log */
  int error;     /* errno of the first failure; 0 for none */
};

static void list_files(struct shard_writer *writer, struct shard_out *files[SHARD_FILES]) {
  files[0] = &writer->svm;
  files[1] = &writer->meta;
  files[2] = &writer->manifest; /* the last to be renamed */
}

static char *join(const char *a, const char *b) {
  size_t size = strlen(a) + strlen(b) + 1;
  char *joined = malloc(size);
  if (joined)
    (void)snprintf(joined, size, "%s%s", a, b);
  return joined;
}

/* The temporary file lies beside the path, since rename works within one file system. It
 * keeps the mode 0600 of mkstemp: hashed words can be guessed. */
static int open_file(struct shard_out *out, const char *prefix, const char *suffix) {
  out->path = join(prefix, suffix);
  out->hash = XXH3_createState();
  char *temporary = out->path ? join(out->path, ".XXXXXX") : NULL;
  if (!temporary || !out->hash) {
    free(temporary);
    return ENOMEM;
  }
  XXH3_128bits_reset(out->hash);
  int fd = mkstemp(temporary);
  if (fd < 0) {
    free(temporary);
    return errno;
  }
  out->temporary = temporary;
  out->file = fdopen(fd, "wb");
  if (!out->file) {
    (void)close(fd);
    return ENOMEM;
  }
  (void)setvbuf(out->file, NULL, _IOFBF, BUFFER_BYTES);
  return 0;
}

static void remember(struct shard_writer *writer, int error) {
  if (writer->error == 0)
    writer->error = error;
}

struct shard_writer *shard_writer_create(const char *prefix) {
  struct shard_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return NULL;
  remember(writer, open_file(&writer->svm, prefix, ".svm"));
  remember(writer, open_file(&writer->meta, prefix, ".meta"));
  remember(writer, open_file(&writer->manifest, prefix, ".shard"));
  return writer;
}

/* Writes the line that was built, and empties it. */
static void flush_line(struct shard_writer *writer, struct shard_out *out) {
  struct shard_text *line = &writer->line;
  if (line->failed)
    remember(writer, ENOMEM);
  if (writer->error == 0) {
    XXH3_128bits_update(out->hash, line->bytes, line->len);
    out->bytes += line->len;
    errno = EIO; /* in case fwrite sets none */
    if (fwrite(line->bytes, 1, line->len, out->file) != line->len)
      remember(writer, errno);
  }
  line->len = 0;
}

void shard_writer_row(struct shard_writer *writer, const struct labelled_log *log,
                      const struct labelled_row *row, const struct tier_map *map,
                      const struct features *features) {
  shard_row_take(&writer->row, features, row->vector != NULL);
  shard_row_print(&writer->line, row_class(log, row, map), &writer->row);
  flush_line(writer, &writer->svm);
  shard_meta_print(&writer->line, log, row);
  flush_line(writer, &writer->meta);
  writer->rows++;
}

/* The checksum of what was written since the last log. */
static void sum_up(struct shard_out *out, uint64_t *bytes, char hash[33]) {
  *bytes = out->bytes;
  *hash = '\0';
  if (!out->hash)
    return;
  XXH128_hash_t sum = XXH3_128bits_digest(out->hash);
  (void)snprintf(hash, 33, "%016llx%016llx", (unsigned long long)sum.high64,
                 (unsigned long long)sum.low64);
  XXH3_128bits_reset(out->hash);
  out->bytes = 0;
}

void shard_writer_log(struct shard_writer *writer, struct shard_manifest *manifest) {
  manifest->rows = writer->rows;
  writer->rows = 0;
  sum_up(&writer->svm, &manifest->svm_bytes, manifest->svm_hash);
  sum_up(&writer->meta, &manifest->meta_bytes, manifest->meta_hash);
  shard_manifest_print(&writer->line, manifest);
  flush_line(writer, &writer->manifest);
}

/* On the disk before its name is, else a crash could leave a manifest without rows. */
static int close_file(struct shard_out *out) {
  int error = fflush(out->file) == 0 && fsync(fileno(out->file)) == 0 ? 0 : errno;
  if (fclose(out->file) != 0 && error == 0)
    error = errno;
  out->file = NULL;
  return error;
}

bool shard_writer_commit(struct shard_writer *writer, char *why, size_t why_size) {
  struct shard_out *files[SHARD_FILES];
  const char *path = writer->svm.path;
  list_files(writer, files);
  for (size_t i = 0; i < SHARD_FILES && writer->error == 0; i++) {
    path = files[i]->path;
    remember(writer, close_file(files[i]));
  }
  for (size_t i = 0; i < SHARD_FILES && writer->error == 0; i++) {
    path = files[i]->path;
    if (rename(files[i]->temporary, path) != 0) {
      remember(writer, errno);
      break;
    }
    free(files[i]->temporary);
    files[i]->temporary = NULL;
  }
  if (writer->error != 0)
    (void)snprintf(why, why_size, "cannot write %s: %s", path ? path : "the shard",
                   strerror(writer->error));
  return writer->error == 0;
}

void shard_writer_destroy(struct shard_writer *writer) {
  struct shard_out *files[SHARD_FILES];
  if (!writer)
    return;
  list_files(writer, files);
  for (size_t i = 0; i < SHARD_FILES; i++) {
    if (files[i]->file)
      (void)fclose(files[i]->file);
    if (files[i]->temporary)
      (void)unlink(files[i]->temporary);
    free(files[i]->temporary);
    free(files[i]->path);
    XXH3_freeState(files[i]->hash);
  }
  shard_text_deinit(&writer->line);
  free(writer);
}
