/* passed_sockets.h - listening sockets that the service manager opened: LISTEN_FDS.
 *
 * They live as long as the manager wants: clients that connect while tierd is
 * restarted wait instead of being refused, and the path of a Unix socket is not
 * tierd's to remove. */
#ifndef TIERD_OPS_PASSED_SOCKETS_H
#define TIERD_OPS_PASSED_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

struct passed_sockets {
  int unix_fd; /* -1 for none; as is tcp_fd. The caller's to close */
  int tcp_fd;
};

/* Takes the sockets that LISTEN_FDS and LISTEN_PID say are for this process, and
 * removes both from the environment. There may be one Unix and one TCP socket; allow_remote
 * says whether other machines may reach the latter. False with why filled when something
 * else was passed; nothing is then left open. */
bool passed_sockets_take(struct passed_sockets *out, bool allow_remote, char *why, size_t why_size);

void passed_sockets_close(struct passed_sockets *sockets);

#endif
