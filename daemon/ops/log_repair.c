/* log_repair.c - cuts half a line off the end of a log.
 *
 * Looks for the last line feed from the end, block by block, so that a log of any
 * size is mended in the time of its last line. What is cut must look like the
 * beginning of a line of ours: a mistyped option must not cost anybody a file. */
#include "daemon/ops/log_repair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 16 * 1024 };

static bool failed(const char *what, char *why, size_t why_size) {
  snprintf(why, why_size, "cannot %s: %s", what, strerror(errno));
  return false;
}

/* Where the last line begins: behind the last line feed, or at 0. */
static bool find_last_line(int fd, uint64_t size, uint64_t *start) {
  /* Nothing is mapped: a file that shrinks meanwhile would kill the process. */
  char block[BLOCK];
  uint64_t at = size;
  while (at > 0) {
    const size_t len = at < BLOCK ? (size_t)at : BLOCK;
    if (pread(fd, block, len, (off_t)(at - len)) != (ssize_t)len)
      return false;
    /* Whole blocks without a line feed belong to one long line, with a prompt perhaps. */
    const char *feed = memrchr(block, '\n', len);
    if (feed) {
      *start = at - len + (uint64_t)(feed - block) + 1;
      return true;
    }
    at -= len;
  }
  *start = 0;
  return true;
}

/* The beginning of one of our lines, as far as there is any; or the zeros that some
 * file systems leave at the end of a file after a power failure. */
static bool is_ours(int fd, uint64_t start, uint64_t size) {
  static const char prefix[] = LOG_LINE_PREFIX;
  char found[sizeof prefix - 1];
  const size_t len = size - start < sizeof found ? (size_t)(size - start) : sizeof found;
  if (pread(fd, found, len, (off_t)start) != (ssize_t)len)
    return false;
  return memcmp(found, prefix, len) == 0 || found[0] == '\0';
}

bool log_repair(int fd, uint64_t *size, uint64_t *cut, char *why, size_t why_size) {
  struct stat info;
  uint64_t start;
  *cut = 0;
  if (fstat(fd, &info) != 0)
    return failed("look at it", why, why_size);
  *size = (uint64_t)info.st_size;
  if (!find_last_line(fd, *size, &start))
    return failed("read it", why, why_size);
  /* Also for an empty file, which begins and ends at 0. */
  if (start == *size)
    return true;
  if (!is_ours(fd, start, *size)) {
    snprintf(why, why_size,
             "ends in half a line that is no line of tierd's; is it the right file? end it with "
             "a line feed, or name another");
    return false;
  }
  if (ftruncate(fd, (off_t)start) != 0)
    return failed("cut half a line off its end", why, why_size);
  *cut = *size - start;
  *size = start;
  return true;
}
