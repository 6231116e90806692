/* sandbox.c - which files the daemon needs after its start, and both filters in order.
 *
 * Landlock's rules hold for directories, not for files: a new version of a file is renamed
 * over the old one and is another file. Landlock comes before the filter of system calls,
 * which does not let its calls through. What is given up here is given up for the whole life
 * of the process, reloads included. */
#include "daemon/ops/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ops/call_filter.h"
#include "daemon/ops/landlock.h"
#include "daemon/ops/path_parts.h"

#ifdef TIERD_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* The directory of the path, and that of the file itself where path is a link to it. */
static bool allow_beside(struct landlock *landlock, const char *path, enum landlock_rights rights) {
  char directory[PATH_MAX], real[PATH_MAX];
  if (!path_directory(path, directory) || !landlock_allow(landlock, directory, rights))
    return false;
  if (!realpath(path, real))
    return true; /* a file that is not there yet, such as a new log */
  return path_directory(real, directory) && landlock_allow(landlock, directory, rights);
}

/* A log may be a device such as /dev/null, and then all of /dev is none of its business. */
static bool allow_log(struct landlock *landlock, const char *path) {
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
    return landlock_allow(landlock, path, LANDLOCK_WRITE);
  return allow_beside(landlock, path, LANDLOCK_WRITE);
}

/* As in the settings: parted by commas, of which one at the end does no harm. */
static bool allow_list(struct landlock *landlock, const char *list) {
  char path[PATH_MAX];
  while (*list != '\0') {
    const size_t len = strcspn(list, ",");
    if (len >= sizeof path) {
      errno = ENAMETOOLONG;
      return false;
    }
    memcpy(path, list, len);
    path[len] = '\0';
    if (len > 0 && !landlock_allow(landlock, path, LANDLOCK_READ))
      return false;
    list += len + (list[len] == ',');
  }
  return true;
}

/* The state directory is made by those who use it; made here, it can be named in a rule.
 * Without log and budgets only promoting needs it, which then has to find it there. */
static bool allow_state(struct landlock *landlock, const struct config *config) {
  if (config->decision_log[0] == '\0' && config->budget[0] == '\0')
    return access(config->state_dir, R_OK | W_OK | X_OK) != 0 ||
           landlock_allow(landlock, config->state_dir, LANDLOCK_WRITE);
  (void)mkdir(config->state_dir, 0700); /* its user says what is wrong with it */
  return landlock_allow(landlock, config->state_dir, LANDLOCK_WRITE);
}

/* Everything that is opened after the start, for reloads and rotations too, and nothing
 * else. */
static bool allow_needed(struct landlock *landlock, const struct config *config,
                         const char *config_path) {
  return allow_beside(landlock, config->model, LANDLOCK_READ) &&
         allow_beside(landlock, config->catalog, LANDLOCK_READ) &&
         (!config_path || allow_beside(landlock, config_path, LANDLOCK_READ)) &&
         allow_list(landlock, config->sandbox_read) &&
         /* for /metrics; what is another's there stays so by Landlock itself */
         landlock_allow(landlock, "/proc", LANDLOCK_READ) &&
         (config->socket[0] == '\0' || allow_beside(landlock, config->socket, LANDLOCK_WRITE)) &&
         (config->decision_log[0] == '\0' || allow_log(landlock, config->decision_log)) &&
         allow_state(landlock, config);
}

/* The version in force, or 0 with why, a clause, filled. */
static int confine_files(const struct config *config, const char *config_path, char *why,
                         size_t why_size) {
  struct landlock landlock;
  const bool begun = landlock_begin(&landlock);
  if (begun && allow_needed(&landlock, config, config_path) && landlock_enter(&landlock))
    return landlock.version;
  const bool absent = !begun && (errno == ENOSYS || errno == EOPNOTSUPP);
  snprintf(why, why_size, "no Landlock: %s",
           absent ? "the kernel does not have it" : strerror(errno));
  landlock_drop(&landlock);
  return 0;
}

/* Both are tried even if the first fails: half a sandbox is better than none, and is said. */
static bool confine(const struct config *config, const char *config_path,
                    struct sandbox_report *report, char *why, size_t why_size) {
  char files[96], no_files[96], no_calls[96];
  const int version = confine_files(config, config_path, no_files, sizeof no_files);
  const bool calls = call_filter_enter(no_calls, sizeof no_calls);
  /* Kernels learnt of TCP with version 4 and of signals with 6. */
  snprintf(files, sizeof files, "Landlock %d (files%s%s)", version, version >= 4 ? ", TCP" : "",
           version >= 6 ? ", signals" : "");
  snprintf(report->text, sizeof report->text, "%s, %s", version > 0 ? files : no_files,
           calls ? "seccomp" : no_calls);
  if ((version > 0 && calls) || strcmp(config->sandbox, "require") != 0)
    return true;
  snprintf(why, why_size, "--sandbox=require: %s; use --sandbox=auto to do with what there is",
           report->text);
  return false;
}

/* Sanitizers open files and make calls of their own, at times that nobody can foresee. */
bool sandbox_enter(const struct config *config, const char *config_path,
                   struct sandbox_report *report, char *why, size_t why_size) {
  if (strcmp(config->sandbox, "off") == 0) {
    snprintf(report->text, sizeof report->text, "off");
    return true;
  }
  if (!SANITIZED)
    return confine(config, config_path, report, why, why_size);
  snprintf(report->text, sizeof report->text, "none: built with a sanitizer");
  if (strcmp(config->sandbox, "require") != 0)
    return true;
  snprintf(why, why_size, "--sandbox=require: a build with a sanitizer cannot be confined");
  return false;
}

/* access() goes by modes alone; only opening asks Landlock. */
bool sandbox_hides(const char *path) {
  if (access(path, R_OK) != 0)
    return false;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0)
    close(fd);
  return fd < 0 && errno == EACCES;
}
