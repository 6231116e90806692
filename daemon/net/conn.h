/* conn.h - one client connection. Made on accept, freed when its handles are closed. */
#ifndef TIERD_NET_CONN_H
#define TIERD_NET_CONN_H

#include "daemon/net/worker.h"

/* Accepts what waits at a listener. Nothing to do for the caller on failure: the
 * connection is then gone. */
void conn_accept(struct worker *worker, uv_stream_t *listener);

/* The worker begins to drain: idle connections close now, the others after the
 * answer that they wait for. */
void conn_drain_all(struct worker *worker);

/* Closes every connection whatever its state. */
void conn_close_all(struct worker *worker);

#endif
