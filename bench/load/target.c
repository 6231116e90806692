/* target.c - resolves the address once and makes connections to it. */
#include "bench/load/target.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/config/listen_address.h"

enum { CONNECT_PATIENCE_S = 5 };

/* Too long a path is refused here; the kernel's structure has no room for it. */
static bool parse_unix(struct target *target, const char *path, char *why, size_t why_size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    (void)snprintf(why, why_size, "--socket: the path is %zu bytes long; the system takes %zu",
                   strlen(path), sizeof address.sun_path - 1);
    return false;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  memcpy(&target->address, &address, sizeof address);
  target->address_len = sizeof address;
  return true;
}

/* Names are resolved, unlike by tierd: the server may stand on another machine. */
static bool parse_tcp(struct target *target, const char *text, char *why, size_t why_size) {
  struct listen_address parsed;
  /* The first address that is found is taken, for all connections. */
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  char service[8], clause[256];
  if (!listen_address_parse(text, &parsed, clause, sizeof clause)) {
    (void)snprintf(why, why_size, "--connect: %s", clause);
    return false;
  }
  (void)snprintf(service, sizeof service, "%u", (unsigned)parsed.port);
  int error = getaddrinfo(parsed.host, service, &hints, &found);
  if (error != 0) {
    (void)snprintf(why, why_size, "cannot resolve %s: %s", parsed.host, gai_strerror(error));
    return false;
  }
  memcpy(&target->address, found->ai_addr, found->ai_addrlen);
  target->address_len = found->ai_addrlen;
  freeaddrinfo(found);
  return true;
}

/* One of the two is given; load.c has seen to that. */
bool target_parse(struct target *target, const char *socket, const char *connect, char *why,
                  size_t why_size) {
  *target = (struct target){0};
  return socket ? parse_unix(target, socket, why, why_size)
                : parse_tcp(target, connect, why, why_size);
}

/* Connecting waits, sending and receiving do not: the load begins once all are connected. */
int target_connect(const struct target *target) {
  const struct sockaddr *address = (const struct sockaddr *)&target->address;
  const struct timeval patience = {.tv_sec = CONNECT_PATIENCE_S};
  const int on = 1;
  int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  /* Linux applies the time to send to connecting as well. */
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, address, target->address_len) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
    /* close() may change it. */
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
  }
  /* Requests go out in one write; waiting to fill packets would only add to latency. */
  if (address->sa_family != AF_UNIX)
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}
