/* service.h - the loop of tierd-null: reads requests, gives each the same answer.
 *
 *   struct null_service service;
 *   if (null_service_init(&service, unix_fd, tcp_fd)) {
 *     null_service_run(&service);            // until SIGTERM or SIGINT
 *     null_service_deinit(&service);
 *   } */
#ifndef TIERD_BENCH_NULL_SERVICE_H
#define TIERD_BENCH_NULL_SERVICE_H

#include <llhttp.h>
#include <stdbool.h>
#include <uv.h>

#include "bench/null/answer.h"

enum { NULL_READ_BYTES = 64 * 1024, NULL_LISTENERS = 2, NULL_SIGNALS = 2 };

union null_stream {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_pipe_t pipe;
  uv_tcp_t tcp;
};

struct null_service {
  uv_loop_t loop;
  uv_signal_t signals[NULL_SIGNALS];
  union null_stream listeners[NULL_LISTENERS];
  size_t listeners_count;
  llhttp_settings_t settings;
  size_t answer_len;
  char answer[NULL_ANSWER_ROOM];
  char read_bytes[NULL_READ_BYTES]; /* shared by all connections: used within a callback */
};

/* Listens on duplicates of the sockets (-1 for none). False when memory or descriptors are
 * out; nothing is to be released then but by leaving the process. */
bool null_service_init(struct null_service *service, int unix_fd, int tcp_fd);
void null_service_run(struct null_service *service);
void null_service_deinit(struct null_service *service);

#endif
