/* conn.c - the life of a connection.
 *
 *   accepted → IDLE ⇄ HEAD → BODY → (answer) → IDLE ... → LINGER → CLOSING → freed
 *                                 ↘ WORK ↗
 *
 * Callbacks record what happened and call step(); step() feeds held bytes to the
 * parser, has complete requests answered, and starts writing. Requests are
 * answered in order and in full before the next one is parsed, so pipelining needs
 * no queue. Reading stops while more than OUT_HIGH bytes wait to be written: a
 * client that does not read its answers cannot make tierd pile them up.
 *
 * States change in set_state() alone, which also sets the deadline of the state. */
#include "daemon/net/conn.h"

#include <stdlib.h>

#include "daemon/api/metrics.h"
#include "daemon/net/http_in.h"
#include "daemon/net/job.h"

enum {
  OUT_HIGH = 256 * 1024,  /* stop reading above this */
  OUT_KEEP = 256 * 1024,  /* memory kept between requests */
  LINGER_MS = 2000,       /* to read what a refused client still sends */
  LINGER_BYTES = 64 << 20 /* at most */
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

static void step(struct conn *conn);

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

static void set_state(struct conn *conn, enum conn_state state) {
  if (conn->state == CONN_CLOSING || (conn->state == state && state != CONN_BODY))
    return;
  conn->state = state;
  if (state != CONN_CLOSING)
    set_deadline(conn, patience_ms(conn));
}

static void count(struct conn *conn, enum metric metric, uint64_t amount) {
  metrics_add(conn->worker->api.metrics, metric, 0, amount);
}

/* In flight from the head's end until the answer is in the socket's hands. */
static void leave_flight(struct conn *conn) {
  if (conn->in_flight) {
    atomic_fetch_sub_explicit(&conn->worker->counts->requests_in_flight, 1, memory_order_relaxed);
    count(conn, METRIC_IN_FLIGHT, (uint64_t)-1);
  }
  conn->in_flight = false;
}

/* A handle is closed or a job done: the last to go takes the connection with it. */
static void let_go(struct conn *conn) {
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
  count(conn, METRIC_CONNECTIONS, (uint64_t)-1);
  http_in_deinit(&conn->in);
  buffer_deinit(&conn->held);
  buffer_deinit(&conn->out);
  buffer_deinit(&conn->sending);
  free(conn);
}

static void on_closed(uv_handle_t *handle) {
  let_go(handle->data);
}

static void close_now(struct conn *conn) {
  if (conn->state == CONN_CLOSING)
    return;
  leave_flight(conn);
  set_state(conn, CONN_CLOSING);
  uv_close((uv_handle_t *)&conn->timer, on_closed);
  uv_close(&conn->io.handle, on_closed);
}

/* Appends a finished answer to out, whose body stands in worker->answer. */
static void finish_answer(struct conn *conn, struct api_response *response, bool close) {
  struct worker *worker = conn->worker;
  struct http_out_options options = {.close = close,
                                     .keep_alive = !close && conn->in.http_1_0,
                                     .content_length = worker->answer.len,
                                     .date = worker_date(worker)};
  api_count_answer(&worker->api, conn->in.endpoint, conn->in.method, response);
  http_out_head(&conn->out, response, &options);
  if (!conn->in.head_only)
    buffer_add(&conn->out, worker->answer.data, worker->answer.len);
  conn->out.failed |= worker->answer.failed;
  buffer_reset(&worker->answer, OUT_KEEP);
}

static void answer_problem(struct conn *conn, const struct problem *problem, bool close) {
  struct api_response response = {.body = &conn->worker->answer};
  api_answer_problem(&response, problem);
  if (problem->type == PROBLEM_METHOD)
    api_add_header(&response, "allow",
                   span_of(strstr(problem->detail, "POST") ? "POST" : "GET, HEAD"));
  finish_answer(conn, &response, close);
}

/* Appends what stands in worker->answer to a batch's answer, framed for the
 * client's version. */
static void add_piece(struct conn *conn) {
  struct buffer *piece = &conn->worker->answer;
  if (conn->in.http_1_0)
    buffer_add(&conn->out, piece->data, piece->len);
  else
    http_out_chunk(&conn->out, piece->data, piece->len);
  conn->out.failed |= piece->failed;
  buffer_reset(piece, OUT_KEEP);
}

static void end_stream(struct conn *conn) {
  if (!conn->in.http_1_0)
    http_out_last_chunk(&conn->out);
  conn->streaming = false;
}

static void add_problem_line(struct conn *conn, const struct problem *problem) {
  api_count_line(&conn->worker->api, problem->type);
  problem_write(&conn->worker->answer, problem, span_make(NULL, 0));
  buffer_add(&conn->worker->answer, "\n", 1);
  add_piece(conn);
}

/* A request that cannot be read further: answer, then close. The status of a batch
 * has gone out by then, so the problem is its last line. */
static void refuse(struct conn *conn, const struct problem *problem) {
  if (conn->streaming) {
    add_problem_line(conn, problem);
    end_stream(conn);
  } else {
    answer_problem(conn, problem, true);
  }
  leave_flight(conn);
  set_state(conn, CONN_DRAIN);
}

static struct api_request request_for(struct conn *conn, char *body, size_t len) {
  const int64_t now_ms = worker_now_ms(conn->worker);
  return (struct api_request){
      .body = body, .body_len = len, .now_s = now_ms / 1000, .now_ms = now_ms};
}

static void set_line_too_long(const struct conn *conn, struct problem *problem) {
  problem_set(problem, PROBLEM_BODY_TOO_LARGE, "", "a line is longer than %u bytes",
              conn->worker->config->body_bytes_max);
}

/* Has the request or the line answered by its endpoint, and says how long that took. */
static void call_timed(struct conn *conn, struct api_request *request,
                       struct api_response *response) {
  struct api_worker *api = &conn->worker->api;
  uint64_t start_ns = metrics_now_ns();
  api_call(conn->in.endpoint, api, request, response);
  metrics_observe(api->metrics, METRIC_REQUEST_DURATION, api_endpoint_number(conn->in.endpoint),
                  metrics_now_ns() - start_ns);
}

/* One line of a batch to its answer. False when it was one too many. */
static bool answer_line(struct conn *conn, char *line, size_t len) {
  struct worker *worker = conn->worker;
  struct api_request request = request_for(conn, line, len);
  struct api_response response = {.body = &worker->answer};
  struct problem problem;
  if (++conn->batch_lines > worker->config->batch_lines_max) {
    problem_set(&problem, PROBLEM_BODY_TOO_LARGE, "", "more than %u lines in one batch",
                worker->config->batch_lines_max);
    refuse(conn, &problem);
    return false;
  }
  if (len > worker->config->body_bytes_max) {
    set_line_too_long(conn, &problem);
    add_problem_line(conn, &problem);
    return true;
  }
  call_timed(conn, &request, &response);
  add_piece(conn);
  return true;
}

static void begin_stream(struct conn *conn) {
  struct api_response response = {.status = 200, .content_type = "application/x-ndjson"};
  struct http_out_options options = {.close = conn->in.http_1_0,
                                     .chunked = !conn->in.http_1_0,
                                     .content_length = (size_t)-1,
                                     .date = worker_date(conn->worker)};
  api_count_answer(&conn->worker->api, conn->in.endpoint, conn->in.method, &response);
  http_out_head(&conn->out, &response, &options);
  conn->streaming = true;
  conn->batch_lines = 0;
}

/* Answers the complete lines that have come, as long as the client takes the
 * answers; the last line of a batch needs no newline. False when it has to stop. */
static bool answer_lines(struct conn *conn, bool complete) {
  struct buffer *body = &conn->in.body;
  size_t done = 0;
  if (!conn->streaming)
    begin_stream(conn);
  while (done < body->len && conn->out.len < OUT_HIGH) {
    char *start = body->data + done;
    char *newline = memchr(start, '\n', body->len - done);
    if (!newline && !complete)
      break;
    size_t len = newline ? (size_t)(newline - start) : body->len - done;
    if (!answer_line(conn, start, len))
      return false;
    done += len + (newline ? 1 : 0);
  }
  buffer_consume(body, done);
  conn->lines_wait = body->len > 0 && conn->out.len >= OUT_HIGH;
  /* Without its end there is no telling where the next line begins. */
  if (body->len > conn->worker->config->body_bytes_max && conn->out.len < OUT_HIGH) {
    struct problem problem;
    set_line_too_long(conn, &problem);
    refuse(conn, &problem);
    return false;
  }
  return complete ? body->len == 0 : true;
}

static bool is_batch(const struct conn *conn) {
  return conn->in.endpoint && conn->in.endpoint->body == API_BODY_LINES;
}

/* Makes ready for the next request, or for the end. */
static void end_message(struct conn *conn, bool close) {
  leave_flight(conn);
  conn->complete = false;
  http_in_next(&conn->in);
  set_state(conn, close ? CONN_DRAIN : CONN_IDLE);
}

static bool closes_after(const struct conn *conn) {
  return !conn->in.keep_alive || conn->worker->draining;
}

/* Back on the loop with the job's answer. The connection may be closing by now, and
 * then only waits for the job to be forgotten. */
static void on_job_done(void *owner, struct job *job) {
  struct conn *conn = owner;
  struct buffer *answer = &conn->worker->answer;
  struct api_response *response = job_response(job);
  if (conn->state == CONN_WORK) {
    buffer_add(answer, response->body->data, response->body->len);
    answer->failed |= response->body->failed;
    bool close = closes_after(conn);
    finish_answer(conn, response, close);
    end_message(conn, close);
    step(conn);
  }
  job_destroy(job);
  let_go(conn);
}

/* Has an order carried out beside the loop. True when an answer has been written
 * instead. */
static bool command_refused(struct conn *conn) {
  struct problem problem;
  if (conn->io.handle.type != UV_NAMED_PIPE)
    problem_set(&problem, PROBLEM_LOCAL_ONLY, "",
                "%s is for who may use the Unix socket; ask there, or send the daemon SIGHUP",
                conn->in.endpoint->path);
  else if (!job_start(conn->worker, conn->in.endpoint, on_job_done, conn))
    problem_set(&problem, PROBLEM_OVERLOADED, "", "out of memory; try again");
  else
    return false;
  answer_problem(conn, &problem, closes_after(conn));
  return true;
}

/* A complete request: answer it and make ready for the next. The rest of a batch
 * may have to wait for the client; the request then stays complete, as it does while
 * a job makes the answer. */
static void answer_message(struct conn *conn) {
  struct worker *worker = conn->worker;
  bool close = closes_after(conn);
  if (is_batch(conn)) {
    if (!answer_lines(conn, true))
      return;
    end_stream(conn);
    close = close || conn->in.http_1_0;
  } else if (conn->in.endpoint && conn->in.endpoint->body == API_COMMAND) {
    if (!command_refused(conn)) {
      conn->handles++;
      set_state(conn, CONN_WORK);
      return;
    }
  } else if (conn->in.endpoint) {
    struct api_request request = request_for(conn, conn->in.body.data, conn->in.body.len);
    struct api_response response = {.body = &worker->answer};
    call_timed(conn, &request, &response);
    finish_answer(conn, &response, close);
  } else {
    answer_problem(conn, &conn->in.problem, close);
  }
  end_message(conn, close);
}

/* Answers what can be answered of the request at hand. */
static void advance(struct conn *conn) {
  if (conn->complete)
    answer_message(conn);
  else if (is_batch(conn))
    answer_lines(conn, false);
}

/* The head has just been read: count the request, or turn it away. */
static bool enter_flight(struct conn *conn) {
  struct shared_counts *counts = conn->worker->counts;
  unsigned before = atomic_fetch_add_explicit(&counts->requests_in_flight, 1, memory_order_relaxed);
  conn->in_flight = true;
  count(conn, METRIC_IN_FLIGHT, 1);
  if (before < conn->worker->config->requests_in_flight_max)
    return true;
  struct problem problem;
  problem_set(&problem, PROBLEM_OVERLOADED, "", "more than %u requests are in flight; try again",
              conn->worker->config->requests_in_flight_max);
  refuse(conn, &problem);
  return false;
}

/* What the parser's progress means for state and deadline. False when the request
 * was turned away. */
static bool note_progress(struct conn *conn) {
  if (conn->in.head_done) {
    if (!conn->in_flight && !enter_flight(conn))
      return false;
    bool first = conn->state != CONN_BODY;
    if (first && !conn->complete && conn->in.expect_continue && !conn->in.http_1_0)
      buffer_add_text(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
    if (first || is_batch(conn))
      set_state(conn, CONN_BODY);
  } else if (conn->in.started) {
    set_state(conn, CONN_HEAD);
  }
  return true;
}

/* Parses bytes until they are used up, the connection is to close, or the client
 * has to take its answers first. Returns how many bytes were used. */
static size_t parse(struct conn *conn, const char *bytes, size_t len) {
  size_t used = 0;
  while (used < len && conn->state < CONN_WORK && conn->out.len < OUT_HIGH && !conn->complete) {
    size_t taken;
    enum http_event event = http_in_feed(&conn->in, bytes + used, len - used, &taken);
    used += taken;
    if (event == HTTP_REFUSED) {
      refuse(conn, &conn->in.problem);
      break;
    }
    conn->complete = event == HTTP_MESSAGE;
    if (note_progress(conn))
      advance(conn);
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
  count(conn, METRIC_SENT, status < 0 ? 0 : conn->sending.len);
  buffer_reset(&conn->sending, OUT_KEEP);
  if (conn->state != CONN_CLOSING)
    set_deadline(conn, patience_ms(conn));
  step(conn);
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
  count(conn, METRIC_SENT, wrote > 0 ? (uint64_t)wrote : 0);
  if (wrote == (int)conn->out.len) {
    buffer_reset(&conn->out, OUT_KEEP);
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
  set_state(conn, CONN_LINGER);
  conn->shutdown.data = conn;
  if (conn->eof || uv_shutdown(&conn->shutdown, &conn->io.stream, on_shutdown) != 0)
    close_now(conn);
  want_reading(conn, true);
}

/* Takes up what had to wait, writes, and goes on as long as the socket takes all. */
static void work_off(struct conn *conn) {
  for (;;) {
    if (conn->state < CONN_WORK && !conn->writing && (conn->complete || conn->lines_wait))
      advance(conn);
    if (conn->state < CONN_WORK && !conn->writing && conn->held.len > 0)
      buffer_consume(&conn->held, parse(conn, conn->held.data, conn->held.len));
    flush(conn);
    if (conn->state >= CONN_WORK || conn->peer_gone || conn->writing || !has_backlog(conn))
      return;
  }
}

static void step(struct conn *conn) {
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
  refuse(conn, &problem);
  step(conn);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes) {
  struct conn *conn = stream->data;
  worker_refresh(conn->worker);
  count(conn, METRIC_RECEIVED, got > 0 ? (uint64_t)got : 0);
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
  step(conn);
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
  refuse(conn, &problem);
}

bool conn_accept(struct worker *worker, uv_stream_t *listener) {
  worker_refresh(worker);
  struct conn *conn = conn_create(worker);
  if (!conn)
    return false;
  unsigned open = atomic_fetch_add_explicit(&worker->counts->connections, 1, memory_order_relaxed);
  count(conn, METRIC_CONNECTIONS, 1);
  count(conn, METRIC_ACCEPTED, 1);
  bool tcp = listener->type == UV_TCP;
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
  if (open >= worker->counts->connections_max)
    turn_away(conn);
  step(conn);
  return true;
}

void conn_drain_all(struct worker *worker) {
  for (struct conn *conn = worker->conns, *next; conn; conn = next) {
    next = conn->next;
    if (conn->state == CONN_IDLE && !has_backlog(conn))
      set_state(conn, CONN_DRAIN);
    step(conn);
  }
}

void conn_close_all(struct worker *worker) {
  for (struct conn *conn = worker->conns; conn; conn = conn->next)
    close_now(conn);
}
