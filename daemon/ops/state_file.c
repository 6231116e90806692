/* state_file.c - reads and replaces one file.
 *
 * What stands in the files is the business of budgets.c and corrections.c, when they
 * are written that of state_saver.c. */
#include "daemon/ops/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Says "WHAT PATH: the system's reason". Always false. */
static bool complain(char *why, size_t why_size, const char *what, const char *path) {
  snprintf(why, why_size, "%s %s: %s; --state-dir names the directory", what, path,
           strerror(errno));
  return false;
}

/* out has PATH_MAX bytes. */
static bool make_path(char *out, const char *directory, const char *name, const char *suffix,
                      char *why, size_t why_size) {
  if (snprintf(out, PATH_MAX, "%s/%s%s", directory, name, suffix) < PATH_MAX)
    return true;
  snprintf(why, why_size, "--state-dir: the path is too long");
  return false;
}

/* Only the last part: a mistyped path should be an error, not a new tree. */
bool state_directory_make(const char *directory, char *why, size_t why_size) {
  if (mkdir(directory, 0700) == 0 || errno == EEXIST)
    return true;
  return complain(why, why_size, "cannot make the state directory", directory);
}

/* len bytes or an error; a file that gets shorter meanwhile is one. */
static bool read_all(int fd, char *out, size_t len) {
  size_t have = 0;
  while (have < len) {
    const ssize_t got = read(fd, out + have, len - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = EIO;
    if (got <= 0)
      return false;
    have += (size_t)got;
  }
  return true;
}

/* Bounded before memory is asked for: whose file it is, is not known yet. */
static bool read_open(int fd, const char *path, char **out, char *why, size_t why_size) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return complain(why, why_size, "cannot read", path);
  if (!S_ISREG(info.st_mode) || info.st_size > STATE_FILE_BYTES_MAX) {
    snprintf(why, why_size,
             "%s: expected a regular file of at most %d bytes; remove it to begin "
             "anew",
             path, STATE_FILE_BYTES_MAX);
    return false;
  }
  /* What is written meanwhile comes by a rename, and so is another file. */
  const size_t len = (size_t)info.st_size;
  char *text = malloc(len + 1);
  if (text == NULL || !read_all(fd, text, len)) {
    complain(why, why_size, "cannot read", path);
    free(text);
    return false;
  }
  text[len] = '\0';
  *out = text;
  return true;
}

bool state_file_read(const char *directory, const char *name, char **out, char *why,
                     size_t why_size) {
  char path[PATH_MAX];
  *out = NULL;
  if (!make_path(path, directory, name, "", why, why_size))
    return false;
  /* Neither waits for a pipe's other end nor follows a link to somebody else's file. */
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return errno == ENOENT || complain(why, why_size, "cannot open", path);
  const bool ok = read_open(fd, path, out, why, why_size);
  close(fd);
  return ok;
}

/* A write may take a part; 0 of them is an error, so that this ends. */
static bool write_all(int fd, const char *text, size_t len) {
  while (len > 0) {
    const ssize_t wrote = write(fd, text, len);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return false;
    text += wrote;
    len -= (size_t)wrote;
  }
  return true;
}

/* The directory itself is not synced: after a crash of the machine the old file may be
 * back, whole. */
bool state_file_write(const char *directory, const char *name, const char *text, size_t len,
                      char *why, size_t why_size) {
  char path[PATH_MAX], temporary[PATH_MAX], suffix[32];
  snprintf(suffix, sizeof suffix, ".%ld", (long)getpid());
  if (!make_path(path, directory, name, "", why, why_size) ||
      !make_path(temporary, directory, name, suffix, why, why_size))
    return false;
  unlink(temporary); /* what a dead process of this number may have left */
  /* 0600: amounts and models are the daemon's own business. */
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return complain(why, why_size, "cannot make", temporary);
  /* Synced before the rename: else a crash of the machine could leave the new name
   * with no content. */
  bool ok = write_all(fd, text, len) && fsync(fd) == 0;
  /* close() must not hide what went wrong before it. */
  const int error = errno;
  close(fd);
  errno = error;
  ok = ok && rename(temporary, path) == 0;
  if (ok)
    return true;
  /* Says why before unlink() can change errno. */
  complain(why, why_size, "cannot write", path);
  unlink(temporary);
  return false;
}
