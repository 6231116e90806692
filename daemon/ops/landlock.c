/* landlock.c - the three system calls of Landlock, and which rights there are.
 *
 * The C library has no functions for them, and the system's header may be older than the
 * kernel, so that the rights are numbered here, with the version of the interface that
 * brought each. A right that the kernel does not know must not be asked for. Which paths
 * the daemon needs is known by sandbox.c. */
#include "daemon/ops/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on all architectures, as all calls are since 2019. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
  ASK_VERSION = 1,
  RULE_PATH_BENEATH = 1,
  VERSION_REFER = 2,
  VERSION_TRUNCATE = 3,
  VERSION_NETWORK = 4,
  VERSION_IOCTL = 5,
  VERSION_SCOPE = 6
};

enum {
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  REMOVE_FILE = 1 << 5,
  MAKE_REG = 1 << 8,
  ALL_OF_VERSION_1 = (1 << 13) - 1,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
  IOCTL_DEV = 1 << 15,
  BIND_TCP_AND_CONNECT_TCP = 3,
  SCOPE_SIGNAL = 2 /* sockets without a path stay: a supervisor's may be one */
};

/* As the kernel has them. */
/* A field that is too much for the kernel is no error while it is 0. */
struct ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

/* Packed, for so it is in the kernel's interface. */
struct beneath {
  uint64_t allowed;
  int32_t parent_fd;
} __attribute__((packed));

/* All that can be denied is denied: rules then give back what is needed. */
static uint64_t known_rights(int version) {
  uint64_t rights = ALL_OF_VERSION_1;
  if (version >= VERSION_REFER)
    rights |= REFER;
  if (version >= VERSION_TRUNCATE)
    rights |= TRUNCATE;
  if (version >= VERSION_IOCTL)
    rights |= IOCTL_DEV;
  return rights;
}

/* False where the kernel has no Landlock or it is switched off; version tells how much it
 * has. */
bool landlock_begin(struct landlock *landlock) {
  landlock->fd = -1;
  landlock->version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
  if (landlock->version < 1)
    return false;
  const struct ruleset rules = {
      .files = known_rights(landlock->version),
      .network = landlock->version >= VERSION_NETWORK ? BIND_TCP_AND_CONNECT_TCP : 0,
      .scopes = landlock->version >= VERSION_SCOPE ? SCOPE_SIGNAL : 0};
  /* Older kernels take the fields that they do not know as long as they are 0. */
  landlock->fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  return landlock->fd >= 0;
}

/* A rule for a file must not speak of what only directories have. */
static uint64_t rights_for(const struct landlock *landlock, enum landlock_rights rights,
                           bool directory) {
  uint64_t allowed = READ_FILE;
  if (rights == LANDLOCK_WRITE)
    allowed |= WRITE_FILE | TRUNCATE;
  if (directory)
    allowed |= READ_DIR;
  if (directory && rights == LANDLOCK_WRITE)
    allowed |= REMOVE_FILE | MAKE_REG;
  return allowed & known_rights(landlock->version);
}

bool landlock_allow(struct landlock *landlock, const char *path, enum landlock_rights rights) {
  struct stat info;
  struct beneath rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
  /* What is not there needs no rule, and cannot have one. */
  if (rule.parent_fd < 0)
    return errno == ENOENT;
  bool ok = fstat(rule.parent_fd, &info) == 0;
  rule.allowed = rights_for(landlock, rights, ok && S_ISDIR(info.st_mode));
  ok = ok && syscall(SYS_landlock_add_rule, landlock->fd, RULE_PATH_BENEATH, &rule, 0) == 0;
  const int error = errno;
  close(rule.parent_fd);
  errno = error;
  /* EBADFD: no file of a file system, but a pipe or a socket, which Landlock lets be. */
  return ok || error == EBADFD;
}

/* For this thread and those that it will start; hence before any others are. */
bool landlock_enter(struct landlock *landlock) {
  const bool ok = syscall(SYS_landlock_restrict_self, landlock->fd, 0) == 0;
  const int error = errno;
  landlock_drop(landlock);
  errno = error;
  return ok;
}

/* Rules that were not entered have no effect; the descriptor alone has to go. */
void landlock_drop(struct landlock *landlock) {
  if (landlock->fd >= 0)
    close(landlock->fd);
  landlock->fd = -1;
}
