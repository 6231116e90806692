/* service.c - what any HTTP service on libuv and llhttp has to do, and nothing more.
 *
 *   accept → read → llhttp (strict) → message complete → write the fixed answer → read ...
 *
 * The whole body is read and passes through the parser, but it is not kept: nobody
 * would look at it. One read and one write a request where the request fits into the
 * read buffer; after a connection is accepted nothing is allocated. Limits and
 * deadlines are left out, so this is for measuring and must not face a network. */
#include "bench/null/service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

/* As little as a connection can have. */
struct null_conn {
  union null_stream io;
  llhttp_t parser;
  uv_write_t write;
  struct null_service *service;
  unsigned owed; /* requests that wait for their answers, when the socket was full */
  bool writing;
  bool close; /* after the answer */
};

/* Only now is libuv done with the memory. */
static void on_closed(uv_handle_t *handle) {
  free(handle->data);
}

static void close_conn(struct null_conn *conn) {
  if (!uv_is_closing(&conn->io.handle))
    uv_close(&conn->io.handle, on_closed);
}

static void answer(struct null_conn *conn);

/* What came meanwhile is answered next. */
static void on_written(uv_write_t *write, int status) {
  struct null_conn *conn = write->data;
  conn->writing = false;
  if (status < 0)
    close_conn(conn);
  else
    answer(conn);
}

/* The rest of an answer that the socket did not take at once. */
static void write_rest(struct null_conn *conn, size_t done) {
  struct null_service *service = conn->service;
  uv_buf_t rest = uv_buf_init(service->answer + done, (unsigned)(service->answer_len - done));
  conn->write.data = conn;
  conn->writing = uv_write(&conn->write, &conn->io.stream, &rest, 1, on_written) == 0;
  if (!conn->writing)
    close_conn(conn);
}

/* Answers what is owed, as far as the socket takes it. */
static void answer(struct null_conn *conn) {
  struct null_service *service = conn->service;
  while (conn->owed > 0 && !conn->writing && !uv_is_closing(&conn->io.handle)) {
    uv_buf_t bytes = uv_buf_init(service->answer, (unsigned)service->answer_len);
    int wrote = uv_try_write(&conn->io.stream, &bytes, 1);
    conn->owed--;
    if (wrote < 0 && wrote != UV_EAGAIN)
      close_conn(conn);
    else if (wrote != (int)service->answer_len)
      write_rest(conn, wrote > 0 ? (size_t)wrote : 0);
  }
  if (conn->close && conn->owed == 0 && !conn->writing)
    close_conn(conn);
}

/* Pipelined requests may complete several times in one read; each is owed an answer. */
static int on_message_complete(llhttp_t *parser) {
  struct null_conn *conn = parser->data;
  conn->owed++;
  conn->close |= llhttp_should_keep_alive(parser) == 0;
  return 0;
}

/* The bytes are used up before the callback returns, so one buffer does for all. */
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *bytes) {
  (void)suggested;
  struct null_conn *conn = handle->data;
  *bytes = uv_buf_init(conn->service->read_bytes, NULL_READ_BYTES);
}

/* A client that leaves and one that speaks no HTTP get the same: nothing. */
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes) {
  struct null_conn *conn = stream->data;
  if (count < 0 || llhttp_execute(&conn->parser, bytes->base, (size_t)count) != HPE_OK)
    close_conn(conn);
  else if (conn->owed > 0)
    answer(conn);
}

/* Listeners and connections are of the same two kinds. */
static int init_stream(struct null_service *service, union null_stream *stream, bool tcp) {
  return tcp ? uv_tcp_init(&service->loop, &stream->tcp)
             : uv_pipe_init(&service->loop, &stream->pipe, 0);
}

/* The one allocation of a connection's life. */
static void on_connection(uv_stream_t *listener, int status) {
  struct null_service *service = listener->data;
  struct null_conn *conn = status == 0 ? calloc(1, sizeof *conn) : NULL;
  bool tcp = listener->type == UV_TCP;
  if (!conn)
    return;
  conn->service = service;
  if (init_stream(service, &conn->io, tcp) != 0) {
    free(conn);
    return;
  }
  conn->io.handle.data = conn;
  llhttp_init(&conn->parser, HTTP_REQUEST, &service->settings);
  conn->parser.data = conn;
  if (uv_accept(listener, &conn->io.stream) != 0 ||
      uv_read_start(&conn->io.stream, on_allocate, on_read) != 0) {
    close_conn(conn);
    return;
  }
  if (tcp)
    uv_tcp_nodelay(&conn->io.tcp, 1);
}

/* Connections own their memory, listeners and signals lie in the service. */
static void close_handle(uv_handle_t *handle, void *service) {
  if (!uv_is_closing(handle))
    uv_close(handle, handle->data == service ? NULL : on_closed);
}

/* With every handle closed the loop ends by itself. */
static void on_signal(uv_signal_t *signal, int number) {
  (void)number;
  uv_walk(signal->loop, close_handle, signal->data);
}

/* On a duplicate, since libuv closes what it is given and the caller closes its own. */
static bool listen_on(struct null_service *service, int fd, bool tcp) {
  union null_stream *listener = &service->listeners[service->listeners_count];
  if (init_stream(service, listener, tcp) != 0)
    return false;
  service->listeners_count++;
  listener->handle.data = service;
  int mine = dup(fd);
  int opened = tcp ? uv_tcp_open(&listener->tcp, mine) : uv_pipe_open(&listener->pipe, mine);
  return opened == 0 && uv_listen(&listener->stream, BACKLOG, on_connection) == 0;
}

/* What was begun before a failure is left to the end of the process. */
bool null_service_init(struct null_service *service, int unix_fd, int tcp_fd) {
  static const int numbers[NULL_SIGNALS] = {SIGTERM, SIGINT};
  memset(service, 0, sizeof *service);
  llhttp_settings_init(&service->settings);
  service->settings.on_message_complete = on_message_complete;
  service->answer_len = null_answer_write(service->answer);
  bool ok = uv_loop_init(&service->loop) == 0;
  for (size_t i = 0; ok && i < NULL_SIGNALS; i++) {
    ok = uv_signal_init(&service->loop, &service->signals[i]) == 0 &&
         uv_signal_start(&service->signals[i], on_signal, numbers[i]) == 0;
    service->signals[i].data = service;
  }
  ok = ok && (unix_fd < 0 || listen_on(service, unix_fd, false));
  return ok && (tcp_fd < 0 || listen_on(service, tcp_fd, true));
}

void null_service_run(struct null_service *service) {
  uv_run(&service->loop, UV_RUN_DEFAULT);
}

/* After the loop has ended, so that there is nothing left to close. */
void null_service_deinit(struct null_service *service) {
  uv_loop_close(&service->loop);
}
