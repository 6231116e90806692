/* sockets.c - opens and closes the listeners as one.
 *
 * They are apart from the server that serves them, since binding may need rights that are
 * given up before anything else is read or done. How one is bound is known by listener.c. */
#include "daemon/net/sockets.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon/ops/passed_sockets.h"

static bool open_unix(struct sockets *sockets, const struct config *config, char *why,
                      size_t why_size) {
  if (sockets->unix_listener.fd >= 0 || !config->socket[0])
    return true;
  return unix_listener_open(&sockets->unix_listener, config->socket, config->socket_mode, why,
                            why_size);
}

/* True when there is none to open, too. */
static bool open_tcp(struct sockets *sockets, const struct config *config, char *why,
                     size_t why_size) {
  if (sockets->tcp_fd < 0 && config->listen[0])
    sockets->tcp_fd = tcp_listener_open(config->listen, &sockets->tcp_port, why, why_size);
  return sockets->tcp_fd >= 0 || !config->listen[0];
}

/* From here on they are closed as if they were our own. */
static void adopt(struct sockets *sockets, const struct passed_sockets *passed) {
  *sockets = (struct sockets){.unix_listener = {.fd = -1, .lock_fd = -1}, .tcp_fd = passed->tcp_fd};
  if (passed->unix_fd >= 0)
    unix_listener_adopt(&sockets->unix_listener, passed->unix_fd);
  if (passed->tcp_fd >= 0)
    sockets->tcp_port = tcp_listener_port(passed->tcp_fd);
}

bool sockets_open(struct sockets *sockets, const struct config *config,
                  const struct passed_sockets *passed, char *why, size_t why_size) {
  adopt(sockets, passed);
  /* Users are looked up now, for later there may be a sandbox. */
  if (!peer_list_parse(&sockets->peers, config->allow_uid, why, why_size) ||
      !open_unix(sockets, config, why, why_size) || !open_tcp(sockets, config, why, why_size)) {
    sockets_close(sockets);
    return false;
  }
  /* Who connects over TCP has no user that the kernel would know. */
  if (sockets->tcp_fd >= 0 && sockets->peers.count > 0)
    fprintf(stderr,
            "tierd: warning: --allow-uid holds for the Unix socket alone; whoever can reach %s "
            "may use it\n",
            passed->tcp_fd >= 0 ? "the passed TCP socket" : config->listen);
  return true;
}

bool sockets_give(const struct sockets *sockets, uid_t uid, gid_t gid, char *why, size_t why_size) {
  return !unix_listener_owns_path(&sockets->unix_listener) ||
         unix_listener_give(&sockets->unix_listener, uid, gid, why, why_size);
}

void sockets_close(struct sockets *sockets) {
  unix_listener_close(&sockets->unix_listener);
  if (sockets->tcp_fd >= 0)
    close(sockets->tcp_fd);
  sockets->tcp_fd = -1;
}
