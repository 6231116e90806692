/* recent.h - the latest decisions, by id, so that feedback can be held against what was
 * expected.
 *
 *   struct recent_ring *ring = recent_ring(recent, id_prefix);   // one a thread
 *   recent_put(ring, id_count, &decision);                       // on that thread, never waits
 *   struct recent_decision *d = recent_hold(recent, prefix, count);   // any thread
 *   if (d) { ...; recent_release(d); } */
#ifndef TIERD_OPS_RECENT_H
#define TIERD_OPS_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ops/budgets.h"

enum { RECENT_DECISIONS_MAX = 65536 /* over all threads; older ones are forgotten */ };

struct recent;      /* opaque */
struct recent_ring; /* one thread's; opaque */

struct recent_decision {
  struct budget_charge charge;
  int64_t charged_nano;     /* to its budgets so far */
  int64_t charged_max_nano; /* no report may raise it further */
  uint64_t input_tokens;    /* as counted, not corrected */
  uint64_t output_limit;    /* tokens; an answer of that length was cut; 0: none */
  float output_p50;         /* not corrected */
  float output_p90;
  uint32_t model;     /* index of the catalogue of that time */
  uint64_t number;    /* of the snapshot that the catalogue is of */
  int slot;           /* of the model's corrections, or -1 */
  bool learned_input; /* from a report on this one: the next must not count again */
  bool learned_output;
};

/* NULL when memory is out. */
struct recent *recent_create(size_t threads);
void recent_destroy(struct recent *recent); /* may be NULL */

/* The ring of one more thread, owned by recent; NULL when all are given out. Not to be
 * called by two threads at once, nor beside recent_hold(). */
struct recent_ring *recent_ring(struct recent *recent, uint64_t prefix);

/* Remembers a decision, and forgets the oldest. Should feedback be looking at just that
 * one, the new one is not remembered instead: a decision waits for nobody. */
void recent_put(struct recent_ring *ring, uint64_t count, const struct recent_decision *decision);

/* The decision of that id, for the caller alone until released; NULL when it is not
 * remembered. */
struct recent_decision *recent_hold(struct recent *recent, uint64_t prefix, uint64_t count);
void recent_release(struct recent_decision *decision);

#endif
