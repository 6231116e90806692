/* model_file.c - reads model files with care about whose they are.
 *
 * The bytes that were hashed are those that are parsed and copied: a file that changes
 * between two looks cannot pass for another. What a model is, is left to classifier/svm. */
#include "daemon/ops/model_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "daemon/ops/sandbox.h"

/* "PATH: WHAT". Always false. */
static bool complain(char *why, size_t why_size, const char *path, const char *what) {
  snprintf(why, why_size, "%s: %s", path, what);
  return false;
}

/* Who can write to the file decides what the daemon decides. */
static bool check_owner(const struct stat *info, const char *path, char *why, size_t why_size) {
  if (info->st_uid != 0 && info->st_uid != geteuid()) {
    snprintf(why, why_size,
             "%s: belongs to user %u; a model has to be root's or the daemon's own (user %u)", path,
             (unsigned)info->st_uid, (unsigned)geteuid());
    return false;
  }
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return complain(why, why_size, path,
                    "others than its owner may write to it; chmod go-w it first");
  return true;
}

/* Before memory is asked for: whose file it is, and how large, is anybody's guess. */
static bool check_kind(const struct stat *info, const char *path, char *why, size_t why_size) {
  if (!S_ISREG(info->st_mode))
    return complain(why, why_size, path, "not a regular file; name a model's file");
  if (info->st_size > MODEL_FILE_BYTES_MAX) {
    snprintf(why, why_size, "%s: larger than the %d bytes that a model may have", path,
             MODEL_FILE_BYTES_MAX);
    return false;
  }
  return true;
}

/* Until the end or the size that was found before, whichever comes first. */
static bool read_bytes(int fd, struct model_file *out, size_t size) {
  while (out->len < size) {
    const ssize_t got = read(fd, out->bytes + out->len, size - out->len);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return false;
    if (got == 0)
      break;
    out->len += (size_t)got;
  }
  return true;
}

/* Of the whole file. The checksum inside does not cover its own line. */
static void hash_bytes(struct model_file *file) {
  const XXH128_hash_t hash = XXH3_128bits(file->bytes, file->len);
  snprintf(file->hash, sizeof file->hash, "%016llx%016llx", (unsigned long long)hash.high64,
           (unsigned long long)hash.low64);
}

/* All questions are put to the open descriptor: a name may mean another file a moment
 * later. */
static bool read_open(int fd, const char *path, bool anybodys, struct model_file *out, char *why,
                      size_t why_size) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return complain(why, why_size, path, strerror(errno));
  if (!check_kind(&info, path, why, why_size) ||
      (!anybodys && !check_owner(&info, path, why, why_size)))
    return false;
  /* One more, since 0 bytes of memory may be NULL. */
  out->bytes = malloc((size_t)info.st_size + 1);
  if (out->bytes == NULL)
    return complain(why, why_size, path, "out of memory");
  if (!read_bytes(fd, out, (size_t)info.st_size))
    return complain(why, why_size, path, strerror(errno));
  hash_bytes(out);
  return true;
}

/* O_NONBLOCK, so that a pipe without a writer does not hold the caller up. */
static bool read_path(const char *path, int flags, bool anybodys, struct model_file *out, char *why,
                      size_t why_size) {
  *out = (struct model_file){0};
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
  /* The file's mode is good then, and is where anybody would look first. */
  if (fd < 0 && errno == EACCES && sandbox_hides(path))
    return complain(why, why_size, path,
                    "the sandbox hides it; put it beside --model, or start tierd with "
                    "--sandbox-read its directory");
  if (fd < 0)
    return complain(why, why_size, path, strerror(errno));
  const bool ok = read_open(fd, path, anybodys, out, why, why_size);
  close(fd);
  if (!ok)
    model_file_deinit(out);
  return ok;
}

/* A candidate, named over the interface: whose file it is matters. */
bool model_file_read(const char *path, struct model_file *out, char *why, size_t why_size) {
  return read_path(path, 0, false, out, why, why_size);
}

/* What the settings name is the operator's own business, as at a start. */
bool model_file_read_any(const char *path, struct model_file *out, char *why, size_t why_size) {
  return read_path(path, 0, true, out, why, why_size);
}

/* A link there could only be somebody else's doing. */
bool model_file_read_state(const char *directory, const char *name, struct model_file *out,
                           char *why, size_t why_size) {
  char path[PATH_MAX];
  *out = (struct model_file){0};
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
    return complain(why, why_size, directory, "the path is too long; --state-dir names it");
  return read_path(path, O_NOFOLLOW, false, out, why, why_size);
}

/* Zero again, so that it may be called twice. */
void model_file_deinit(struct model_file *file) {
  free(file->bytes);
  *file = (struct model_file){0};
}

/* From the bytes that were hashed, and never from the path again. */
struct model *model_file_parse(const struct model_file *file, const char *name, char *why,
                               size_t why_size) {
  struct model_error err;
  struct model *model;
  if (model_parse(file->bytes, file->len, &model, &err) == MODEL_OK)
    return model;
  snprintf(why, why_size, "%s: %s", name, err.text);
  return NULL;
}
