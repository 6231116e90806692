/* listen_address.h - "HOST:PORT" taken apart. */
#ifndef TIERD_CONFIG_LISTEN_ADDRESS_H
#define TIERD_CONFIG_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTEN_HOST_BYTES_MAX = 255 };

struct listen_address {
  char host[LISTEN_HOST_BYTES_MAX + 1]; /* NUL-terminated, without brackets */
  uint16_t port;                        /* 0 lets the kernel choose */
  bool loopback;                        /* 127.0.0.0/8, ::1 or "localhost", literally */
};

/* Parses "HOST:PORT" or "[IPv6]:PORT". No name is resolved. False with a clause in
 * why (at most why_size bytes) that says what is wrong and how to write it. */
bool listen_address_parse(const char *text, struct listen_address *out, char *why, size_t why_size);

#endif
