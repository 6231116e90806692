/* sessions.h - the table of conversations, shared by all threads.
 *
 *   struct sessions *sessions = sessions_create(config.session_table_bytes, seed);
 *   uint64_t key = session_key(&request, sessions_seed(sessions));
 *   struct session_state state;
 *   if (sessions_find(sessions, key, &state)) ...     // a copy
 *   sessions_put(sessions, key, &state);              // copied; the oldest may go
 *
 * Bounded by memory, all of it taken at the start: a new session takes the place of the one
 * that was put longest ago. Striped, so that threads seldom wait for each other, and never
 * for longer than a copy takes. */
#ifndef TIERD_OPS_SESSIONS_H
#define TIERD_OPS_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/router/session.h"

struct sessions; /* opaque */

/* Since the start, from any thread. */
struct sessions_counts {
  uint64_t capacity;
  uint64_t sessions; /* in the table now */
  uint64_t evicted;
};

/* A table that takes no more than bytes, of which one session needs some 600; with less it
 * keeps nothing. seed is random, for the keys. NULL when memory is out. */
struct sessions *sessions_create(size_t bytes, uint64_t seed);

/* When no thread uses it any more. May be NULL. */
void sessions_destroy(struct sessions *sessions);

uint64_t sessions_seed(const struct sessions *sessions);

/* Copies the session's state. False when it is not there. */
bool sessions_find(struct sessions *sessions, uint64_t key, struct session_state *out);

/* Keeps a copy of state, in place of the session's former one. */
void sessions_put(struct sessions *sessions, uint64_t key, const struct session_state *state);

void sessions_counts(struct sessions *sessions, struct sessions_counts *out);

#endif
