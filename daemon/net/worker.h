/* worker.h - one event loop in one thread, with its listeners and connections. */
#ifndef TIERD_NET_WORKER_H
#define TIERD_NET_WORKER_H

#include <stdatomic.h>
#include <uv.h>

#include "daemon/api/api.h"
#include "daemon/net/http_out.h"

enum { WORKER_READ_BYTES = 64 * 1024, WORKER_LISTENERS_MAX = 2 };

struct conn;

/* Counted over all workers. */
struct shared_counts {
  atomic_uint connections;
  atomic_uint requests_in_flight;
};

struct worker {
  uv_loop_t loop;
  uv_async_t stop; /* sent once by the main thread: drain */
  uv_timer_t drain;
  union {
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
  } listeners[WORKER_LISTENERS_MAX];
  size_t listeners_count;
  bool draining;
  const struct config *config;
  struct shared_counts *counts;
  struct api_worker api;
  struct buffer answer; /* the body of the answer being written */
  struct conn *conns;   /* open ones, doubly linked */
  int64_t date_s;       /* second for which date was made */
  char date[HTTP_DATE_MAX];
  char read_bytes[WORKER_READ_BYTES];
};

/* Prepares loop, handles and the endpoints' worker; the listeners take over fds
 * (-1 for none), which are dup()ed. False with why filled on failure; the worker is
 * then torn down. */
bool worker_init(struct worker *worker, const struct config *config, const struct api_state *state,
                 struct shared_counts *counts, int unix_fd, int tcp_fd, char *why, size_t why_size);

/* Runs until drained. On the worker's own thread. */
void worker_run(struct worker *worker);

/* Asks the worker to drain; from any thread. */
void worker_stop(struct worker *worker);

/* After worker_run() has returned. */
void worker_deinit(struct worker *worker);

/* Unix time in seconds, and the HTTP-date for it, made once a second. */
int64_t worker_now_s(struct worker *worker);
const char *worker_date(struct worker *worker);

#endif
