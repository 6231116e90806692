/* decision_log_internal.h - what the log's two sides share: decision_log.c, which
 * is called by any thread, and log_writer.c, which is the writer's thread. */
#ifndef TIERD_OPS_DECISION_LOG_INTERNAL_H
#define TIERD_OPS_DECISION_LOG_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ops/decision_log.h"
#include "daemon/ops/log_file.h"
#include "daemon/ops/log_queue.h"

/* What the writer does, so that pushers know whether to ring. */
enum writer_state {
  WRITER_AWAKE,  /* it will look into the queues without being told */
  WRITER_NAPS,   /* it gathers a batch: ring only if a queue gets half full */
  WRITER_SLEEPS, /* ring for any line */
};

struct decision_log {
  struct decision_log_options options;
  struct log_queue **queues; /* options.queues of them */
  size_t queues_given;
  pthread_t thread;
  int bell; /* an eventfd that wakes the writer */
  _Atomic(enum writer_state) writer;
  atomic_bool reopening; /* asked to open the file again */
  atomic_bool stopping;  /* asked to end */
  _Atomic uint64_t lines_written, bytes_written, write_errors, rotations;
  _Atomic uint64_t lines_lost; /* given up at the end */
  /* The writer's own: */
  struct log_file file;
  size_t current;       /* the queue whose turn it is */
  uint64_t partial;     /* bytes of that queue's next line that are in the file already */
  unsigned back_off_ms; /* until the next attempt; 0: the last one went well */
  uint64_t rotate_above;
};

/* The writer's thread; argument is the log. */
void *log_writer_run(void *argument);

/* Wakes the writer if it sleeps, or in any case. */
void decision_log_ring(struct decision_log *log);

#endif
