/* snapshot.h - all that decisions are made with, as one, exchanged while requests run.
 *
 *   struct snapshot *first, *next;
 *   if (!snapshot_load(&first, &config, why, sizeof why)) ...
 *   struct snapshots *snapshots = snapshots_create(first, threads);
 *
 *   struct snapshot_reader *reader = snapshots_reader(snapshots);  // one a thread
 *   const struct snapshot *s = snapshot_take(reader);              // for one request
 *   ...                                                            // s does not change
 *   snapshot_give_back(reader);                                    // s may be gone now
 *
 *   snapshots_replace(snapshots, next);   // any thread, one at a time
 */
#ifndef TIERD_OPS_SNAPSHOT_H
#define TIERD_OPS_SNAPSHOT_H

#include "daemon/config/config.h"
#include "daemon/ops/promoted.h"
#include "daemon/router/route.h"

/* Immutable once it is current. */
struct snapshot {
  struct config config; /* effective settings; strings are the snapshot's */
  struct catalog catalog;
  struct model *model;
  struct promoted_choice choice; /* is it --model's, or one that was promoted? */
  struct router router;          /* of catalogue and model */
  uint64_t number;               /* 1 for the first, one more for each that follows */
};

struct snapshots;       /* the current one and its readers; opaque */
struct snapshot_reader; /* one thread's hold on it; opaque */

/* Reads catalogue and model as config says and checks that they belong together.
 * config is copied. *out is the caller's. False with why filled otherwise, *out then
 * NULL. Takes as long as reading files does. */
bool snapshot_load(struct snapshot **out, const struct config *config, char *why, size_t why_size);

/* snapshot may be NULL. */
void snapshot_destroy(struct snapshot *snapshot);

/* first becomes current and belongs to the result. NULL when memory is out; first is
 * then still the caller's. */
struct snapshots *snapshots_create(struct snapshot *first, size_t readers_max);

/* When no thread takes snapshots any more. May be NULL. */
void snapshots_destroy(struct snapshots *snapshots);

/* A reader for one thread, owned by snapshots; NULL when readers_max are given out.
 * Not to be called by two threads at once. */
struct snapshot_reader *snapshots_reader(struct snapshots *snapshots);

/* The current snapshot, which stays until it is given back. Never blocks. A reader
 * holds one at a time. */
const struct snapshot *snapshot_take(struct snapshot_reader *reader);
void snapshot_give_back(struct snapshot_reader *reader);

/* The number of the current snapshot, without holding it. */
uint64_t snapshots_number(const struct snapshots *snapshots);

/* Numbers next and makes it current, waits until no reader holds the one before, and
 * destroys that. Two threads must not call it at once, nor one that holds a snapshot. */
void snapshots_replace(struct snapshots *snapshots, struct snapshot *next);

#endif
