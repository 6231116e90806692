/* promotion.h - a candidate in shadow, its promotion or rejection, and the way back.
 *
 *   promotion_open(&promotion, &options, why, sizeof why);      // goes on where it was
 *   struct shadow_port *port = promotion_port(promotion);       // one a loop
 *   if (promotion_wants(promotion))
 *     shadow_port_decision(port, &decision, features);          // on that loop
 *
 *   promotion_start(promotion, "/path/new.tier", why, sizeof why);
 *   promotion_read(promotion, snapshot, &figures);
 *   promotion_rollback(promotion, why, sizeof why);
 *
 * One thread of its own asks both models about what the loops hand over, and decides.
 * PROMOTION.md tells what is measured and when a candidate passes. */
#ifndef TIERD_OPS_PROMOTION_H
#define TIERD_OPS_PROMOTION_H

#include "daemon/ops/metrics.h"
#include "daemon/ops/promotion_record.h"
#include "daemon/ops/reload.h"
#include "daemon/ops/shadow_port.h"

struct promotion; /* opaque */

/* All borrowed, and must outlive the promotion. */
struct promotion_options {
  const char *state_dir;
  struct snapshots *snapshots; /* with a reader to spare */
  struct reloader *reloader;
  struct metrics *metrics; /* with a block to spare; or NULL */
  size_t ports;            /* loops that will hand over decisions */
};

/* What a snapshot says of promoting. */
struct promotion_terms {
  struct gate_limits limits;
  uint32_t deadline_hours;
  char deciding[PROMOTION_VERSION_MAX]; /* the model that decides */
  bool promoted;                        /* it is one that was promoted */
};

/* How things stand, for people. */
struct promotion_figures {
  struct promotion_record record;
  struct promotion_terms terms;
  struct gate_result result; /* as the gate would judge now, or judged last */
};

/* Reads the record and goes on with the candidate that was in shadow, unless its file is
 * not what it was: then it is refused. Starts the thread. On success *out is the
 * caller's. False with why filled. */
bool promotion_open(struct promotion **out, const struct promotion_options *options, char *why,
                    size_t why_size);

/* Saves what was counted and ends the thread, when nobody hands anything over any more.
 * promotion may be NULL. */
void promotion_close(struct promotion *promotion);

/* A port for one more loop, owned by promotion; NULL when all are given out. Not to be
 * called by two threads at once. */
struct shadow_port *promotion_port(struct promotion *promotion);

/* Is there a candidate to ask? One load, for the loops. */
bool promotion_wants(const struct promotion *promotion);

/* Those below take a while; from any thread that holds no snapshot, and not a loop's.
 * They say what they did on standard error too. */

/* Puts the model at path, which is absolute, in shadow, in place of a candidate that may
 * be there. The file is copied. False with why filled: a file that is no good model, or
 * one that cannot decide by the catalogue, or the one that decides already. */
bool promotion_start(struct promotion *promotion, const char *path, char *why, size_t why_size);

/* Takes the candidate out of shadow. False when there is none. */
bool promotion_cancel(struct promotion *promotion, char *why, size_t why_size);

/* Has the model decide that did before the last promotion. False with why filled. */
bool promotion_rollback(struct promotion *promotion, char *why, size_t why_size);

/* From any thread; waits for nothing that takes long. snapshot is the one that the caller
 * holds; NULL after an order, which has taken note of it itself. */
void promotion_read(struct promotion *promotion, const struct snapshot *snapshot,
                    struct promotion_figures *out);

/* For metrics, since the start: items that found no room. */
uint64_t promotion_dropped(const struct promotion *promotion);

#endif
