/* server.c - workers in threads, and the signals that end them.
 *
 * The first worker runs on the calling thread and watches for signals; the first one
 * to end is passed on to every worker, which drains by itself. */
#include "daemon/net/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/net/conn.h"
#include "daemon/net/reload_signal.h"
#include "daemon/net/watchdog.h"
#include "daemon/net/worker.h"
#include "daemon/ops/systemd.h"

enum { SERVER_SIGNALS = 3, SERVER_THREADS_MAX = 256 };

struct server {
  struct sockets *sockets; /* borrowed */
  struct shared_counts counts;
  struct worker **workers;
  size_t workers_count;
  uv_signal_t signals[SERVER_SIGNALS];
  struct reload_signal reload;
  struct watchdog watchdog;
  uv_fs_event_t path_event;
  uv_timer_t delay;         /* between the signal to end and closing the sockets */
  bool stopping;            /* told to end */
  bool draining;            /* the sockets are closed */
  struct decision_log *log; /* borrowed; NULL when it is off */
  const struct systemd *systemd;
};

/* The path may be removed while tierd runs. Open connections and TCP go on; whoever
 * operates it should hear of it at once, and not from clients. */
static void on_path_event(uv_fs_event_t *event, const char *name, int events, int status) {
  struct server *server = event->data;
  (void)name, (void)events, (void)status;
  if (server->stopping || unix_listener_present(&server->sockets->unix_listener))
    return;
  fprintf(stderr,
          "tierd: warning: the socket %s is gone; open connections are served, new ones cannot be "
          "made there; restart tierd\n",
          server->sockets->unix_listener.path);
  uv_fs_event_stop(event);
}

/* A courtesy: where the system has no watches left, tierd serves all the same. */
static void watch_path(struct server *server) {
  uv_fs_event_t *event = &server->path_event;
  event->data = server;
  if (!unix_listener_owns_path(&server->sockets->unix_listener) ||
      uv_fs_event_init(&server->workers[0]->loop, event) != 0)
    return;
  (void)uv_fs_event_start(event, on_path_event, server->sockets->unix_listener.path, 0);
  uv_unref((uv_handle_t *)event);
}

/* The workers close their own descriptors of the sockets; the server's are the last. What
 * connects from then on is refused at once instead of waiting for nobody. */
static void start_draining(struct server *server, const char *what) {
  server->draining = true;
  watchdog_stop(&server->watchdog);
  uv_timer_stop(&server->delay);
  fprintf(stderr, "tierd: %s: finishing open requests\n", what);
  sockets_close(server->sockets);
  for (size_t i = 0; i < server->workers_count; i++)
    worker_stop(server->workers[i]);
}

static void on_delay(uv_timer_t *timer) {
  start_draining(timer->data, "drain-delay is over");
}

/* Signals stay caught while draining, so that a second one, as from a terminal and
 * a supervisor both, does not end it midway. drain_timeout bounds the wait. Whoever is at
 * a terminal waits for no load balancer, and may end the wait for one. */
static void on_signal(uv_signal_t *handle, int number) {
  struct server *server = handle->data;
  struct worker *worker = server->workers[0]; /* whose loop and thread this is */
  if (server->draining || (server->stopping && number != SIGINT))
    return;
  server->stopping = true;
  systemd_stopping(server->systemd);
  atomic_store(&server->counts.leaving, true);
  worker_refresh(worker); /* the delay may have changed since the last request */
  uint32_t delay_ms = worker->config->drain_delay_ms;
  if (number == SIGINT || delay_ms == 0) {
    start_draining(server, number == SIGINT ? "interrupted" : "terminated");
    return;
  }
  fprintf(stderr, "tierd: terminated: not ready any more, serving on for %u ms (drain-delay)\n",
          (unsigned)delay_ms);
  uv_timer_start(&server->delay, on_delay, delay_ms, 0);
}

/* As sent by whoever has renamed the log. */
static void on_reopen(uv_signal_t *handle, int number) {
  struct server *server = handle->data;
  (void)number;
  if (server->log)
    decision_log_reopen(server->log);
}

/* The handles do not keep the loop alive; worker_deinit() closes them with it. */
static bool watch_signals(struct server *server, const struct api_state *state, char *why,
                          size_t why_size) {
  static const struct {
    int number;
    uv_signal_cb act;
  } watched[SERVER_SIGNALS] = {{SIGTERM, on_signal}, {SIGINT, on_signal}, {SIGUSR1, on_reopen}};
  for (size_t i = 0; i < SERVER_SIGNALS; i++) {
    uv_signal_t *handle = &server->signals[i];
    handle->data = server;
    if (uv_signal_init(&server->workers[0]->loop, handle) != 0 ||
        uv_signal_start(handle, watched[i].act, watched[i].number) != 0) {
      snprintf(why, why_size, "cannot watch for signals");
      return false;
    }
    uv_unref((uv_handle_t *)handle);
  }
  server->delay.data = server;
  if (uv_timer_init(&server->workers[0]->loop, &server->delay) != 0) {
    snprintf(why, why_size, "cannot set a timer for drain-delay");
    return false;
  }
  if (reload_signal_init(&server->reload, &server->workers[0]->loop, state->reloader))
    return true;
  snprintf(why, why_size, "cannot watch for SIGHUP");
  return false;
}

static bool watch_loops(struct server *server, char *why, size_t why_size) {
  if (watchdog_start(&server->watchdog, server->systemd, server->workers, server->workers_count))
    return true;
  snprintf(why, why_size, "cannot feed the watchdog: out of memory");
  return false;
}

/* What is open beside connections_max. */
static rlim_t descriptors_beside(uint32_t threads) {
  return CONN_REJECTED_MAX + WORKER_DESCRIPTORS_OTHER + (rlim_t)threads * WORKER_DESCRIPTORS;
}

static void ask_for_descriptors(rlim_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
}

void server_reserve_descriptors(const struct config *config, uint32_t threads) {
  const rlim_t wanted = config->connections_max + descriptors_beside(threads);
  struct rlimit limit;
  ask_for_descriptors(wanted);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  const rlim_t most = limit.rlim_cur < wanted ? limit.rlim_cur : wanted;
  const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)most - 1);
  if (fd >= 0)
    close(fd);
}

/* accept() that fails for lack of descriptors refuses clients without a word, so that
 * there are always enough for connections_max: more are asked for, else fewer
 * connections are taken. */
static bool limit_descriptors(struct server *server, const struct config *config, uint32_t threads,
                              char *why, size_t why_size) {
  struct rlimit limit;
  const rlim_t other = descriptors_beside(threads);
  const rlim_t wanted = config->connections_max + other;
  ask_for_descriptors(wanted);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= other) {
    snprintf(why, why_size,
             "only %llu files may be open, and %llu are needed beside connections; raise the limit "
             "(ulimit -n, LimitNOFILE=), or lower --threads",
             (unsigned long long)limit.rlim_cur, (unsigned long long)other);
    return false;
  }
  rlim_t most = limit.rlim_cur < wanted ? limit.rlim_cur : wanted;
  server->counts.descriptors_max = (unsigned)most;
  server->counts.connections_max = (unsigned)(most - other);
  if (most < wanted)
    fprintf(stderr,
            "tierd: warning: only %u connections, not %u: at most %u files may be open; raise "
            "the limit (ulimit -n, LimitNOFILE=)\n",
            server->counts.connections_max, config->connections_max, (unsigned)most);
  return true;
}

static bool make_workers(struct server *server, const struct config *config,
                         const struct api_state *state, char *why, size_t why_size) {
  server->workers = calloc(state->threads, sizeof *server->workers);
  for (size_t i = 0; server->workers && i < state->threads; i++) {
    struct worker *worker = malloc(sizeof *worker);
    if (!worker)
      break;
    if (!worker_init(worker, config, state, &server->counts, server->sockets, why, why_size)) {
      free(worker);
      return false;
    }
    server->workers[server->workers_count++] = worker;
  }
  if (server->workers_count == state->threads)
    return true;
  snprintf(why, why_size, "out of memory");
  return false;
}

bool server_create(struct server **out, const struct config *config, const struct api_state *state,
                   const struct systemd *systemd, struct sockets *sockets, char *why,
                   size_t why_size) {
  struct server *server = calloc(1, sizeof *server);
  *out = NULL;
  if (!server) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  server->sockets = sockets;
  server->log = state->log;
  server->systemd = systemd;
  if (!limit_descriptors(server, config, state->threads, why, why_size) ||
      !make_workers(server, config, state, why, why_size) ||
      !watch_signals(server, state, why, why_size) || !watch_loops(server, why, why_size)) {
    server_destroy(server);
    return false;
  }
  watch_path(server);
  *out = server;
  return true;
}

static void *run_worker(void *worker) {
  worker_run(worker);
  return NULL;
}

/* Once the handles are closed the signals would have their default effect again, and
 * one that comes while the process tidies up would turn a clean end into a kill. */
static void block_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void server_run(struct server *server) {
  pthread_t threads[SERVER_THREADS_MAX];
  size_t started = 0;
  while (started + 1 < server->workers_count && started < SERVER_THREADS_MAX &&
         pthread_create(&threads[started], NULL, run_worker, server->workers[started + 1]) == 0)
    started++;
  worker_run(server->workers[0]);
  for (size_t i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
  block_signals();
}

void server_destroy(struct server *server) {
  if (!server)
    return;
  for (size_t i = 0; i < server->workers_count; i++) {
    worker_deinit(server->workers[i]);
    free(server->workers[i]);
  }
  free(server->workers);
  free(server);
}
