/* out_file.c - a file that is there as a whole or not at all.
 *
 * The text goes to a temporary file in the same directory, is brought to the disk, and
 * gets its name in one step: a tierd that reloads at that moment sees the old catalogue
 * or the new one. Without force the step is a link, which fails where a file has
 * appeared meanwhile; rename() would replace it.
 */
#include "daemon/ctl/catalog/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* write() may take a part, or be interrupted before it has taken any. */
static bool write_all(int fd, struct span text) {
  while (text.len > 0) {
    const ssize_t done = write(fd, text.ptr, text.len);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    text = span_make(text.ptr + done, text.len - (size_t)done);
  }
  return true;
}

/* A new file has the mode that any program would give it; a replaced one keeps its. */
static mode_t mode_for(const char *path) {
  struct stat old;
  if (stat(path, &old) == 0)
    return old.st_mode & 0777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/* Some file systems have no links. There, a file that appears in just this moment is
 * lost; the question before has seen any older one. */
static bool give_name(const char *temporary, const char *path, bool force) {
  if (force)
    return rename(temporary, path) == 0;
  if (link(temporary, path) == 0)
    return unlink(temporary) == 0;
  return (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) && rename(temporary, path) == 0;
}

/* That the file is there gets words of its own, because there is a way out. */
static bool fail(char why[OUT_FILE_WHY_MAX], const char *path) {
  if (errno == EEXIST)
    snprintf(why, OUT_FILE_WHY_MAX, "%.250s: is there already; --force replaces it", path);
  else
    snprintf(why, OUT_FILE_WHY_MAX, "%.250s: cannot write: %s", path, strerror(errno));
  return false;
}

bool out_file_write(const char *path, struct span text, bool force, char why[OUT_FILE_WHY_MAX]) {
  char temporary[PATH_MAX];
  struct stat there;
  /* Asked first for the sake of the message; the link is what makes it sure. */
  if (!force && lstat(path, &there) == 0) {
    errno = EEXIST;
    return fail(why, path);
  }
  if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
    errno = ENAMETOOLONG;
    return fail(why, path);
  }
  const int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0)
    return fail(why, path);
  bool ok = write_all(fd, text) && fchmod(fd, mode_for(path)) == 0 && fsync(fd) == 0;
  /* Closing can report what writing did not. */
  ok = close(fd) == 0 && ok;
  ok = ok && give_name(temporary, path, force);
  if (!ok) {
    const int error = errno;
    unlink(temporary);
    errno = error;
  }
  return ok || fail(why, path);
}
