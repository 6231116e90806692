/* passed_sockets.c - descriptors from 3 on, checked and sorted.
 *
 * The manager says how many it passed and to which process (sd_listen_fds(3)). Each has
 * to be a listening stream socket; which of them it is, its own address tells, so
 * that names and order in the unit do not matter. Accepting on them is left to
 * daemon/net. */
#include "daemon/ops/passed_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The protocol's first descriptor, and more than any unit would pass. */
enum { PASSED_FIRST = 3, PASSED_MAX = 64, NAME_BYTES_MAX = 64 };

/* The first character must be a digit: strtol() would take blanks and a sign. */
static bool read_number(const char *text, long most, long *out) {
  char *end;
  if (text == NULL || *text < '0' || *text > '9')
    return false;
  errno = 0;
  *out = strtol(text, &end, 10);
  return errno == 0 && *end == '\0' && *out <= most;
}

/* The name of the index'th, as FileDescriptorName= in the unit gives it, for messages. */
static void name_of(const char *names, int index, char out[NAME_BYTES_MAX]) {
  for (; names != NULL && index > 0; index--) {
    names = strchr(names, ':');
    names += names != NULL;
  }
  (void)snprintf(out, NAME_BYTES_MAX, "%.*s", names != NULL ? (int)strcspn(names, ":") : 0,
                 names != NULL ? names : "");
}

/* False too for what is no socket, where the option cannot be asked for. */
static bool is_option(int fd, int option, int wanted) {
  int value = 0;
  socklen_t len = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == wanted;
}

/* Unlike a name in --listen, an address that is bound cannot mean anything else later. */
static bool is_loopback(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
  return memcmp(&v6->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

/* What is wrong with it, or NULL; *place is where it belongs. */
static const char *judge(int fd, bool allow_remote, struct passed_sockets *sockets, int **place) {
  struct sockaddr_storage address = {0};
  socklen_t len = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
    return "is no socket; expected ListenStream=";
  if (!is_option(fd, SO_TYPE, SOCK_STREAM) || !is_option(fd, SO_ACCEPTCONN, 1))
    return "is not a listening stream socket; expected ListenStream= and Accept=no";
  if (address.ss_family == AF_UNIX) {
    *place = &sockets->unix_fd;
    return **place >= 0 ? "is a second Unix socket; tierd takes one" : NULL;
  }
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6)
    return "is of an unknown family; expected a Unix or TCP socket";
  *place = &sockets->tcp_fd;
  if (**place >= 0)
    return "is a second TCP socket; tierd takes one";
  /* The same rule as for --listen, which such a socket must not be a way around. */
  return allow_remote || is_loopback(&address)
             ? NULL
             : "can be reached from other machines, and tierd asks nobody for a password; listen "
               "on 127.0.0.1 or [::1], or set allow-remote if that is meant";
}

/* Nobody else may inherit it, and accept() on it must not wait. */
static bool take_over(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && flags >= 0 &&
         fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* One that cannot be used ends the start. To leave it out would be to serve less than the
 * unit promises, without a word. */
static bool sort(struct passed_sockets *out, long count, bool allow_remote, char *why,
                 size_t why_size) {
  const char *names = getenv("LISTEN_FDNAMES");
  for (int i = 0; i < count; i++) {
    const int fd = PASSED_FIRST + i;
    int *place = NULL;
    char name[NAME_BYTES_MAX];
    const char *problem = judge(fd, allow_remote, out, &place);
    if (problem == NULL && take_over(fd)) {
      *place = fd;
      continue;
    }
    name_of(names, i, name);
    (void)snprintf(why, why_size, "descriptor %d%s%s, passed by the service manager, %s", fd,
                   name[0] ? " of " : "", name, problem ? problem : strerror(errno));
    return false;
  }
  return true;
}

bool passed_sockets_take(struct passed_sockets *out, bool allow_remote, char *why,
                         size_t why_size) {
  long pid = 0, count = 0;
  bool ok = true;
  *out = (struct passed_sockets){.unix_fd = -1, .tcp_fd = -1};
  /* Variables that name another process were inherited by mistake, and are not for us. */
  if (read_number(getenv("LISTEN_PID"), INT32_MAX, &pid) && pid == (long)getpid()) {
    ok = read_number(getenv("LISTEN_FDS"), PASSED_MAX, &count);
    if (!ok)
      (void)snprintf(why, why_size, "LISTEN_FDS is not a number of sockets from 0 to %d",
                     (int)PASSED_MAX);
    ok = ok && sort(out, count, allow_remote, why, why_size);
  }
  /* Taken out whatever came of them, so that no child could take them for its own. */
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  if (!ok)
    passed_sockets_close(out);
  return ok;
}

/* Those that were not taken over by daemon/net; -1 again, so that it may be called twice. */
void passed_sockets_close(struct passed_sockets *sockets) {
  if (sockets->unix_fd >= 0)
    close(sockets->unix_fd);
  if (sockets->tcp_fd >= 0)
    close(sockets->tcp_fd);
  *sockets = (struct passed_sockets){.unix_fd = -1, .tcp_fd = -1};
}
