/* worker.c - an event loop: accept, serve, drain.
 *
 * All of a worker's handles live in struct worker or in a connection; the loop ends
 * by itself when the last one is closed, which is how draining ends. */
#include "daemon/net/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "daemon/net/conn.h"

enum { LISTEN_BACKLOG = 1024, RETRY_MS = 100 };

static bool open_listener(struct worker *worker, struct worker_listener *listener);
static void on_retry(uv_timer_t *timer);

/* Short memory and descriptors come back without an event that would tell, so the
 * clock has to. A daemon that is ending takes no new clients in any case. */
static void retry_later(struct worker *worker) {
  if (!worker->draining)
    uv_timer_start(&worker->retry, on_retry, RETRY_MS, 0);
}

static void on_listener_closed(uv_handle_t *handle) {
  struct worker_listener *listener = handle->data;
  listener->state = LISTENER_CLOSED;
}

/* libuv closes its descriptor, and with it a client that has been accepted and not been
 * taken; listener->fd stays for another try. */
static void close_listener(struct worker_listener *listener) {
  if (listener->state == LISTENER_CLOSING || listener->state == LISTENER_CLOSED)
    return;
  listener->state = LISTENER_CLOSING;
  uv_close((uv_handle_t *)&listener->io.stream, on_listener_closed);
}

/* libuv accepts nothing further before a waiting client has been taken, and tries again
 * and again, without end, while accept() fails for lack of descriptors. The first is
 * taken up later, the second is left by closing the listener for a moment. */
static void on_connection(uv_stream_t *stream, int status) {
  struct worker_listener *listener = stream->data;
  struct worker *worker = stream->loop->data;
  if (status == 0 && conn_accept(worker, stream))
    return;
  if (status == 0)
    listener->state = LISTENER_WAITING;
  else
    close_listener(listener);
  retry_later(worker);
}

/* Which clients were kept waiting is known by the listeners' states. */
static void on_retry(uv_timer_t *timer) {
  struct worker *worker = timer->data;
  for (size_t i = 0; i < worker->listeners_count; i++) {
    struct worker_listener *listener = &worker->listeners[i];
    if (listener->state == LISTENER_WAITING) {
      listener->state = LISTENER_OPEN;
      on_connection(&listener->io.stream, 0);
    }
    if (listener->state == LISTENER_CLOSING ||
        (listener->state == LISTENER_CLOSED && !open_listener(worker, listener)))
      retry_later(worker);
  }
}

static void on_drain_timeout(uv_timer_t *timer) {
  conn_close_all(timer->data);
}

/* For good. The socket itself goes when the last worker has let go of it. */
static void close_listeners(struct worker *worker) {
  for (size_t i = 0; i < worker->listeners_count; i++) {
    struct worker_listener *listener = &worker->listeners[i];
    close_listener(listener);
    if (listener->fd >= 0)
      close(listener->fd);
    listener->fd = -1;
  }
}

/* What had come before the signal is answered: the first round of the loop accepts the
 * clients that waited, the second reads what they have sent. Only then does silence
 * mean that a connection is idle. */
static void on_round(uv_check_t *check) {
  struct worker *worker = check->data;
  if (++worker->rounds_count == 1) {
    close_listeners(worker);
    uv_async_send(&worker->stop); /* so that the next round does not wait */
    return;
  }
  uv_close((uv_handle_t *)check, NULL);
  uv_close((uv_handle_t *)&worker->stop, NULL);
  conn_drain_all(worker);
}

static void on_stop(uv_async_t *stop) {
  struct worker *worker = stop->data;
  if (worker->draining)
    return;
  worker_refresh(worker);  /* drain_timeout_ms may have changed since the last request */
  worker->draining = true; /* from here on every answer says "connection: close" */
  uv_timer_stop(&worker->retry);
  uv_check_start(&worker->rounds, on_round);
  /* The timer must not keep the loop alive: the connections do, until closed. */
  uv_timer_start(&worker->drain, on_drain_timeout, worker->config->drain_timeout_ms, 0);
  uv_unref((uv_handle_t *)&worker->drain);
}

/* The state is LISTENER_CLOSED before, and after a failure in the end. */
static bool open_listener(struct worker *worker, struct worker_listener *listener) {
  uv_stream_t *stream = &listener->io.stream;
  int mine = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);
  if (mine < 0)
    return false;
  int made = listener->tcp ? uv_tcp_init(&worker->loop, &listener->io.tcp)
                           : uv_pipe_init(&worker->loop, &listener->io.pipe, 0);
  if (made != 0) {
    close(mine);
    return false;
  }
  stream->data = listener;
  listener->state = LISTENER_OPEN;
  int opened =
      listener->tcp ? uv_tcp_open(&listener->io.tcp, mine) : uv_pipe_open(&listener->io.pipe, mine);
  if (opened != 0)
    close(mine);
  if (opened == 0 && uv_listen(stream, LISTEN_BACKLOG, on_connection) == 0)
    return true;
  close_listener(listener);
  return false;
}

static bool listen_on(struct worker *worker, int fd, bool tcp) {
  struct worker_listener *listener = &worker->listeners[worker->listeners_count];
  *listener = (struct worker_listener){.state = LISTENER_CLOSED, .tcp = tcp};
  listener->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (listener->fd < 0)
    return false;
  worker->listeners_count++;
  return open_listener(worker, listener);
}

static void ignore_poll(uv_poll_t *poll, int status, int events) {
  (void)poll, (void)status, (void)events;
}

/* libuv keeps a table by descriptor and aborts when it cannot grow it. It is grown now,
 * to the most that can be open, by watching a high descriptor for a moment. */
static bool reserve_descriptors(struct worker *worker, int any_fd) {
  uv_poll_t poll;
  int fd = fcntl(any_fd, F_DUPFD_CLOEXEC, (int)worker->counts->descriptors_max - 1);
  if (fd < 0)
    return true; /* somebody has given us that very one: then it stays a risk */
  bool ok = uv_poll_init(&worker->loop, &poll, fd) == 0;
  if (ok) {
    ok = uv_poll_start(&poll, UV_READABLE, ignore_poll) == 0;
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&worker->loop, UV_RUN_NOWAIT); /* poll lives on this function's stack */
  }
  close(fd);
  return ok;
}

static void close_handle(uv_handle_t *handle, void *ignored) {
  (void)ignored;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

bool worker_init(struct worker *worker, const struct config *config, const struct api_state *state,
                 struct shared_counts *counts, const struct sockets *sockets, char *why,
                 size_t why_size) {
  const int unix_fd = sockets->unix_listener.fd, tcp_fd = sockets->tcp_fd;
  memset(worker, 0, sizeof *worker);
  /* The strings are config's, and stay its own. */
  worker->settings = *config;
  worker->config = &worker->settings;
  worker->counts = counts;
  worker->peers = &sockets->peers;
  if (uv_loop_init(&worker->loop) != 0) {
    snprintf(why, why_size, "cannot make an event loop: out of memory or file descriptors");
    return false;
  }
  bool ok = api_worker_init(&worker->api, state) &&
            uv_async_init(&worker->loop, &worker->stop, on_stop) == 0 &&
            uv_check_init(&worker->loop, &worker->rounds) == 0 &&
            uv_prepare_init(&worker->loop, &worker->naps) == 0 &&
            uv_timer_init(&worker->loop, &worker->drain) == 0 &&
            uv_timer_init(&worker->loop, &worker->retry) == 0;
  worker->api.leaving = &counts->leaving;
  worker->loop.data = worker;
  worker->stop.data = worker;
  worker->rounds.data = worker;
  worker->naps.data = worker;
  worker->drain.data = worker;
  worker->retry.data = worker;
  ok = ok && reserve_descriptors(worker, unix_fd < 0 ? tcp_fd : unix_fd) &&
       (unix_fd < 0 || listen_on(worker, unix_fd, false)) &&
       (tcp_fd < 0 || listen_on(worker, tcp_fd, true));
  if (!ok) {
    snprintf(why, why_size, "cannot listen: out of memory or file descriptors");
    worker_deinit(worker);
  }
  return ok;
}

/* What is read after this has waited since the loop woke up, not since before. */
static void on_nap(uv_prepare_t *naps) {
  struct worker *worker = naps->data;
  worker->woke_ns = 0;
}

void worker_run(struct worker *worker) {
  uv_prepare_start(&worker->naps, on_nap);
  uv_unref((uv_handle_t *)&worker->naps);
  uv_run(&worker->loop, UV_RUN_DEFAULT);
}

void worker_refresh(struct worker *worker) {
  api_worker_refresh(&worker->api, &worker->settings, &worker->settings_number);
}

void worker_stop(struct worker *worker) {
  uv_async_send(&worker->stop);
}

void worker_deinit(struct worker *worker) {
  close_listeners(worker);
  uv_walk(&worker->loop, close_handle, NULL);
  uv_run(&worker->loop, UV_RUN_DEFAULT);
  uv_loop_close(&worker->loop);
  api_worker_deinit(&worker->api);
  buffer_deinit(&worker->answer);
}

int64_t worker_now_ms(struct worker *worker) {
  struct timespec now;
  (void)worker;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t worker_now_s(struct worker *worker) {
  return worker_now_ms(worker) / 1000;
}

const char *worker_date(struct worker *worker) {
  int64_t now = worker_now_s(worker);
  if (now != worker->date_s) {
    worker->date_s = now;
    http_out_date(worker->date, now);
  }
  return worker->date;
}
