/* worker.h - one event loop in one thread, with its listeners and connections. */
#ifndef TIERD_NET_WORKER_H
#define TIERD_NET_WORKER_H

#include <stdatomic.h>
#include <uv.h>

#include "daemon/api/api.h"
#include "daemon/net/http_out.h"
#include "daemon/net/sockets.h"
#include "daemon/net/watchdog.h"

enum {
  WORKER_READ_BYTES = 64 * 1024,
  WORKER_LISTENERS_MAX = 2,
  WORKER_DESCRIPTORS = 16,      /* that a worker itself has open, at most */
  WORKER_DESCRIPTORS_OTHER = 64 /* the process, beside connections and workers */
};

struct conn;

/* Counted over all workers. */
struct shared_counts {
  unsigned connections_max; /* as set, or as many as open files allow */
  unsigned descriptors_max; /* the process never has more; both are fixed by then */
  atomic_uint connections;
  atomic_uint requests_in_flight;
  atomic_bool leaving; /* told to end; the listeners may still be open */
};

enum listener_state {
  LISTENER_OPEN,
  LISTENER_WAITING, /* a client is there for whom memory was short */
  LISTENER_CLOSING,
  LISTENER_CLOSED /* descriptors were short; opened again when they are not */
};

struct worker_listener {
  union {
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
  } io;
  enum listener_state state;
  bool tcp;
  int fd; /* the worker's own, to open the listener again with */
};

struct worker {
  uv_loop_t loop;
  uv_async_t stop;   /* sent by the main thread: drain */
  uv_check_t rounds; /* of the loop since then */
  uv_prepare_t naps; /* the loop is about to wait for something to do */
  uint64_t woke_ns;  /* monotonic; 0 until something is done after a nap */
  uv_timer_t drain;
  uv_timer_t retry;   /* of listeners that are not open */
  struct pulse pulse; /* runs when somebody watches */
  struct worker_listener listeners[WORKER_LISTENERS_MAX];
  size_t listeners_count;
  bool draining;
  unsigned rounds_count;
  const struct config *config; /* settings, below */
  struct config settings;      /* numbers as of the last reload, strings as started */
  uint64_t settings_number;    /* of the snapshot that they are from */
  struct shared_counts *counts;
  const struct peer_list *peers; /* of the Unix socket */
  struct api_worker api;
  struct buffer answer; /* the body of the answer being written */
  struct conn *conns;   /* open ones, doubly linked */
  int64_t date_s;       /* second for which date was made */
  char date[HTTP_DATE_MAX];
  char read_bytes[WORKER_READ_BYTES];
};

/* Prepares loop, handles and the endpoints' worker; the descriptors of
 * the sockets, which must outlive the worker, are dup()ed. False with why filled on failure; the
 * worker is then torn down. */
bool worker_init(struct worker *worker, const struct config *config, const struct api_state *state,
                 struct shared_counts *counts, const struct sockets *sockets, char *why,
                 size_t why_size);

/* Runs until drained. On the worker's own thread. */
void worker_run(struct worker *worker);

/* Takes over what a reload has changed in the settings. On the worker's own thread, before
 * it does something by them. */
void worker_refresh(struct worker *worker);

/* Asks the worker to drain; from any thread. */
void worker_stop(struct worker *worker);

/* After worker_run() has returned. */
void worker_deinit(struct worker *worker);

/* Unix time in milliseconds and in seconds, and the HTTP-date, made once a second. */
int64_t worker_now_ms(struct worker *worker);
int64_t worker_now_s(struct worker *worker);
const char *worker_date(struct worker *worker);

#endif
