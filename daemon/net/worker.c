/* worker.c - an event loop: accept, serve, drain.
 *
 * All of a worker's handles live in struct worker or in a connection; the loop ends
 * by itself when the last one is closed, which is how draining ends. */
#include "daemon/net/worker.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "daemon/net/conn.h"

enum { LISTEN_BACKLOG = 1024 };

static void on_connection(uv_stream_t *listener, int status) {
  struct worker *worker = listener->data;
  if (status == 0)
    conn_accept(worker, listener);
}

static void on_drain_timeout(uv_timer_t *timer) {
  conn_close_all(timer->data);
}

static void on_stop(uv_async_t *stop) {
  struct worker *worker = stop->data;
  if (worker->draining)
    return;
  worker->draining = true;
  for (size_t i = 0; i < worker->listeners_count; i++)
    uv_close((uv_handle_t *)&worker->listeners[i], NULL);
  uv_close((uv_handle_t *)stop, NULL);
  /* The timer must not keep the loop alive: the connections do, until closed. */
  uv_timer_start(&worker->drain, on_drain_timeout, worker->config->drain_timeout_ms, 0);
  uv_unref((uv_handle_t *)&worker->drain);
  conn_drain_all(worker);
}

static bool listen_on(struct worker *worker, int fd, bool tcp) {
  size_t at = worker->listeners_count;
  uv_stream_t *stream = &worker->listeners[at].stream;
  int mine = dup(fd);
  if (mine < 0)
    return false;
  int made = tcp ? uv_tcp_init(&worker->loop, &worker->listeners[at].tcp)
                 : uv_pipe_init(&worker->loop, &worker->listeners[at].pipe, 0);
  if (made != 0) {
    close(mine);
    return false;
  }
  worker->listeners_count++;
  stream->data = worker;
  int opened = tcp ? uv_tcp_open(&worker->listeners[at].tcp, mine)
                   : uv_pipe_open(&worker->listeners[at].pipe, mine);
  if (opened != 0) {
    close(mine);
    return false;
  }
  return uv_listen(stream, LISTEN_BACKLOG, on_connection) == 0;
}

static void close_handle(uv_handle_t *handle, void *ignored) {
  (void)ignored;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

bool worker_init(struct worker *worker, const struct config *config, const struct api_state *state,
                 struct shared_counts *counts, int unix_fd, int tcp_fd, char *why,
                 size_t why_size) {
  memset(worker, 0, sizeof *worker);
  worker->config = config;
  worker->counts = counts;
  if (uv_loop_init(&worker->loop) != 0) {
    snprintf(why, why_size, "cannot make an event loop: out of memory or file descriptors");
    return false;
  }
  bool ok = api_worker_init(&worker->api, state) &&
            uv_async_init(&worker->loop, &worker->stop, on_stop) == 0 &&
            uv_timer_init(&worker->loop, &worker->drain) == 0;
  worker->stop.data = worker;
  worker->drain.data = worker;
  ok = ok && (unix_fd < 0 || listen_on(worker, unix_fd, false)) &&
       (tcp_fd < 0 || listen_on(worker, tcp_fd, true));
  if (!ok) {
    snprintf(why, why_size, "cannot listen: out of memory or file descriptors");
    worker_deinit(worker);
  }
  return ok;
}

void worker_run(struct worker *worker) {
  uv_run(&worker->loop, UV_RUN_DEFAULT);
}

void worker_stop(struct worker *worker) {
  uv_async_send(&worker->stop);
}

void worker_deinit(struct worker *worker) {
  uv_walk(&worker->loop, close_handle, NULL);
  uv_run(&worker->loop, UV_RUN_DEFAULT);
  uv_loop_close(&worker->loop);
  api_worker_deinit(&worker->api);
  buffer_deinit(&worker->answer);
}

int64_t worker_now_s(struct worker *worker) {
  (void)worker;
  return (int64_t)time(NULL);
}

const char *worker_date(struct worker *worker) {
  int64_t now = worker_now_s(worker);
  if (now != worker->date_s) {
    worker->date_s = now;
    http_out_date(worker->date, now);
  }
  return worker->date;
}
