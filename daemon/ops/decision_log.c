/* decision_log.c - the log as other threads see it: queues, bell and life.
 *
 * A pusher puts its line in its own queue and rings the bell if the writer sleeps.
 * Falling asleep and pushing must not miss each other: the writer says that it
 * sleeps and then looks into the queues once more; the pusher publishes its line
 * and then looks whether the writer sleeps. All four steps are in sequential order,
 * so at least one of the two sees the other.
 *
 * Waking a thread costs more than making a line, so after each batch the writer naps
 * for some milliseconds without wanting to be woken for single lines: a busy daemon
 * rings hardly ever, and an idle one has its line on the disk at once. */
#include "daemon/ops/decision_log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/ops/decision_log_internal.h"

/* Also takes a log that was only begun; the thread must have ended or never run. */
static void release(struct decision_log *log) {
  for (size_t i = 0; log->queues && i < log->options.queues; i++)
    log_queue_destroy(log->queues[i]);
  free(log->queues);
  if (log->bell >= 0)
    close(log->bell);
  log_file_close(&log->file);
  free(log);
}

static bool make_queues(struct decision_log *log) {
  log->queues = calloc(log->options.queues, sizeof(struct log_queue *));
  for (size_t i = 0; log->queues && i < log->options.queues; i++) {
    log->queues[i] = log_queue_create(log->options.queue_bytes);
    if (!log->queues[i])
      return false;
  }
  return log->queues != NULL;
}

/* Signals are for the event loops; here they would only interrupt writing. */
static bool start_thread(struct decision_log *log) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool ok = pthread_create(&log->thread, NULL, log_writer_run, log) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

bool decision_log_open(struct decision_log **out, const struct decision_log_options *options,
                       char *why, size_t why_size) {
  struct decision_log *log = calloc(1, sizeof *log);
  *out = NULL;
  if (!log) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  /* Queues begin empty and counters at 0, by calloc. */
  log->options = *options;
  log->rotate_above = options->rotate_bytes;
  log->file.fd = -1;
  log->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool opened = log_file_open(&log->file, options->path, why, why_size);
  /* The operator should know that something was lost, and that it was noticed. */
  if (opened && log->file.cut > 0)
    fprintf(stderr, "tierd: %s ended in half a line; its %llu bytes have been cut off\n",
            options->path, (unsigned long long)log->file.cut);
  if (opened && log->bell >= 0 && make_queues(log) && start_thread(log)) {
    *out = log;
    return true;
  }
  if (opened)
    snprintf(why, why_size, "cannot start the decision log: out of memory or file descriptors");
  release(log);
  return false;
}

struct log_queue *decision_log_queue(struct decision_log *log) {
  return log->queues_given < log->options.queues ? log->queues[log->queues_given++] : NULL;
}

void decision_log_ring(struct decision_log *log) {
  const uint64_t one = 1;
  /* It cannot fail but for a counter that is full, and then the bell rings already. */
  ssize_t ignored = write(log->bell, &one, sizeof one);
  (void)ignored;
}

bool decision_log_push(struct decision_log *log, struct log_queue *queue, struct span line) {
  if (!log_queue_push(queue, line))
    return false;
  const enum writer_state state = atomic_load(&log->writer);
  const bool wanted =
      state == WRITER_SLEEPS ||
      (state == WRITER_NAPS && log_queue_depth(queue) > log->options.queue_bytes / 2);
  /* Of several pushers one rings. */
  if (wanted && atomic_exchange(&log->writer, WRITER_AWAKE) != WRITER_AWAKE)
    decision_log_ring(log);
  return true;
}

void decision_log_reopen(struct decision_log *log) {
  atomic_store(&log->reopening, true);
  decision_log_ring(log);
}

void decision_log_counts(const struct decision_log *log, struct decision_log_counts *out) {
  *out = (struct decision_log_counts){
      .lines_written = atomic_load_explicit(&log->lines_written, memory_order_relaxed),
      .bytes_written = atomic_load_explicit(&log->bytes_written, memory_order_relaxed),
      .lines_dropped = atomic_load_explicit(&log->lines_lost, memory_order_relaxed),
      .write_errors = atomic_load_explicit(&log->write_errors, memory_order_relaxed),
      .rotations = atomic_load_explicit(&log->rotations, memory_order_relaxed),
  };
  /* Each queue counts for itself, so that threads share no counter. */
  for (size_t i = 0; i < log->options.queues; i++) {
    out->lines_dropped += log_queue_dropped(log->queues[i]);
    out->queue_bytes += log_queue_depth(log->queues[i]);
  }
}

void decision_log_close(struct decision_log *log) {
  struct decision_log_counts counts;
  if (!log)
    return;
  /* The flag first, then the bell: the writer looks at the flag when it wakes. */
  atomic_store(&log->stopping, true);
  decision_log_ring(log);
  pthread_join(log->thread, NULL);
  decision_log_counts(log, &counts);
  if (counts.lines_dropped > 0)
    fprintf(stderr, "tierd: decision log %s: %llu lines written, %llu dropped\n", log->options.path,
            (unsigned long long)counts.lines_written, (unsigned long long)counts.lines_dropped);
  release(log);
}
