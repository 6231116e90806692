/* log_writer.c - the thread that appends queued lines to the log's file.
 *
 * Takes whole batches from the queues in turn, naps after each round so that the next
 * batch is worth a system call, and sleeps when all are empty. A
 * batch that is not written whole stays in its queue from its first unfinished line
 * on, and partial says how much of that line the file has; so a line is finished
 * where it was begun, or cut off and written anew when the file changes. After an
 * error it waits, longer each time, while the queues fill and then refuse lines.
 *
 * Everything that the operator should know is said once on standard error: that
 * writing fails, and that it goes on. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ops/decision_log_internal.h"

enum { BACK_OFF_FIRST_MS = 20, BACK_OFF_MAX_MS = 2000, NAP_MS = 10, WHY_MAX = 512 };

enum turn { TURN_EMPTY, TURN_WROTE, TURN_FAILED };

static void say(const char *text) {
  fprintf(stderr, "tierd: decision log: %s\n", text);
}

/* Said when it begins and not at each attempt, or the log of errors would fill the disk that is
 * left. */
static void note_failure(struct decision_log *log, int error) {
  atomic_fetch_add_explicit(&log->write_errors, 1, memory_order_relaxed);
  if (log->back_off_ms == 0)
    fprintf(stderr,
            "tierd: decision log: cannot write to %s: %s; decisions go on, lines wait and then "
            "are dropped\n",
            log->options.path, strerror(error));
  log->back_off_ms = log->back_off_ms == 0 ? BACK_OFF_FIRST_MS : log->back_off_ms * 2;
  if (log->back_off_ms > BACK_OFF_MAX_MS)
    log->back_off_ms = BACK_OFF_MAX_MS;
}

/* The end of a failure is news only if there was one. */
static void note_success(struct decision_log *log) {
  struct decision_log_counts counts;
  if (log->back_off_ms == 0)
    return;
  log->back_off_ms = 0;
  decision_log_counts(log, &counts);
  fprintf(stderr, "tierd: decision log: writing to %s again; %llu lines dropped so far\n",
          log->options.path, (unsigned long long)counts.lines_dropped);
}

/* Counted here and not by the pushers, so that written means written. */
static size_t count_lines(struct span lines) {
  size_t count = 0;
  const char *at = lines.ptr, *end = lines.ptr + lines.len;
  while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    count++;
    at++;
  }
  return count;
}

/* The first lines that end within room bytes; one line at least. */
static struct span lines_within(struct span lines, uint64_t room) {
  if (lines.len <= room)
    return lines;
  const char *feed = room > 0 ? memrchr(lines.ptr, '\n', (size_t)room) : NULL;
  if (!feed)
    feed = memchr(lines.ptr, '\n', lines.len);
  return span_make(lines.ptr, (size_t)(feed - lines.ptr) + 1);
}

/* Takes the half line off that the file has, for it will be written elsewhere. */
static void forget_partial(struct decision_log *log) {
  log_file_cut(&log->file, log->partial);
  log->partial = 0;
}

static void rotate(struct decision_log *log) {
  char why[WHY_MAX];
  if (log_file_rotate(&log->file, log->options.rotate_keep, why, sizeof why)) {
    log->rotate_above = log->options.rotate_bytes;
    atomic_fetch_add_explicit(&log->rotations, 1, memory_order_relaxed);
    return;
  }
  say(why);
  /* A log that grows is better than one that is lost: try again later. */
  log->rotate_above = log->file.size + log->options.rotate_bytes;
}

/* Cuts the batch down to what the file may still take, rotating if that is nothing.
 * A line that is partly written goes where it was begun. */
static struct span limit_to_file(struct decision_log *log, struct span lines) {
  if (log->options.rotate_bytes == 0 || !log->file.regular)
    return lines;
  /* partial is part of the file's size and of the first line's bytes. */
  const struct span first = lines_within(lines, 0);
  /* An empty file takes the line whatever its length: rotating would not help. */
  if (log->partial == 0 && log->file.size > 0 && log->file.size + first.len > log->rotate_above)
    rotate(log);
  /* Where the first line of the batch begins in the file. */
  const uint64_t begun = log->file.size - log->partial;
  return lines_within(lines, begun < log->rotate_above ? log->rotate_above - begun : 0);
}

/* Counts and releases the lines that are written whole. */
static void settle(struct decision_log *log, struct log_queue *queue, struct span lines,
                   size_t wrote) {
  /* lines begins with the line that partial speaks of. */
  const size_t in_file = (size_t)log->partial + wrote;
  const char *feed = memrchr(lines.ptr, '\n', in_file);
  const size_t whole = feed ? (size_t)(feed - lines.ptr) + 1 : 0;
  atomic_fetch_add_explicit(&log->lines_written, count_lines(span_make(lines.ptr, whole)),
                            memory_order_relaxed);
  atomic_fetch_add_explicit(&log->bytes_written, wrote, memory_order_relaxed);
  log->partial = in_file - whole;
  if (whole > 0)
    log_queue_consume(queue, whole);
}

/* One batch of the current queue. */
static enum turn write_batch(struct decision_log *log) {
  struct log_queue *queue = log->queues[log->current];
  struct span lines = log_queue_peek(queue);
  if (lines.len == 0)
    return TURN_EMPTY;
  lines = limit_to_file(log, lines);
  const ssize_t wrote = log_file_write(
      &log->file, span_make(lines.ptr + log->partial, lines.len - (size_t)log->partial));
  /* 0 is no error by the book, but it is no progress either. */
  if (wrote <= 0) {
    note_failure(log, wrote < 0 ? errno : ENOSPC);
    return TURN_FAILED;
  }
  note_success(log);
  settle(log, queue, lines, (size_t)wrote);
  return TURN_WROTE;
}

/* A batch of every queue. The turn passes on only between lines. */
static enum turn write_round(struct decision_log *log) {
  enum turn round = TURN_EMPTY;
  /* As many turns as there are queues, beginning where the last round ended. */
  for (size_t i = 0; i < log->options.queues; i++) {
    enum turn turn;
    do
      turn = write_batch(log);
    while (turn == TURN_WROTE && log->partial > 0);
    if (turn == TURN_FAILED)
      return turn;
    if (turn == TURN_WROTE)
      round = turn;
    log->current = (log->current + 1) % log->options.queues;
  }
  return round;
}

static void reopen(struct decision_log *log) {
  char why[WHY_MAX];
  forget_partial(log);
  if (!log_file_reopen(&log->file, why, sizeof why)) {
    say(why);
    say("going on with the file that was open");
    return;
  }
  /* A file of our own choice or somebody else's: its size counts from here. */
  log->rotate_above = log->options.rotate_bytes;
  fprintf(stderr, "tierd: decision log: opened %s again\n", log->options.path);
}

/* The most that waits in any queue, in bytes. */
static size_t deepest(const struct decision_log *log) {
  size_t most = 0;
  for (size_t i = 0; i < log->options.queues; i++) {
    const size_t depth = log_queue_depth(log->queues[i]);
    most = depth > most ? depth : most;
  }
  return most;
}

/* Orders that came meanwhile must not wait for the bell. */
static bool has_orders(const struct decision_log *log) {
  return atomic_load(&log->stopping) || atomic_load(&log->reopening);
}

static void wait_for_bell(struct decision_log *log, int timeout_ms) {
  struct pollfd bell = {.fd = log->bell, .events = POLLIN};
  uint64_t rings;
  /* An interrupted poll is as good as a ring: the caller looks around and comes back. */
  if (poll(&bell, 1, timeout_ms) > 0) {
    ssize_t ignored = read(log->bell, &rings, sizeof rings);
    (void)ignored;
  }
}

/* Rests after a round that wrote something; cut short when a queue fills up. */
static void nap(struct decision_log *log) {
  atomic_store(&log->writer, WRITER_NAPS);
  if (deepest(log) <= log->options.queue_bytes / 2 && !has_orders(log))
    wait_for_bell(log, NAP_MS);
  atomic_store(&log->writer, WRITER_AWAKE);
}

/* Sleeps until somebody rings. See decision_log.c on why nothing is missed. */
static void sleep_until_rung(struct decision_log *log) {
  atomic_store(&log->writer, WRITER_SLEEPS);
  if (deepest(log) == 0 && !has_orders(log))
    wait_for_bell(log, -1);
  atomic_store(&log->writer, WRITER_AWAKE);
}

/* At the end: what could not be written is lost, and is counted. */
static void give_up(struct decision_log *log) {
  uint64_t lost = 0;
  forget_partial(log);
  for (size_t i = 0; i < log->options.queues; i++) {
    struct span lines;
    while ((lines = log_queue_peek(log->queues[i])).len > 0) {
      lost += count_lines(lines);
      log_queue_consume(log->queues[i], lines.len);
    }
  }
  atomic_fetch_add_explicit(&log->lines_lost, lost, memory_order_relaxed);
}

void *log_writer_run(void *argument) {
  struct decision_log *log = argument;
  for (;;) {
    /* Read before the queues: what was pushed before the order to stop is seen. */
    const bool stopping = atomic_load(&log->stopping);
    const bool reopening = atomic_exchange(&log->reopening, false);
    const enum turn turn = write_round(log);
    /* After the round: what was decided before the renaming belongs to the old file. */
    if (reopening)
      reopen(log);
    if (stopping && turn != TURN_WROTE)
      break;
    if (turn == TURN_FAILED)
      wait_for_bell(log, (int)log->back_off_ms);
    else if (turn == TURN_EMPTY)
      sleep_until_rung(log);
    else
      nap(log);
  }
  give_up(log);
  return NULL;
}
