/* live.h - what decisions are like just now: sums, distributions and the last few.
 *
 *   struct live *live = live_create(threads);
 *   struct live_worker *worker = live_worker(live, id_prefix);   // one a thread
 *   live_note(worker, &decision);                                // on that thread
 *   live_observe(worker, nanoseconds, now_s);
 *
 *   struct live_view view;                                       // any thread
 *   live_read(live, snapshot_number, now_s, &view);
 *   size_t count = live_last(live, entries, LIVE_LAST_MAX);
 *
 * Noting takes no lock and no memory, and waits for nobody. It keeps numbers, names of the
 * catalogue and codes of the program: nothing of a request's text ever gets here.
 *
 * Where a worker may be NULL, nothing is noted. Money is in nano-USD. */
#ifndef TIERD_OPS_LIVE_H
#define TIERD_OPS_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

enum {
  LIVE_BINS = 40,           /* of probabilities, each 1/40 wide */
  LIVE_SECONDS = 60,        /* of which the rate is known */
  LIVE_LATENCY_CELLS = 208, /* an eighth of an octave each, from 256 ns to 68 s */
  LIVE_LAST_MAX = 32,       /* decisions kept a thread, and told */
  LIVE_REASONS_MAX = 3,
  LIVE_TIER_NAME_MAX = 32, /* longer names are cut */
  LIVE_MODEL_NAME_MAX = 96
};

struct live;        /* opaque */
struct live_worker; /* one thread's part of it; opaque */

/* A decision as it is noted. Names are copied; reasons must outlive live. */
struct live_decision {
  int64_t now_ms;    /* since 1970 */
  uint64_t id_count; /* of its id */
  uint64_t number;   /* of the snapshot that decided, from 1 */
  size_t tiers_count;
  size_t tier; /* chosen */
  const char *tier_name, *model_name;
  const float *good;                /* a probability a tier, 0 to 1 */
  double needed[CATALOG_TIERS_MAX]; /* the least at which each would win over the dearer ones */
  bool abstained;
  bool unscored;          /* there was no time: good and needed say nothing */
  int64_t cost, baseline; /* MONEY_UNKNOWN where it is */
  const char *reasons[LIVE_REASONS_MAX];
  size_t reasons_count;
};

/* One as it is told. */
struct live_entry {
  int64_t time_ms;
  uint64_t id_prefix, id_count;
  char tier[LIVE_TIER_NAME_MAX], model[LIVE_MODEL_NAME_MAX];
  float probability; /* of the tier chosen */
  bool abstained;
  int64_t cost, baseline;
  const char *reasons[LIVE_REASONS_MAX];
  size_t reasons_count;
};

struct live_sums {
  uint64_t decisions, abstained;
  uint64_t unpriced; /* left out of the two amounts, as a price is unknown */
  int64_t cost;      /* expected */
  int64_t saving;    /* against the top tier's model; may be negative */
};

struct live_latency {
  uint64_t count;
  uint64_t cells[LIVE_LATENCY_CELLS];
};

struct live_view {
  struct live_sums total;                        /* since the start */
  struct live_sums today;                        /* since midnight, UTC, or the start */
  uint32_t seconds[LIVE_SECONDS];                /* decisions in each; the last has just ended */
  uint64_t tiers[CATALOG_TIERS_MAX];             /* chosen, since this snapshot */
  uint64_t good[CATALOG_TIERS_MAX][LIVE_BINS];   /* likewise: probabilities of each tier */
  uint64_t needed[CATALOG_TIERS_MAX][LIVE_BINS]; /* and what it would have taken */
  struct live_latency minute, ever;
};

/* For that many threads at most. NULL when memory is out. */
struct live *live_create(size_t threads);
void live_destroy(struct live *live); /* may be NULL */

/* The next thread's part, owned by live; NULL when all are given out. Not to be called by
 * two threads at once. id_prefix is that of the thread's ids. */
struct live_worker *live_worker(struct live *live, uint64_t id_prefix);

/* On the worker's own thread. */
void live_note(struct live_worker *worker, const struct live_decision *decision);
void live_observe(struct live_worker *worker, uint64_t ns, int64_t now_s);

/* Sums up all threads; number is the current snapshot's. What is noted meanwhile may be
 * in it by half. */
void live_read(struct live *live, uint64_t number, int64_t now_s, struct live_view *out);

/* The last decisions, newest first; at most max and LIVE_LAST_MAX. Returns how many. */
size_t live_last(struct live *live, struct live_entry *out, size_t max);

/* The duration in nanoseconds below which a share (0 to 1) of them lies, to some 6 %; 0
 * when there are none. */
double live_quantile(const struct live_latency *latency, double share);

#endif
