/* server.h - the daemon's network side as a whole: listeners and workers.
 *
 *   struct server *server;
 *   if (!server_create(&server, &config, &state, why, sizeof why)) ...
 *   server_run(server);       // until SIGTERM or SIGINT, then drained
 *   server_destroy(server);
 */
#ifndef TIERD_NET_SERVER_H
#define TIERD_NET_SERVER_H

#include "daemon/api/api.h"

struct server;

/* Binds the sockets and prepares a worker a thread. config and state must outlive
 * the server. False with why filled on failure. */
bool server_create(struct server **out, const struct config *config, const struct api_state *state,
                   char *why, size_t why_size);

/* The TCP port that was bound, or 0. */
uint16_t server_tcp_port(const struct server *server);

/* Serves on state->threads threads, this one among them, until a signal, then lets
 * open requests finish. */
void server_run(struct server *server);

void server_destroy(struct server *server);

#endif
