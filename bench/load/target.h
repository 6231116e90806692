/* target.h - the server to measure: a Unix socket or a TCP address. */
#ifndef TIERD_BENCH_TARGET_H
#define TIERD_BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct target {
  struct sockaddr_storage address;
  socklen_t address_len;
};

/* Exactly one of socket (a path) and connect ("HOST:PORT") is not NULL. False with
 * why filled. */
bool target_parse(struct target *target, const char *socket, const char *connect, char *why,
                  size_t why_size);

/* A connected, non-blocking socket, or -1 with errno set. Waits at most 5 seconds. */
int target_connect(const struct target *target);

#endif
