/* server.h - the daemon's network side as a whole: workers on the sockets.
 *
 *   struct server *server;
 *   if (!server_create(&server, &config, &state, &sockets, why, sizeof why)) ...
 *   server_run(server);       // until SIGTERM or SIGINT, then drained
 *   server_destroy(server);
 */
#ifndef TIERD_NET_SERVER_H
#define TIERD_NET_SERVER_H

#include "daemon/api/api.h"
#include "daemon/net/sockets.h"

struct server;
struct systemd;

/* Has the kernel's table of descriptors grow to the most that the server will use. To be
 * called before there are threads: growing it beside others takes some ten milliseconds,
 * since the kernel then waits until none of them can still be looking at the old one. */
void server_reserve_descriptors(const struct config *config, uint32_t threads);

/* Prepares a worker a thread on the open sockets. config, state, systemd and sockets must
 * outlive the server, which closes the latter when it begins to end. False with why filled
 * on failure. */
bool server_create(struct server **out, const struct config *config, const struct api_state *state,
                   const struct systemd *systemd, struct sockets *sockets, char *why,
                   size_t why_size);

/* Serves on state->threads threads, this one among them, until a signal, then lets
 * open requests finish. */
void server_run(struct server *server);

void server_destroy(struct server *server);

#endif
