/* privileges.c - groups, ids, capabilities, core dumps: down, with no way back.
 *
 * The order matters: groups can only be changed while the process is still root, and
 * becoming another user switches core dumps to what the system thinks of such processes.
 * Each step is checked, and in the end whether root can be had again, since a process that
 * believes to have dropped its rights is worse than one that says that it has not. */
#include "daemon/ops/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool failed(const char *what, char *why, size_t why_size) {
  snprintf(why, why_size, "cannot %s: %s", what, strerror(errno));
  return false;
}

/* Ids that are real, effective and saved all at once: a saved one could be taken again. */
static bool is_for_good(const struct account *account) {
  uid_t uids[3];
  gid_t gids[3];
  if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 || getresgid(&gids[0], &gids[1], &gids[2]) != 0)
    return false;
  for (int i = 0; i < 3; i++)
    if (uids[i] != account->uid || gids[i] != account->gid)
      return false;
  return setuid(0) != 0 && setgid(0) != 0;
}

/* The groups that the system lists for the user come along: by them an operator can let
 * tierd read a file. Root's own do not. */
static bool become(const struct account *account, char *why, size_t why_size) {
  char what[ACCOUNT_NAME_MAX + 64];
  snprintf(what, sizeof what, "become user %s", account->name);
  if (initgroups(account->name, account->gid) != 0 ||
      setresgid(account->gid, account->gid, account->gid) != 0 ||
      setresuid(account->uid, account->uid, account->uid) != 0)
    return failed(what, why, why_size);
  if (is_for_good(account))
    return true;
  snprintf(why, why_size, "became user %s, but could become root again; not going on",
           account->name);
  return false;
}

/* A supervisor may have given a plain user some, such as to bind a low port. By system
 * calls, since the only library for it would serve these few lines. */
static bool drop_capabilities(char *why, size_t why_size) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
  memset(none, 0, sizeof none);
  /* Kernels before 4.3 have no ambient set, and then there is nothing to clear. */
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
    return failed("give up ambient capabilities", why, why_size);
  if (syscall(SYS_capset, &header, none) != 0)
    return failed("give up capabilities", why, why_size);
  return true;
}

/* Prompts are in memory while they are answered, and longer in what is free. A process
 * that is not dumpable leaves no core, even where cores go to a program, which heeds no
 * limit; nor may another process of the user read its memory. */
static bool set_core_dumps(bool allowed, char *why, size_t why_size) {
  const struct rlimit none = {0, 0};
  if (!allowed && setrlimit(RLIMIT_CORE, &none) != 0)
    return failed("forbid core dumps", why, why_size);
  if (prctl(PR_SET_DUMPABLE, allowed ? 1 : 0, 0, 0, 0) != 0)
    return failed(allowed ? "allow core dumps" : "forbid core dumps", why, why_size);
  return true;
}

bool privileges_drop(const struct account *account, bool core_dumps, char *why, size_t why_size) {
  if (account->become && !become(account, why, why_size))
    return false;
  if (account->uid != 0 && !drop_capabilities(why, why_size))
    return false;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failed("give up new privileges", why, why_size);
  return set_core_dumps(core_dumps, why, why_size);
}
