/* promotion_internal.h - what promotion.c and promotion_run.c share.
 *
 * Two locks. work is held by whoever changes anything: the thread for a turn of it, an
 * order from its beginning to its end. lock is held for moments, by whoever reads or
 * writes what both sides see; the loops take neither. */
#ifndef TIERD_OPS_PROMOTION_INTERNAL_H
#define TIERD_OPS_PROMOTION_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "daemon/ops/promotion.h"
#include "daemon/ops/shadow_outcomes.h"

enum { PROMOTION_PENDING_MAX = 1024 /* feedback that waits for its decision */ };

/* By which a file is seen to have been written to or replaced. */
struct file_mark {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec modified, changed;
};

struct pending {
  struct shadow_feedback feedback;
  bool tried; /* once, in vain */
};

struct promotion {
  struct promotion_options options;
  struct shadow_port **ports;
  size_t ports_given;
  pthread_t thread;
  atomic_bool running; /* a candidate is in shadow */

  pthread_mutex_t lock;
  pthread_cond_t wake; /* with lock: stopping, or something runs */
  bool stopping;
  struct promotion_record record; /* written with work held as well */
  struct promotion_terms terms;   /* likewise */

  pthread_mutex_t work; /* of all below */
  struct snapshot_reader *reader;
  struct metrics_worker *counters;
  struct model *candidate;         /* NULL when nothing runs */
  const struct snapshot *snapshot; /* during a turn */
  uint64_t snapshot_number;        /* that the candidate was last held against */
  struct features *features;
  struct shadow_outcomes *outcomes;
  struct gate_counts counts; /* of the run; copied to the record turn by turn */
  struct pending pending[PROMOTION_PENDING_MAX];
  size_t pending_count;
  uint64_t dropped_before; /* of the ports, when the run or the daemon began */
  struct file_mark candidate_mark, path_mark;
  /* Of the monotonic clock. retry_s: it has passed, and is not to be promoted before. */
  time_t saved_s, files_seen_s, retry_s;
  bool unsaved, save_failing;
  char passed_why[PROMOTION_WHY_MAX]; /* the figures that it has passed with */
};

/* promotion.c */

/* Ends the run: the record gets status and reason, is saved as well as can be, and the
 * outcome is counted and said. */
void promotion_end(struct promotion *promotion, enum promotion_status status, const char *why);

/* Lets others see record. */
void promotion_publish(struct promotion *promotion, const struct promotion_record *record);

/* Frees the candidate and has the loops hand over nothing more. */
void promotion_forget(struct promotion *promotion);

/* Takes note of the model that decides now and of the settings. */
void promotion_note_snapshot(struct promotion *promotion);

void promotion_count_outcome(struct promotion *promotion, enum promotion_status status);

/* promotion_run.c */

/* One turn of the thread: whatever is there to be done for the candidate. work is held. */
void promotion_turn(struct promotion *promotion);

/* Throws away what the loops have handed over since the last run, before the next one. */
void promotion_run_clear(struct promotion *promotion);

/* Begins to count anew, or with what the record has. */
void promotion_run_begin(struct promotion *promotion);

/* promotion_swap.c */

/* Promotes the candidate. False when that has to be tried again, or when the run has
 * been ended for it. */
bool promotion_swap(struct promotion *promotion);

/* Is the candidate's file, and the one that it was copied from, still what it was? Looks
 * into them only when they have been touched. False with why filled. */
bool promotion_files_hold(struct promotion *promotion, char *why, size_t why_size);

/* Back to the previous model; see promotion_rollback(). */
bool promotion_swap_back(struct promotion *promotion, char *why, size_t why_size);

#endif
