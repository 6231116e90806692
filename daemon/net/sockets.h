/* sockets.h - what the daemon listens on, and for whom.
 *
 *   struct sockets sockets;
 *   if (!sockets_open(&sockets, &config, why, sizeof why)) ...
 *   sockets_give(&sockets, uid, gid, why, sizeof why);   // when it becomes another user
 *   server_create(&server, &config, &state, &sockets, why, sizeof why) ...
 *   sockets_close(&sockets);                             // a second time is harmless
 */
#ifndef TIERD_NET_SOCKETS_H
#define TIERD_NET_SOCKETS_H

#include "daemon/config/config.h"
#include "daemon/net/listener.h"
#include "daemon/net/peer.h"

struct passed_sockets;

struct sockets {
  struct unix_listener unix_listener; /* fd -1: none */
  int tcp_fd;                         /* -1: none */
  uint16_t tcp_port;                  /* that was bound; 0: none */
  struct peer_list peers;             /* of the Unix socket */
};

/* Binds by the settings. A passed socket stands for the one of its kind that they name,
 * and is taken over. False with why filled; nothing is then open. */
bool sockets_open(struct sockets *sockets, const struct config *config,
                  const struct passed_sockets *passed, char *why, size_t why_size);

/* Makes the Unix socket and its lock the user's and the group's, unless it was passed and
 * is not ours to give. As root. False with why filled. */
bool sockets_give(const struct sockets *sockets, uid_t uid, gid_t gid, char *why, size_t why_size);

/* Closes them and removes the Unix socket from the file system. */
void sockets_close(struct sockets *sockets);

#endif
