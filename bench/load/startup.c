/* startup.c - `tier-bench startup`: from exec to the first answer, and memory.
 *
 * Each run starts the server, knocks at its socket until it is let in, sends one
 * request and stops the clock at the end of the answer. Then it opens the other
 * connections, has each serve a request, reads the resident memory and ends the server
 * with SIGTERM. The medians over the runs are reported. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/flags/flags.h"
#include "bench/load/load.h"
#include "bench/load/process.h"
#include "bench/load/requests.h"
#include "bench/load/response.h"
#include "bench/load/target.h"

enum {
  EXIT_USAGE = 2,
  RUNS_MAX = 1000,
  CONNECTIONS_MAX = 1000,
  START_PATIENCE_MS = 10000,
  ANSWER_PATIENCE_MS = 10000,
  KNOCK_EVERY_NS = 100000 /* a tenth of a millisecond: fine enough, and leaves the CPU alone */
};

/* Options and what was measured, in one piece of memory: the figures are too many for the
 * stack. */
struct startup {
  const char *socket;
  char **command;
  uint64_t runs, connections;
  bool json;
  struct target target;
  struct requests requests;
  double first_answer_ms[RUNS_MAX];
  double resident_kib[RUNS_MAX];
};

/* By a clock that nobody sets. */
static double now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Always false, so that callers can return it. */
static bool complain(const char *what, const char *about) {
  (void)fprintf(stderr, "tier-bench startup: %s%s\n", what, about);
  return false;
}

/* ---- one request on one connection */

/* Both wait by poll(), since the sockets do not block. */
static bool send_all(int fd, struct span request) {
  while (request.len > 0) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, ANSWER_PATIENCE_MS) != 1)
      return false;
    ssize_t sent = send(fd, request.ptr, request.len, MSG_NOSIGNAL);
    if (sent < 0)
      return false;
    request = span_make(request.ptr + sent, request.len - (size_t)sent);
  }
  return true;
}

/* Until the answer's last byte: the clock stops when a client could go on. */
static bool read_answer(int fd) {
  struct response response;
  char bytes[16384];
  response_begin(&response);
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, ANSWER_PATIENCE_MS) != 1)
      return false;
    ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0)
      return false;
    enum response_event event = response_read(&response, bytes, (size_t)count);
    if (event != RESPONSE_MORE)
      return event == RESPONSE_DONE && response.status == 200;
  }
}

/* Always the same request, so that runs differ in nothing. */
static bool exchange(const struct startup *startup, int fd) {
  return send_all(fd, startup->requests.items[0]) && read_answer(fd);
}

/* ---- one run */

/* posix_spawn() and not fork(): copying this process's page tables would count as the
 * server's start. */
static pid_t spawn(char **command) {
  posix_spawn_file_actions_t actions;
  pid_t pid = -1;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return -1;
  /* Its messages would mix with the report. */
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  extern char **environ;
  if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0)
    pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

/* A connection to the server that is starting, or -1 when it ends or takes too long. */
static int knock(const struct startup *startup, pid_t pid) {
  const struct timespec pause = {.tv_nsec = KNOCK_EVERY_NS};
  double until = now_ms() + START_PATIENCE_MS;
  while (now_ms() < until) {
    siginfo_t info = {0};
    int fd = target_connect(&startup->target);
    if (fd >= 0)
      return fd;
    /* WNOWAIT leaves the ended process for stop() to reap. */
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid)
      return -1;
    (void)nanosleep(&pause, NULL);
  }
  return -1;
}

/* With the first connection still open: the others, a request on each, the memory. */
static bool measure_memory(const struct startup *startup, pid_t pid, double *out) {
  int fds[CONNECTIONS_MAX];
  size_t open = 0;
  uint64_t kib = 0;
  bool ok = true;
  while (ok && open + 1 < startup->connections) {
    fds[open] = target_connect(&startup->target);
    ok = fds[open] >= 0;
    open += ok;
    ok = ok && exchange(startup, fds[open - 1]);
  }
  /* While all connections are open. */
  ok = ok && process_resident_kib(pid, &kib);
  *out = (double)kib;
  while (open > 0)
    close(fds[--open]);
  return ok || complain("a connection was not served", "");
}

/* Waits for the end, so that the next start finds the socket free. */
static void stop(pid_t pid) {
  int status;
  (void)kill(pid, SIGTERM);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
}

/* Fills the run's two figures; the server has ended when it returns. */
static bool run_once(struct startup *startup, size_t run) {
  /* Before exec, so that loading the program counts: it does for whoever waits. */
  double begun = now_ms();
  pid_t pid = spawn(startup->command);
  if (pid < 0)
    return complain("cannot start ", startup->command[0]);
  int fd = knock(startup, pid);
  bool ok = fd >= 0 && exchange(startup, fd);
  startup->first_answer_ms[run] = now_ms() - begun;
  if (!ok)
    complain("no answer with status 200 at ", startup->socket);
  ok = ok && measure_memory(startup, pid, &startup->resident_kib[run]);
  if (fd >= 0)
    close(fd);
  stop(pid);
  return ok;
}

/* ---- the command */

/* Ascending. */
static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Least and greatest stand beside the median: the first start finds cold caches. */
static void report(struct startup *s) {
  size_t runs = (size_t)s->runs;
  /* The two need not be of the same run, for each is shown by itself. */
  qsort(s->first_answer_ms, runs, sizeof(double), compare);
  qsort(s->resident_kib, runs, sizeof(double), compare);
  const char *form = s->json ? "{\"runs\":%zu,\"first_answer_ms\":{\"median\":%.3f,\"least\":%.3f,"
                               "\"greatest\":%.3f},\"connections\":%zu,\"resident_kib\":%.0f}\n"
                             : "runs           %zu\nfirst answer   %.3f ms (median; %.3f to %.3f)\n"
                               "with %zu connections open: %.0f KiB resident\n";
  (void)printf(form, runs, s->first_answer_ms[runs / 2], s->first_answer_ms[0],
               s->first_answer_ms[runs - 1], (size_t)s->connections, s->resident_kib[runs / 2]);
}

/* rest is where the command begins, behind "--". */
static enum flags_result parse(struct startup *s, int argc, char **argv, int *rest) {
  const struct flag table[] = {
      {"socket", "PATH", "where COMMAND will serve", FLAG_TEXT, &s->socket, 0, 0},
      {"runs", "N", "starts to measure (default 11)", FLAG_COUNT, &s->runs, 1, RUNS_MAX},
      {"connections", "N", "open ones when memory is read (default 64)", FLAG_COUNT,
       &s->connections, 1, CONNECTIONS_MAX},
      {"json", NULL, "print one JSON object", FLAG_SET, &s->json, 0, 0},
  };
  const struct flags flags = {
      "tier-bench startup",
      "--socket PATH [OPTION]... -- COMMAND [ARGUMENT]...",
      "Starts COMMAND, a server on the socket, again and again; measures the time from\n"
      "exec to its first answer, and its resident memory once it has served.",
      "\nExit status: 0 when every start was measured, 1 when one was not, 2 for wrong\n"
      "usage.\n",
      table,
      sizeof table / sizeof table[0],
      sizeof table / sizeof table[0]};
  return flags_parse(&flags, argc, argv, rest);
}

/* Stops at the first start that fails: the next would fail alike. */
static int run_all(struct startup *startup) {
  bool ok = true;
  for (size_t run = 0; ok && run < startup->runs; run++)
    ok = run_once(startup, run);
  if (ok)
    report(startup);
  return ok ? 0 : 1;
}

int startup_main(int argc, char **argv) {
  char why[256];
  int rest = argc, code = EXIT_USAGE;
  struct startup *s = calloc(1, sizeof *s);
  if (!s)
    return complain("out of memory", ""), EXIT_USAGE;
  /* Odd, so that the median is a run's own figure. */
  s->runs = 11;
  s->connections = 64;
  enum flags_result parsed = parse(s, argc, argv, &rest);
  s->command = argv + rest;
  if (parsed == FLAGS_HELP)
    code = 0;
  else if (parsed == FLAGS_OK && (!s->socket || rest >= argc))
    complain("give --socket PATH and, after --, the command to start", "");
  else if (parsed == FLAGS_OK &&
           (!target_parse(&s->target, s->socket, NULL, why, sizeof why) ||
            !requests_generated(&s->requests, "/v1/route", 1, 1, why, sizeof why)))
    complain(why, "");
  else if (parsed == FLAGS_OK)
    code = run_all(s);
  requests_deinit(&s->requests);
  free(s);
  return code;
}
