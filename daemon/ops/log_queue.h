/* log_queue.h - finished lines on their way from one thread to the writer.
 *
 * A ring of bytes for one thread that puts lines in and one that takes them out;
 * neither ever waits for the other, and nothing is allocated after creation.
 *
 *   log_queue_push(queue, line)                   // the one thread
 *   struct span lines = log_queue_peek(queue);    // the other one
 *   log_queue_consume(queue, written);
 */
#ifndef TIERD_OPS_LOG_QUEUE_H
#define TIERD_OPS_LOG_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

struct log_queue; /* opaque */

/* Holds up to bytes, at least 2. NULL when memory is out. */
struct log_queue *log_queue_create(size_t bytes);

/* queue may be NULL. */
void log_queue_destroy(struct log_queue *queue);

/* Copies line, which must not contain a line feed, and ends it with one. False when
 * there is no room, or the line takes more than half of the queue, which might never
 * find room; it is counted as dropped then. */
bool log_queue_push(struct log_queue *queue, struct span line);

/* Counts a line as dropped that could not even be made. By the thread that pushes. */
void log_queue_drop(struct log_queue *queue);

/* Whole lines, each with its line feed, that stand together; empty when there are
 * none. Valid until consumed. */
struct span log_queue_peek(struct log_queue *queue);

/* Takes the first bytes of what was peeked out of the queue. */
void log_queue_consume(struct log_queue *queue, size_t bytes);

/* Bytes waiting and lines dropped so far; from any thread. */
size_t log_queue_depth(const struct log_queue *queue);
uint64_t log_queue_dropped(const struct log_queue *queue);

#endif
