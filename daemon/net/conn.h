/* conn.h - one client connection. Made on accept, freed when its handles are closed. */
#ifndef TIERD_NET_CONN_H
#define TIERD_NET_CONN_H

#include "daemon/net/worker.h"

enum { CONN_REJECTED_MAX = 64 }; /* connections over the limit that still get a 503 */

/* Accepts what waits at a listener. False when memory is out: the client then still
 * waits, and nothing else is accepted until this is called again. */
bool conn_accept(struct worker *worker, uv_stream_t *listener);

/* The worker begins to drain: idle connections close now, the others after the
 * answer that they wait for. */
void conn_drain_all(struct worker *worker);

/* Closes every connection whatever its state. */
void conn_close_all(struct worker *worker);

#endif
