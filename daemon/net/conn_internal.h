/* conn_internal.h - a connection from within, seen by conn.c and conn_answer.c alone.
 *
 * conn.c owns the memory, the handles and the states; conn_answer.c fills out. Both run on
 * the connection's loop, one callback at a time. */
#ifndef TIERD_NET_CONN_INTERNAL_H
#define TIERD_NET_CONN_INTERNAL_H

#include "daemon/api/metrics.h"
#include "daemon/net/conn.h"
#include "daemon/net/http_in.h"

enum {
  CONN_OUT_HIGH = 256 * 1024, /* stop reading above this */
  CONN_OUT_KEEP = 256 * 1024  /* memory kept between requests */
};

enum conn_state {
  CONN_IDLE,   /* waiting for the first byte of a request */
  CONN_HEAD,   /* within a request's head */
  CONN_BODY,   /* within its body */
  CONN_WORK,   /* its answer is made by a job; nothing further is parsed meanwhile */
  CONN_DRAIN,  /* no more requests; writing what is left */
  CONN_LINGER, /* written and shut down; reading until the client closes */
  CONN_CLOSING /* handles are closing */
};

struct conn {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
  } io;
  uv_timer_t timer;
  uv_write_t write;
  uv_shutdown_t shutdown;
  struct worker *worker;
  struct conn *next, *previous;
  enum conn_state state;
  unsigned handles; /* open ones, and a job under way; freed at 0 */
  bool reading;
  bool writing;    /* a uv_write is under way with sending */
  bool in_flight;  /* counted among the requests in flight */
  bool streaming;  /* the head of a batch answer has been written */
  bool complete;   /* the request is all there, but not all of it is answered */
  bool lines_wait; /* lines of a batch wait until the client takes its answers */
  bool eof;        /* the client will send no more */
  bool peer_gone;  /* reading or writing failed: nothing left to say */
  size_t lingered;
  uint32_t batch_lines;
  struct http_in in;
  struct buffer held;    /* bytes read but not parsed yet */
  struct buffer out;     /* answers to be written */
  struct buffer sending; /* answers that a uv_write owns */
};

static inline void conn_count(struct conn *conn, enum metric metric, uint64_t amount) {
  metrics_add(conn->worker->api.metrics, metric, 0, amount);
}

/* conn.c */

/* Changes the state and sets its deadline. Nothing leads out of CONN_CLOSING. */
void conn_set_state(struct conn *conn, enum conn_state state);

/* Takes up what has to be done, whatever has happened. */
void conn_step(struct conn *conn);

/* A handle is closed or a job done: the last to go frees the connection. */
void conn_let_go(struct conn *conn);

/* conn_answer.c */

/* Is the request one of many lines with an answer each? */
bool conn_is_batch(const struct conn *conn);

/* Answers what can be answered of the request at hand. */
void conn_advance(struct conn *conn);

/* Answers a request that cannot be read further; the connection then drains. */
void conn_refuse(struct conn *conn, const struct problem *problem);

/* Counts the request, or turns it away: then false. */
bool conn_enter_flight(struct conn *conn);
void conn_leave_flight(struct conn *conn);

#endif
