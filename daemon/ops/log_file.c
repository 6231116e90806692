/* log_file.c - opens, renames and writes the log's file.
 *
 * Prompts may stand in it, so it is private from its first moment. A lock keeps a
 * second daemon from mending a line that the first one is still writing. What is
 * written and when is the business of log_writer.c. */
#include "daemon/ops/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ops/log_repair.h"

/* Whether the open file may be a log; fills in what it is. */
static bool examine(struct log_file *file, char *why, size_t why_size) {
  struct stat info;
  if (fstat(file->fd, &info) != 0) {
    snprintf(why, why_size, "%s: %s", file->path, strerror(errno));
    return false;
  }
  /* A device such as /dev/null or a terminal may be written to: it keeps nothing that could be
   * read later, so its mode does not matter. */
  file->regular = S_ISREG(info.st_mode);
  file->device = info.st_dev;
  file->inode = info.st_ino;
  if (!file->regular && !S_ISCHR(info.st_mode)) {
    snprintf(why, why_size, "%s: not a regular file; name one, or a file that is not there yet",
             file->path);
    return false;
  }
  if (file->regular && (info.st_mode & 077)) {
    snprintf(why, why_size, "%s: mode %04o lets others read the decisions; run: chmod 600 %s",
             file->path, (unsigned)(info.st_mode & 07777), file->path);
    return false;
  }
  return true;
}

static bool lock_and_repair(struct log_file *file, char *why, size_t why_size) {
  if (!file->regular)
    return true;
  /* Held by the open file, so it ends with the process however that ends. */
  if (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
    snprintf(why, why_size, "%s: %s; give each its own --decision-log", file->path,
             errno == EWOULDBLOCK ? "another tierd writes its log there" : strerror(errno));
    return false;
  }
  /* Under the lock, for until now another process may have been amid a line. */
  char detail[256];
  if (log_repair(file->fd, &file->size, &file->cut, detail, sizeof detail))
    return true;
  snprintf(why, why_size, "%s: %s", file->path, detail);
  return false;
}

/* O_NONBLOCK, so that a FIFO without a reader is an error and not a long wait; for
 * files it means nothing. */
static bool open_fd(struct log_file *file, const char *path, char *why, size_t why_size) {
  *file = (struct log_file){.path = path, .fd = -1};
  file->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (file->fd >= 0)
    return true;
  snprintf(why, why_size, "cannot open the decision log %s: %s", path, strerror(errno));
  return false;
}

bool log_file_open(struct log_file *file, const char *path, char *why, size_t why_size) {
  if (!open_fd(file, path, why, why_size))
    return false;
  if (examine(file, why, why_size) && lock_and_repair(file, why, why_size))
    return true;
  log_file_close(file);
  return false;
}

bool log_file_reopen(struct log_file *file, char *why, size_t why_size) {
  /* The new file must be good before the old one is let go. */
  struct log_file fresh;
  if (!open_fd(&fresh, file->path, why, why_size))
    return false;
  bool ok = examine(&fresh, why, why_size);
  /* Nobody has renamed it; the lock, which is ours, would refuse us. */
  const bool same = ok && fresh.device == file->device && fresh.inode == file->inode;
  if (!ok || same || !lock_and_repair(&fresh, why, why_size)) {
    log_file_close(&fresh);
    return ok && same;
  }
  log_file_close(file);
  *file = fresh;
  return true;
}

/* The name of an old log; number 0 is the current one. */
static bool name_of(const char *path, unsigned number, char out[PATH_MAX]) {
  int len = number > 0 ? snprintf(out, PATH_MAX, "%s.%u", path, number)
                       : snprintf(out, PATH_MAX, "%s", path);
  return len < PATH_MAX;
}

/* Does the path still name the open file? If somebody else has moved it, or an
 * earlier rotation got no further, the old logs must not be moved once more. */
static bool still_there(const struct log_file *file) {
  struct stat info;
  return stat(file->path, &info) == 0 && info.st_dev == file->device && info.st_ino == file->inode;
}

bool log_file_rotate(struct log_file *file, unsigned keep, char *why, size_t why_size) {
  char from[PATH_MAX], to[PATH_MAX];
  for (unsigned number = still_there(file) ? keep : 0; number > 0; number--) {
    if (!name_of(file->path, number - 1, from) || !name_of(file->path, number, to)) {
      snprintf(why, why_size, "cannot rotate %s: the path is too long", file->path);
      return false;
    }
    /* Counting down, each name is free when it is needed. Gaps are no error: there may not have
     * been so many rotations yet. */
    if (rename(from, to) != 0 && errno != ENOENT) {
      snprintf(why, why_size, "cannot rename %s to %s: %s", from, to, strerror(errno));
      return false;
    }
  }
  /* The path now names nothing, or what somebody else has put there. */
  return log_file_reopen(file, why, why_size);
}

ssize_t log_file_write(struct log_file *file, struct span bytes) {
  /* Short writes are left to the caller, who knows where lines end. */
  ssize_t wrote;
  do
    wrote = write(file->fd, bytes.ptr, bytes.len);
  while (wrote < 0 && errno == EINTR);
  if (wrote > 0 && file->regular)
    file->size += (uint64_t)wrote;
  return wrote;
}

bool log_file_cut(struct log_file *file, uint64_t bytes) {
  struct stat info;
  if (!file->regular || bytes == 0)
    return true;
  /* Asked anew: somebody may have emptied the file, and cutting must not lengthen it. */
  if (fstat(file->fd, &info) != 0 || (uint64_t)info.st_size < bytes ||
      ftruncate(file->fd, info.st_size - (off_t)bytes) != 0)
    return false;
  file->size = (uint64_t)info.st_size - bytes;
  return true;
}

void log_file_close(struct log_file *file) {
  if (file->fd >= 0)
    close(file->fd);
  file->fd = -1;
}
