/* decision_log.h - lines that threads make and one writer appends to a file.
 *
 *   struct decision_log *log;
 *   if (!decision_log_open(&log, &options, why, sizeof why)) ...
 *   struct log_queue *queue = decision_log_queue(log);   // one a thread, before it starts
 *   decision_log_push(log, queue, line);                 // on that thread, never waits
 *   decision_log_close(log);                             // when the threads have ended
 *
 * What the lines say is up to the caller: a JSON object that begins as
 * LOG_LINE_PREFIX says, without line feeds. Failing to write loses lines, never
 * time: the queues hold what they can, the rest is dropped and counted. Lines of one
 * thread keep their order; those of different threads may stand some milliseconds out
 * of it. */
#ifndef TIERD_OPS_DECISION_LOG_H
#define TIERD_OPS_DECISION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/text/span.h"

struct decision_log; /* opaque */
struct log_queue;

struct decision_log_options {
  const char *path;      /* must outlive the log */
  size_t queues;         /* threads that will push, at least 1 */
  size_t queue_bytes;    /* that each may have waiting */
  uint64_t rotate_bytes; /* rotate before the file exceeds this; 0: never */
  unsigned rotate_keep;  /* old files, at least 1 */
};

/* Since the start, for metrics. */
struct decision_log_counts {
  uint64_t lines_written;
  uint64_t bytes_written;
  uint64_t lines_dropped;
  uint64_t write_errors; /* attempts that failed; they are made again */
  uint64_t rotations;
  uint64_t queue_bytes; /* waiting now */
};

/* Opens the file, says on standard error if half a line had to be cut, and starts
 * the writer's thread. On success *out is the caller's, for decision_log_close().
 * False with why filled. */
bool decision_log_open(struct decision_log **out, const struct decision_log_options *options,
                       char *why, size_t why_size);

/* A queue for one more thread, owned by the log; NULL when all are given out. Not to
 * be called by two threads at once. */
struct log_queue *decision_log_queue(struct decision_log *log);

/* Hands over one line without its line feed. False when it was dropped. */
bool decision_log_push(struct decision_log *log, struct log_queue *queue, struct span line);

/* Has the file opened again by its name, as after a renaming. From any thread. */
void decision_log_reopen(struct decision_log *log);

/* From any thread. */
void decision_log_counts(const struct decision_log *log, struct decision_log_counts *out);

/* Writes what waits, as far as the file takes it, and ends the thread. Nobody may
 * push any more. log may be NULL. */
void decision_log_close(struct decision_log *log);

#endif
