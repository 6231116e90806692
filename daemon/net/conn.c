/* conn.c - the life of a connection.
 *
 *   accepted → IDLE ⇄ HEAD → BODY → (answer) → IDLE ... → LINGER → CLOSING → freed
 *                                 ↘ WORK ↗
 *
 * Callbacks record what happened and call conn_step(); conn_step() feeds held bytes to
 * the parser, has complete requests answered (conn_answer.c), and starts writing.
 * Requests are answered in order and in full before the next one is parsed, so pipelining needs
 * no queue. Reading stops while more than CONN_OUT_HIGH bytes wait to be written: a
 * client that does not read its answers cannot make tierd pile them up.
 *
 * States change in conn_set_state() alone, which also sets the deadline of the state. */
#include "daemon/net/conn.h"

#include <stdlib.h>

#include "daemon/net/conn_internal.h"

enum {
  LINGER_MS = 2000,       /* to read what a refused client still sends */
  LINGER_BYTES = 64 << 20 /* at most */
};

static void on_deadline(uv_timer_t *timer);

/* 0 for none. */
static void set_deadline(struct conn *conn, uint64_t timeout_ms) {
  if (timeout_ms > 0)
    uv_timer_start(&conn->timer, on_deadline, timeout_ms, 0);
  else
    uv_timer_stop(&conn->timer);
}

/* How long the connection may stay as it is; 0 for ever. */
static uint64_t patience_ms(const struct conn *conn) {
  const struct config *config = conn->worker->config;
  if (conn->writing) /* whatever else it is in: the client has to take its answer */
    return config->write_timeout_ms;
  switch (conn->state) {
  case CONN_IDLE:
    return config->idle_timeout_ms;
  case CONN_HEAD:
    return config->header_timeout_ms;
  case CONN_BODY: /* entered again for each piece of a batch: progress is enough */
    return config->body_timeout_ms;
  case CONN_WORK: /* it is tierd's turn, and a job ends by itself */
    return 0;
  case CONN_DRAIN:
    return config->write_timeout_ms;
  case CONN_LINGER:
  case CONN_CLOSING:
    break;
  }
  return LINGER_MS;
}

void conn_set_state(struct conn *conn, enum conn_state state) {
  if (conn->state == CONN_CLOSING || (conn->state == state && state != CONN_BODY))
    return;
  conn->state = state;
  if (state != CONN_CLOSING)
    set_deadline(conn, patience_ms(conn));
}

/* A handle is closed or a job done: the last to go takes the connection with it. */
void conn_let_go(struct conn *conn) {
  if (--conn->handles > 0)
    return;
  struct worker *worker = conn->worker;
  if (conn->previous)
    conn->previous->next = conn->next;
  else
    worker->conns = conn->next;
  if (conn->next)
    conn->next->previous = conn->previous;
  atomic_fetch_sub_explicit(&worker->counts->connections, 1, memory_order_relaxed);
  conn_count(conn, METRIC_CONNECTIONS, (uint64_t)-1);
  http_in_deinit(&conn->in);
  buffer_deinit(&conn->held);
  buffer_deinit(&conn->out);
  buffer_deinit(&conn->sending);
  free(conn);
}

static void on_closed(uv_handle_t *handle) {
  conn_let_go(handle->data);
}

static void close_now(struct conn *conn) {
  if (conn->state == CONN_CLOSING)
    return;
  conn_leave_flight(conn);
  conn_set_state(conn, CONN_CLOSING);
  uv_close((uv_handle_t *)&conn->timer, on_closed);
  uv_close(&conn->io.handle, on_closed);
}

/* What the parser's progress means for state and deadline. False when the request
 * was turned away. */
static bool note_progress(struct conn *conn) {
  if (conn->in.head_done) {
    if (!conn->in_flight && !conn_enter_flight(conn))
      return false;
    bool first = conn->state != CONN_BODY;
    if (first && !conn->complete && conn->in.expect_continue && !conn->in.http_1_0)
      buffer_add_text(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
    if (first || conn_is_batch(conn))
      conn_set_state(conn, CONN_BODY);
  } else if (conn->in.started) {
    conn_set_state(conn, CONN_HEAD);
  }
  return true;
}

/* Parses bytes until they are used up, the connection is to close, or the client
 * has to take its answers first. Returns how many bytes were used. */
static size_t parse(struct conn *conn, const char *bytes, size_t len) {
  size_t used = 0;
  while (used < len && conn->state < CONN_WORK && conn->out.len < CONN_OUT_HIGH &&
         !conn->complete) {
    size_t taken;
    enum http_event event = http_in_feed(&conn->in, bytes + used, len - used, &taken);
    used += taken;
    if (event == HTTP_REFUSED) {
      conn_refuse(conn, &conn->in.problem);
      break;
    }
    conn->complete = event == HTTP_MESSAGE;
    if (note_progress(conn))
      conn_advance(conn);
  }
  return used;
}

/* Is there something to do that does not depend on the client sending more? */
static bool has_backlog(const struct conn *conn) {
  return conn->held.len > 0 || conn->complete || conn->lines_wait;
}

static void on_written(uv_write_t *write, int status) {
  struct conn *conn = write->data;
  conn->writing = false;
  conn->peer_gone |= status < 0;
  conn_count(conn, METRIC_SENT, status < 0 ? 0 : conn->sending.len);
  buffer_reset(&conn->sending, CONN_OUT_KEEP);
  if (conn->state != CONN_CLOSING)
    set_deadline(conn, patience_ms(conn));
  conn_step(conn);
}

/* Hands out to the socket: at once if it takes it, else by a uv_write that keeps
 * the rest. */
static void flush(struct conn *conn) {
  if (conn->out.failed) {
    conn->peer_gone = true; /* out of memory: half an answer is worse than none */
    return;
  }
  if (conn->writing || conn->out.len == 0 || conn->peer_gone)
    return;
  uv_buf_t bytes = uv_buf_init(conn->out.data, (unsigned)conn->out.len);
  int wrote = uv_try_write(&conn->io.stream, &bytes, 1);
  conn_count(conn, METRIC_SENT, wrote > 0 ? (uint64_t)wrote : 0);
  if (wrote == (int)conn->out.len) {
    buffer_reset(&conn->out, CONN_OUT_KEEP);
    return;
  }
  if (wrote < 0 && wrote != UV_EAGAIN) {
    conn->peer_gone = true;
    return;
  }
  buffer_consume(&conn->out, wrote > 0 ? (size_t)wrote : 0);
  struct buffer swap = conn->sending;
  conn->sending = conn->out;
  conn->out = swap;
  bytes = uv_buf_init(conn->sending.data, (unsigned)conn->sending.len);
  conn->write.data = conn;
  conn->writing = uv_write(&conn->write, &conn->io.stream, &bytes, 1, on_written) == 0;
  conn->peer_gone |= !conn->writing;
  set_deadline(conn, patience_ms(conn));
}

static void on_shutdown(uv_shutdown_t *shutdown, int status) {
  struct conn *conn = shutdown->data;
  if (status < 0 || conn->eof)
    close_now(conn);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes);

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *bytes) {
  (void)suggested;
  struct conn *conn = handle->data;
  *bytes = uv_buf_init(conn->worker->read_bytes, WORKER_READ_BYTES);
}

static void want_reading(struct conn *conn, bool wanted) {
  if (wanted == conn->reading || conn->state == CONN_CLOSING)
    return;
  conn->reading = wanted;
  if (!wanted)
    uv_read_stop(&conn->io.stream);
  else if (uv_read_start(&conn->io.stream, on_allocate, on_read) != 0)
    conn->peer_gone = true;
}

/* All is written: say so, and read on until the client closes, since closing with
 * unread bytes would make the kernel throw the answer away. */
static void linger(struct conn *conn) {
  conn_set_state(conn, CONN_LINGER);
  conn->shutdown.data = conn;
  if (conn->eof || uv_shutdown(&conn->shutdown, &conn->io.stream, on_shutdown) != 0)
    close_now(conn);
  want_reading(conn, true);
}

/* Takes up what had to wait, writes, and goes on as long as the socket takes all. */
static void work_off(struct conn *conn) {
  for (;;) {
    if (conn->state < CONN_WORK && !conn->writing && (conn->complete || conn->lines_wait))
      conn_advance(conn);
    if (conn->state < CONN_WORK && !conn->writing && conn->held.len > 0)
      buffer_consume(&conn->held, parse(conn, conn->held.data, conn->held.len));
    flush(conn);
    if (conn->state >= CONN_WORK || conn->peer_gone || conn->writing || !has_backlog(conn))
      return;
  }
}

void conn_step(struct conn *conn) {
  if (conn->state == CONN_CLOSING)
    return;
  work_off(conn);
  bool written = conn->out.len == 0 && !conn->writing;
  if (conn->peer_gone) {
    close_now(conn);
  } else if (conn->state == CONN_DRAIN && written) {
    linger(conn);
  } else if (conn->eof && written && conn->state < CONN_WORK) {
    close_now(conn);
  } else {
    bool ready = conn->state == CONN_LINGER || (conn->state < CONN_WORK && written);
    want_reading(conn, ready && !conn->eof);
  }
}

static void on_deadline(uv_timer_t *timer) {
  struct conn *conn = timer->data;
  bool waiting = (conn->state == CONN_HEAD || conn->state == CONN_BODY) && !conn->writing;
  if (!waiting) {
    close_now(conn);
    return;
  }
  struct problem problem;
  problem_set(&problem, PROBLEM_TIMEOUT, "", "the rest of the request did not come in time");
  conn_refuse(conn, &problem);
  conn_step(conn);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes) {
  struct conn *conn = stream->data;
  worker_refresh(conn->worker);
  if (conn->worker->woke_ns == 0)
    conn->worker->woke_ns = metrics_now_ns();
  conn_count(conn, METRIC_RECEIVED, got > 0 ? (uint64_t)got : 0);
  if (got < 0) {
    conn->eof = got == UV_EOF;
    conn->peer_gone = !conn->eof || conn->state == CONN_LINGER;
  } else if (conn->state == CONN_LINGER) {
    conn->lingered += (size_t)got;
    conn->peer_gone = conn->lingered > LINGER_BYTES;
  } else {
    size_t used = parse(conn, bytes->base, (size_t)got);
    if (used < (size_t)got && conn->state < CONN_DRAIN)
      buffer_add(&conn->held, bytes->base + used, (size_t)got - used);
    conn->peer_gone |= conn->held.failed;
  }
  conn_step(conn);
}

static struct conn *conn_create(struct worker *worker) {
  struct conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return NULL;
  conn->worker = worker;
  conn->next = worker->conns;
  if (conn->next)
    conn->next->previous = conn;
  worker->conns = conn;
  http_in_init(&conn->in, worker->config);
  uv_timer_init(&worker->loop, &conn->timer);
  conn->timer.data = conn;
  conn->handles = 1;
  return conn;
}

/* Too many connections: says so and closes. */
static void turn_away(struct conn *conn) {
  struct problem problem;
  problem_set(&problem, PROBLEM_OVERLOADED, "", "more than %u connections are open; try again",
              conn->worker->counts->connections_max);
  conn_refuse(conn, &problem);
}

/* A user who is not on the list of those that may use the Unix socket. Told why, since a
 * connection that just closes looks like a fault of the daemon. */
static void turn_away_user(struct conn *conn) {
  struct problem problem;
  problem_set(&problem, PROBLEM_PEER, "",
              "this user may not use the socket; --allow-uid of the daemon names those who may");
  conn_count(conn, METRIC_PEERS_REFUSED, 1);
  conn_refuse(conn, &problem);
}

/* Asked of the accepted socket, before a byte of it is read. */
static bool user_may(const struct conn *conn) {
  uv_os_fd_t fd;
  if (conn->io.handle.type != UV_NAMED_PIPE || conn->worker->peers->count == 0)
    return true;
  return uv_fileno(&conn->io.handle, &fd) == 0 && peer_may(conn->worker->peers, fd);
}

bool conn_accept(struct worker *worker, uv_stream_t *listener) {
  worker_refresh(worker);
  struct conn *conn = conn_create(worker);
  if (!conn)
    return false;
  unsigned open = atomic_fetch_add_explicit(&worker->counts->connections, 1, memory_order_relaxed);
  conn_count(conn, METRIC_CONNECTIONS, 1);
  conn_count(conn, METRIC_ACCEPTED, 1);
  bool tcp = listener->type == UV_TCP;
  conn->in.tcp = tcp;
  int made = tcp ? uv_tcp_init(&worker->loop, &conn->io.tcp)
                 : uv_pipe_init(&worker->loop, &conn->io.pipe, 0);
  conn->io.handle.data = conn;
  if (made != 0) {
    conn->state = CONN_CLOSING;
    uv_close((uv_handle_t *)&conn->timer, on_closed);
    return false;
  }
  conn->handles++;
  if (uv_accept(listener, &conn->io.stream) != 0 ||
      open >= worker->counts->connections_max + CONN_REJECTED_MAX) {
    close_now(conn);
    return true;
  }
  if (tcp)
    uv_tcp_nodelay(&conn->io.tcp, 1);
  set_deadline(conn, worker->config->idle_timeout_ms);
  if (!user_may(conn))
    turn_away_user(conn);
  else if (open >= worker->counts->connections_max)
    turn_away(conn);
  conn_step(conn);
  return true;
}

void conn_drain_all(struct worker *worker) {
  for (struct conn *conn = worker->conns, *next; conn; conn = next) {
    next = conn->next;
    if (conn->state == CONN_IDLE && !has_backlog(conn))
      conn_set_state(conn, CONN_DRAIN);
    conn_step(conn);
  }
}

void conn_close_all(struct worker *worker) {
  for (struct conn *conn = worker->conns; conn; conn = conn->next)
    close_now(conn);
}
