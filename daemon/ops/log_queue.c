/* log_queue.c - a ring of lines for one producer and one consumer.
 *
 * head and tail count bytes from the beginning of time and never go back; a
 * position in the ring is their remainder. A line that does not fit before the
 * ring's end is put at its beginning, and the gap is skipped by both sides, so that
 * lines are always in one piece and the writer can write() them where they are.
 *
 * The producer alone writes head and lap_end, the consumer alone tail. head is
 * stored and loaded in sequential order, because the writer's falling asleep
 * (decision_log.c) depends on it; for the rest, acquire and release are enough. */
#include "daemon/ops/log_queue.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CACHE_LINE = 64 };

struct log_queue {
  char *bytes;
  size_t size;
  size_t lap_end; /* where the lines end in the lap before head's */
  _Atomic uint64_t head;
  _Atomic uint64_t dropped;
  char apart[CACHE_LINE]; /* the two sides should not share a cache line */
  _Atomic uint64_t tail;
};

struct log_queue *log_queue_create(size_t bytes) {
  struct log_queue *queue = calloc(1, sizeof *queue);
  if (!queue)
    return NULL;
  queue->size = bytes;
  queue->bytes = malloc(bytes);
  if (!queue->bytes) {
    free(queue);
    return NULL;
  }
  return queue;
}

void log_queue_destroy(struct log_queue *queue) {
  if (!queue)
    return;
  free(queue->bytes);
  free(queue);
}

void log_queue_drop(struct log_queue *queue) {
  atomic_fetch_add_explicit(&queue->dropped, 1, memory_order_relaxed);
}

bool log_queue_push(struct log_queue *queue, struct span line) {
  const uint64_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
  const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  size_t at = (size_t)(head % queue->size);
  const size_t need = line.len + 1;
  /* A line never ends exactly at the ring's end, so that every lap has a gap and
   * the consumer need not tell the two cases apart. */
  const size_t skip = need >= queue->size - at ? queue->size - at : 0;
  if (need > queue->size / 2 || need + skip > queue->size - (size_t)(head - tail)) {
    log_queue_drop(queue);
    return false;
  }
  /* The consumer has left the lap whose end was noted before: else there would be
   * no room for a line beyond this lap. */
  if (skip > 0) {
    queue->lap_end = at;
    at = 0;
  }
  if (line.len > 0)
    memcpy(queue->bytes + at, line.ptr, line.len);
  queue->bytes[at + line.len] = '\n';
  atomic_store_explicit(&queue->head, head + skip + need, memory_order_seq_cst);
  return true;
}

struct span log_queue_peek(struct log_queue *queue) {
  const uint64_t head = atomic_load_explicit(&queue->head, memory_order_seq_cst);
  uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
  size_t at = (size_t)(tail % queue->size);
  if (head / queue->size != tail / queue->size && at == queue->lap_end) {
    tail += queue->size - at;
    at = 0;
    atomic_store_explicit(&queue->tail, tail, memory_order_release);
  }
  if (head == tail)
    return span_make(NULL, 0);
  const bool same_lap = head / queue->size == tail / queue->size;
  return span_make(queue->bytes + at, same_lap ? (size_t)(head - tail) : queue->lap_end - at);
}

void log_queue_consume(struct log_queue *queue, size_t bytes) {
  const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
  atomic_store_explicit(&queue->tail, tail + bytes, memory_order_release);
}

size_t log_queue_depth(const struct log_queue *queue) {
  /* tail first: head only grows, so the difference cannot become negative. */
  const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  const uint64_t head = atomic_load_explicit(&queue->head, memory_order_seq_cst);
  return (size_t)(head - tail);
}

uint64_t log_queue_dropped(const struct log_queue *queue) {
  return atomic_load_explicit(&queue->dropped, memory_order_relaxed);
}
