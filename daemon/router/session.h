/* session.h - what a conversation leaves behind in its model's cache, and whether to stay.
 *
 *   request.sessions = true;                          // caches are to be priced
 *   request.last_call = found ? &state : NULL;        // what the table keeps of the session
 *   route_decide(&router, &request, ...);             // prices it, and stays where that pays
 *   session_remember(&state, &request, &catalog, &decision);   // for the next call
 *
 * Pure: no clock and no memory of its own; daemon/ops/sessions.h is the table. README.md
 * beside this file has the rules, with their reasons. */
#ifndef TIERD_ROUTER_SESSION_H
#define TIERD_ROUTER_SESSION_H

#include "daemon/router/route.h"

enum {
  SESSION_MARKS_MAX = 32,        /* places of a request that can be found again */
  SESSION_LIFETIME_UNKNOWN = 300 /* seconds, for caches of which the catalogue does not know it:
                                    the shortest that any provider publishes */
};

/* A fingerprint of a request from its beginning: tools, then turns. */
struct session_mark {
  uint64_t hash;
  uint64_t bytes; /* of tools and texts so far */
};

/* What is kept of a session's last call. Holds no pointers, so that it can be copied. */
struct session_state {
  uint64_t model_hash;   /* of the model's name: a reload may have moved or removed it */
  uint32_t model;        /* index into catalog.models at that time */
  uint32_t tier;         /* likewise */
  uint32_t calls;        /* of the session so far, this one included; at least 1 */
  uint32_t lifetime_s;   /* that its cache_control asked for; 0: none */
  int64_t time_s;        /* of the call, seconds since 1970, UTC */
  uint64_t tokens;       /* of input, as its model counts them */
  uint64_t bytes;        /* of the same */
  uint64_t marked_bytes; /* up to the last cache_control; 0: none */
  uint32_t turns;
  uint32_t stride; /* a mark stands after each so many turns, and after the last */
  uint32_t marks_count;
  struct session_mark marks[SESSION_MARKS_MAX];
};

/* What this request finds of its session's last call. */
struct session_view {
  const struct route_request *request;
  const struct session_state *last; /* NULL on a fresh session */
  int model;                        /* that served it; -1 when there is none (any more) */
  uint64_t bytes;                   /* of this request */
  uint64_t marked_bytes;            /* up to its last cache_control; 0: none */
  uint64_t matched_bytes;           /* from the beginning, the same as last time */
  uint64_t last_input;              /* tokens of this request, as that model counts them */
};

/* What a model costs on this turn and on a later one that is like it, nano-USD. */
struct session_costs {
  int64_t now;
  int64_t later;
};

/* A hash that is the same on every run; hash chains pass the one before as seed. */
uint64_t session_hash(struct span bytes, uint64_t seed);

/* The session's key: its name, or else what stays the same in a conversation: tools,
 * system prompt and first user message. seed keeps others from choosing collisions. */
uint64_t session_key(const struct route_request *request, uint64_t seed);

/* Is the request a next call of that session? A named one goes on whatever it says; one
 * that is only known by how it begins must have grown. */
bool session_continues(const struct session_state *last, const struct route_request *request);

/* Compares the request, whose tokens are counts, with its last_call. View borrows both. */
void session_view_init(struct session_view *view, const struct catalog *catalog,
                       const struct route_request *request, const struct token_counts *counts);

/* Tokens of input that model would read from its cache, had it served the last call. */
uint64_t session_cached(const struct session_view *view, const struct catalog_model *model,
                        uint64_t input);

/* What it costs to call model: *usage as the request has it, input included. If warm, with the
 * tokens of session_cached(), else with none. */
struct cost session_cost(const struct session_view *view, const struct catalog_model *model,
                         const struct usage_estimate *usage, bool warm);

/* The same for this turn and a later one, by which model will have a warm cache anyway. */
struct session_costs session_costs_of(const struct session_view *view,
                                      const struct catalog_model *model,
                                      const struct usage_estimate *usage, bool warm);

/* Turns that are expected to follow this one: half of those so far, at least one. */
uint32_t session_turns_ahead(const struct session_state *last);

/* This turn and those ahead. Unknown when either cost is. */
int64_t session_total(const struct session_costs *costs, uint32_t turns_ahead);

/* Does going on with the model that has the warm cache cost no more than moving? Never
 * when a cost is unknown. */
bool session_stays(const struct session_costs *stay, const struct session_costs *move,
                   uint32_t turns_ahead);

/* An amount for people: to two significant digits. Unknown stays unknown. */
int64_t session_round(int64_t nano);

/* Fills *state with this call, for the next one. request.last_call may be state itself. */
void session_remember(struct session_state *state, const struct route_request *request,
                      const struct catalog *catalog, const struct route_decision *decision);

#endif
