/* ownership.c - makes and gives away as root, and looks at the result as the user.
 *
 * Only what is made here is given away: were root to give away what it finds, whoever may
 * write to the directory could put a link there and be given any file of the system. So
 * files of an earlier start as root have to be given to the user by hand, which the errors
 * of those who open them lead to. They open them after the change of users, so that what
 * does not work fails at the start. */
#include "daemon/ops/ownership.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ops/path_parts.h"

static bool failed(const char *what, const char *path, char *why, size_t why_size) {
  snprintf(why, why_size, "cannot %s %s: %s", what, path, strerror(errno));
  return false;
}

/* Only the last part: a mistyped path should be an error, not a new tree. The directory is
 * empty and root's until it is given away, and it is given by descriptor. */
static bool make_directory(const char *path, const struct account *account, char *why,
                           size_t why_size) {
  if (mkdir(path, 0700) != 0)
    return errno == EEXIST || failed("make the state directory", path, why, why_size);
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const bool ok = fd >= 0 && fchown(fd, account->uid, account->gid) == 0;
  if (!ok)
    failed("give away the state directory", path, why, why_size);
  if (fd >= 0)
    close(fd);
  return ok;
}

/* O_EXCL: neither a file nor a link that stands there is touched. */
static bool make_log(const char *path, const struct account *account, char *why, size_t why_size) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return errno == EEXIST || failed("open the decision log", path, why, why_size);
  const bool ok = fchown(fd, account->uid, account->gid) == 0;
  if (!ok)
    failed("give away the decision log", path, why, why_size);
  close(fd);
  return ok;
}

static bool keeps_state(const struct config *config) {
  return config->decision_log[0] != '\0' || config->budget[0] != '\0';
}

bool ownership_prepare(const struct account *account, const struct config *config, char *why,
                       size_t why_size) {
  if (keeps_state(config) && !make_directory(config->state_dir, account, why, why_size))
    return false;
  return config->decision_log[0] == '\0' || make_log(config->decision_log, account, why, why_size);
}

/* Asked of the kernel as the user; access() goes by the real ids, which have changed too. */
static void warn_unless(int mode, const char *path, const char *consequence,
                        const struct account *account) {
  if (access(path, mode) == 0 || errno == ENOENT)
    return;
  fprintf(stderr,
          "tierd: warning: user %s may not %s %s, so that %s; to mend it, run: chown %s %s\n",
          account->name, mode & W_OK ? "write to" : "read", path, consequence, account->name, path);
}

/* Making, renaming and removing files is a matter of their directory. */
static void warn_of_directory(const char *path, const char *consequence,
                              const struct account *account) {
  char directory[PATH_MAX];
  if (path_directory(path, directory))
    warn_unless(W_OK | X_OK, directory, consequence, account);
}

static bool is_regular(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

void ownership_warn(const struct account *account, const struct config *config) {
  if (config->socket[0] != '\0')
    warn_of_directory(config->socket,
                      "the socket stays there when tierd ends, and the next start replaces it",
                      account);
  if (keeps_state(config))
    warn_unless(R_OK | W_OK | X_OK, config->state_dir, "nothing can be kept there", account);
  /* A log in /dev is a device, which nobody rotates. */
  if (config->decision_log[0] == '\0' || !is_regular(config->decision_log))
    return;
  warn_unless(R_OK | W_OK, config->decision_log, "no decision can be logged", account);
  warn_of_directory(config->decision_log, "the decision log cannot be rotated", account);
}
