/* sockets.c - opens and closes the listeners as one.
 *
 * They are apart from the server that serves them, since binding may need rights that are
 * given up before anything else is read or done. How one is bound is known by listener.c. */
#include "daemon/net/sockets.h"

#include <stdio.h>
#include <unistd.h>

bool sockets_open(struct sockets *sockets, const struct config *config, char *why,
                  size_t why_size) {
  *sockets = (struct sockets){.unix_listener = {.fd = -1, .lock_fd = -1}, .tcp_fd = -1};
  /* Users are looked up now, for later there may be a sandbox. */
  if (!peer_list_parse(&sockets->peers, config->allow_uid, why, why_size))
    return false;
  if (config->socket[0] && !unix_listener_open(&sockets->unix_listener, config->socket,
                                               config->socket_mode, why, why_size))
    return false;
  if (!config->listen[0])
    return true;
  sockets->tcp_fd = tcp_listener_open(config->listen, &sockets->tcp_port, why, why_size);
  if (sockets->tcp_fd < 0) {
    sockets_close(sockets);
    return false;
  }
  /* Who connects over TCP has no user that the kernel would know. */
  if (sockets->peers.count > 0)
    fprintf(stderr,
            "tierd: warning: --allow-uid holds for the Unix socket alone; whoever can reach %s "
            "may use it\n",
            config->listen);
  return true;
}

bool sockets_give(const struct sockets *sockets, uid_t uid, gid_t gid, char *why, size_t why_size) {
  return sockets->unix_listener.fd < 0 ||
         unix_listener_give(&sockets->unix_listener, uid, gid, why, why_size);
}

void sockets_close(struct sockets *sockets) {
  unix_listener_close(&sockets->unix_listener);
  if (sockets->tcp_fd >= 0)
    close(sockets->tcp_fd);
  sockets->tcp_fd = -1;
}
