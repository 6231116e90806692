/* conn_answer.c - from a request that has been read to its answer in conn->out.
 *
 *   a request    → the endpoint → head and body
 *   a batch      → line by line → chunks, while the client takes them
 *   an order     → a job beside the loop → the answer when it is done
 *   what cannot be read further → a problem, and the end of the connection
 *
 * conn.c reads, writes and keeps deadlines; states change there, in conn_set_state(). */
#include "daemon/api/live_note.h"
#include "daemon/net/conn_internal.h"
#include "daemon/net/job.h"

/* In flight from the head's end until the answer is in the socket's hands. */
void conn_leave_flight(struct conn *conn) {
  if (conn->in_flight) {
    atomic_fetch_sub_explicit(&conn->worker->counts->requests_in_flight, 1, memory_order_relaxed);
    conn_count(conn, METRIC_IN_FLIGHT, (uint64_t)-1);
  }
  conn->in_flight = false;
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
  buffer_reset(&worker->answer, CONN_OUT_KEEP);
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
  buffer_reset(piece, CONN_OUT_KEEP);
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
void conn_refuse(struct conn *conn, const struct problem *problem) {
  if (conn->streaming) {
    add_problem_line(conn, problem);
    end_stream(conn);
  } else {
    answer_problem(conn, problem, true);
  }
  conn_leave_flight(conn);
  conn_set_state(conn, CONN_DRAIN);
}

static struct api_request request_for(struct conn *conn, char *body, size_t len) {
  const int64_t now_ms = worker_now_ms(conn->worker);
  return (struct api_request){.body = body,
                              .body_len = len,
                              .now_s = now_ms / 1000,
                              .now_ms = now_ms,
                              .turn_ns =
                                  conn->streaming ? metrics_now_ns() : conn->worker->woke_ns};
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
  const uint64_t took_ns = metrics_now_ns() - start_ns;
  metrics_observe(api->metrics, METRIC_REQUEST_DURATION, api_endpoint_number(conn->in.endpoint),
                  took_ns);
  live_note_duration(api, request, took_ns);
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
    conn_refuse(conn, &problem);
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
  while (done < body->len && conn->out.len < CONN_OUT_HIGH) {
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
  conn->lines_wait = body->len > 0 && conn->out.len >= CONN_OUT_HIGH;
  /* Without its end there is no telling where the next line begins. */
  if (body->len > conn->worker->config->body_bytes_max && conn->out.len < CONN_OUT_HIGH) {
    struct problem problem;
    set_line_too_long(conn, &problem);
    conn_refuse(conn, &problem);
    return false;
  }
  return complete ? body->len == 0 : true;
}

bool conn_is_batch(const struct conn *conn) {
  return conn->in.endpoint && conn->in.endpoint->body == API_BODY_LINES;
}

/* Makes ready for the next request, or for the end. */
static void end_message(struct conn *conn, bool close) {
  conn_leave_flight(conn);
  conn->complete = false;
  http_in_next(&conn->in);
  conn_set_state(conn, close ? CONN_DRAIN : CONN_IDLE);
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
    conn_step(conn);
  }
  job_destroy(job);
  conn_let_go(conn);
}

/* Of an order that has one. */
static struct span body_of(const struct conn *conn) {
  return conn->in.endpoint->body == API_COMMAND_BODY
             ? span_make(conn->in.body.data, conn->in.body.len)
             : span_make(NULL, 0);
}

/* Has an order carried out beside the loop. True when an answer has been written
 * instead. */
static bool command_refused(struct conn *conn) {
  struct problem problem;
  if (conn->io.handle.type != UV_NAMED_PIPE)
    problem_set(&problem, PROBLEM_LOCAL_ONLY, "",
                "%s is for who may use the Unix socket; ask there, or send the daemon SIGHUP",
                conn->in.endpoint->path);
  else if (!job_start(conn->worker, conn->in.endpoint, body_of(conn), on_job_done, conn))
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
  if (conn_is_batch(conn)) {
    if (!answer_lines(conn, true))
      return;
    end_stream(conn);
    close = close || conn->in.http_1_0;
  } else if (api_is_command(conn->in.endpoint)) {
    if (!command_refused(conn)) {
      conn->handles++;
      conn_set_state(conn, CONN_WORK);
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
void conn_advance(struct conn *conn) {
  if (conn->complete)
    answer_message(conn);
  else if (conn_is_batch(conn))
    answer_lines(conn, false);
}

/* The head has just been read: count the request, or turn it away. */
bool conn_enter_flight(struct conn *conn) {
  struct shared_counts *counts = conn->worker->counts;
  unsigned before = atomic_fetch_add_explicit(&counts->requests_in_flight, 1, memory_order_relaxed);
  conn->in_flight = true;
  conn_count(conn, METRIC_IN_FLIGHT, 1);
  if (before < conn->worker->config->requests_in_flight_max)
    return true;
  struct problem problem;
  problem_set(&problem, PROBLEM_OVERLOADED, "", "more than %u requests are in flight; try again",
              conn->worker->config->requests_in_flight_max);
  conn_refuse(conn, &problem);
  return false;
}
