/* install_key.c - reads the installation's key, or makes one.
 *
 * A new key is written to a temporary file and linked to its name, which fails when
 * another tierd was quicker; then that one's key is read. No reader ever sees half
 * a key. What the key is for is the business of keyed_hash.c. */
#include "daemon/ops/install_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fills why and returns false, so that a check can `return complain(...)`. */
__attribute__((format(printf, 3, 4))) static bool complain(char *why, size_t why_size,
                                                           const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(why, why_size, format, args);
  va_end(args);
  return false;
}

/* What an open key file holds, when it is private and of the right length. */
static bool read_key(int fd, const char *path, struct hash_key *key, char *why, size_t why_size) {
  struct stat info;
  char extra;
  if (fstat(fd, &info) != 0)
    return complain(why, why_size, "%s: %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode))
    return complain(why, why_size, "%s: not a regular file; remove it, and a new key is made",
                    path);
  /* With the key, anybody could try out which prompt gives a hash of the log. */
  if (info.st_mode & 077)
    return complain(why, why_size, "%s: mode %04o lets others read the key; run: chmod 600 %s",
                    path, (unsigned)(info.st_mode & 07777), path);
  if (read(fd, key->bytes, HASH_KEY_BYTES) != HASH_KEY_BYTES || read(fd, &extra, 1) != 0)
    return complain(why, why_size, "%s: expected %d bytes; remove it, and a new key is made", path,
                    HASH_KEY_BYTES);
  return true;
}

/* A finished key under a temporary name. */
static bool write_key(const char *temporary, char *why, size_t why_size) {
  struct hash_key key;
  /* O_EXCL and O_NOFOLLOW: never write through something that stands there already. */
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return complain(why, why_size, "cannot make %s: %s; --state-dir names the directory", temporary,
                    strerror(errno));
  bool ok = getrandom(key.bytes, sizeof key.bytes, 0) == sizeof key.bytes &&
            /* Synced, because a key that is lost after a crash would change all hashes. */
            write(fd, key.bytes, sizeof key.bytes) == sizeof key.bytes && fsync(fd) == 0;
  int error = errno;
  close(fd);
  if (ok)
    return true;
  unlink(temporary);
  return complain(why, why_size, "cannot write %s: %s", temporary, strerror(error));
}

static bool make_key(const char *directory, const char *path, char *why, size_t why_size) {
  char temporary[PATH_MAX];
  /* Only the last part: a mistyped path should be an error, not a new tree. */
  if (mkdir(directory, 0700) != 0 && errno != EEXIST)
    return complain(why, why_size,
                    "cannot make the state directory %s: %s; name one by --state-dir", directory,
                    strerror(errno));
  if (snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >=
      (int)sizeof temporary)
    return complain(why, why_size, "%s: the path is too long", path);
  unlink(temporary); /* what a dead process of this number may have left */
  if (!write_key(temporary, why, why_size))
    return false;
  /* EEXIST: somebody else was quicker, and that key is as good. */
  bool linked = link(temporary, path) == 0 || errno == EEXIST;
  int error = errno;
  unlink(temporary);
  return linked || complain(why, why_size, "cannot make %s: %s", path, strerror(error));
}

bool install_key_load(const char *directory, struct hash_key *key, char *why, size_t why_size) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/" INSTALL_KEY_FILE, directory) >= (int)sizeof path)
    return complain(why, why_size, "--state-dir: the path is too long");
  /* The second round reads what the first one made. */
  for (int round = 0; round < 2; round++) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0) {
      bool ok = read_key(fd, path, key, why, why_size);
      close(fd);
      return ok;
    }
    /* A symbolic link gives ELOOP here: the key must be where it seems to be. */
    if (errno != ENOENT)
      return complain(why, why_size, "cannot open %s: %s", path, strerror(errno));
    if (!make_key(directory, path, why, why_size))
      return false;
  }
  return complain(why, why_size, "cannot open %s: %s", path, strerror(errno));
}
