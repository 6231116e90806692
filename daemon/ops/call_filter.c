/* call_filter.c - the list of system calls, and libseccomp to make a filter of it.
 *
 * The list was begun with what strace(1) sees of a daemon that serves, logs, rotates,
 * reloads and ends; added is what other versions of the C library and of libuv use for the
 * same (open for openat, poll for ppoll), and what they do when memory or files are short.
 * None of it starts a program, makes a process, binds or connects over a network, changes
 * ids or modes, traces, mounts, loads, or makes memory executable.
 *
 * A call that is refused fails; it does not kill. A daemon that is up must not end because
 * a library took another way through the kernel than it did here, and what fails is seen in
 * the kernel's log. */
#include "daemon/ops/call_filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* By name, since not every architecture has each. */
static const char *const allowed[] = {
    /* threads and memory */
    "brk", "madvise", "mremap", "munmap", "exit", "exit_group", "futex", "futex_waitv",
    "get_robust_list", "set_robust_list", "rseq", "membarrier", "sched_getaffinity", "sched_yield",
    "gettid", "getpid", "restart_syscall",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
    /* time and numbers */
    "clock_getres", "clock_gettime", "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64",
    "nanosleep", "gettimeofday", "time", "getrandom", "getrusage", "getrlimit", "setrlimit",
    "prlimit64", "sysinfo", "uname", "getuid", "geteuid", "getgid", "getegid",
    /* events */
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe2",
    "poll", "ppoll", "pselect6", "select", "timerfd_create", "timerfd_settime", "inotify_init1",
    "inotify_add_watch", "inotify_rm_watch",
    /* descriptors */
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
    "pwritev2", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "lseek",
    "_llseek", "fstat", "fstat64", "fsync", "fdatasync", "ftruncate", "ftruncate64", "flock",
    "fadvise64",
    /* files; which ones is Landlock's business, and the modes' */
    "open", "openat", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx",
    "access", "faccessat", "faccessat2", "readlink", "readlinkat", "rename", "renameat",
    "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "getdents64", "getcwd",
    "umask",
    /* clients that connect, and a supervisor's local socket */
    "accept", "accept4", "listen", "shutdown", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "sendmsg", "sendto", "recvmsg", "recvfrom"};

/* A call and what one of its arguments must be, but for the bits outside of mask. */
struct narrowed {
  const char *name;
  unsigned argument;
  uint64_t mask, value;
};

static const struct narrowed narrowed[] = {
    {"socket", 0, UINT64_MAX, AF_UNIX},
    {"clone", 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM},
    {"mmap", 2, PROT_EXEC, 0},
    {"mmap2", 2, PROT_EXEC, 0},
    {"mprotect", 2, PROT_EXEC, 0},
    /* Names of threads, and of memory in newer C libraries. */
    {"prctl", 0, UINT64_MAX, PR_SET_NAME},
    {"prctl", 0, UINT64_MAX, 0x53564d41},
    /* What libuv and the C library ask of descriptors; not typing into a terminal. */
    {"ioctl", 1, UINT32_MAX, FIONBIO},
    {"ioctl", 1, UINT32_MAX, FIOCLEX},
    {"ioctl", 1, UINT32_MAX, FIONREAD},
    {"ioctl", 1, UINT32_MAX, TCGETS}};

static int allow_listed(scmp_filter_ctx filter) {
  int error = 0;
  for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && error == 0; i++) {
    const int call = seccomp_syscall_resolve_name(allowed[i]);
    /* A name that this library is too old to know is no call that it could let through. */
    if (call != __NR_SCMP_ERROR)
      error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  }
  return error;
}

static int allow_narrowed(scmp_filter_ctx filter) {
  int error = 0;
  for (size_t i = 0; i < sizeof narrowed / sizeof narrowed[0] && error == 0; i++) {
    const struct narrowed *n = &narrowed[i];
    const int call = seccomp_syscall_resolve_name(n->name);
    const struct scmp_arg_cmp want = {
        .arg = n->argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = n->mask, .datum_b = n->value};
    if (call != __NR_SCMP_ERROR)
      error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &want);
  }
  return error;
}

/* The thread that scores candidates makes itself less urgent: itself alone, and not all
 * processes of its user, whom the same 0 would name. */
static int add_priority(scmp_filter_ctx filter) {
  const struct scmp_arg_cmp own[] = {{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PRIO_PROCESS},
                                     {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = 0}};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(setpriority), 2, own);
}

/* clone3 has its flags in memory, where no filter sees them. That it is not there, rather
 * than forbidden, makes the C library take clone. abort() signals the process itself. */
static int add_special(scmp_filter_ctx filter) {
  const struct scmp_arg_cmp self = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()};
  int error = 0;
  const int clone3 = seccomp_syscall_resolve_name("clone3");
  if (clone3 != __NR_SCMP_ERROR)
    error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);
  if (error == 0)
    error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
  return error;
}

bool call_filter_enter(char *why, size_t why_size) {
  int error = -ENOMEM;
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter) {
    /* Logging is a courtesy of kernels since 4.14. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    /* A tree instead of a list of comparisons, for kernels that do not remember by number
     * what is always allowed (before 5.11). */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    error = allow_listed(filter);
    if (error == 0)
      error = allow_narrowed(filter);
    if (error == 0)
      error = add_special(filter);
    if (error == 0)
      error = add_priority(filter);
    if (error == 0)
      error = seccomp_load(filter);
    seccomp_release(filter);
  }
  if (error != 0)
    snprintf(why, why_size, "no system call filter: %s", strerror(-error));
  return error == 0;
}
