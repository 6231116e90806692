/* log_memory.h - the arena that holds everything the rows of a labelled log point to.
 *
 * Nothing is released singly: rows, strings and turns live as long as the log.
 */
#ifndef TIERD_TRAIN_LOG_MEMORY_H
#define TIERD_TRAIN_LOG_MEMORY_H

#include <stddef.h>

struct labelled_log_memory; /* opaque */

/* An empty arena, or NULL when memory is short. */
struct labelled_log_memory *log_memory_create(void);

/* Zeroed bytes, aligned for any type, owned by the arena. NULL when memory is short. */
void *log_memory_take(struct labelled_log_memory *memory, size_t bytes);

/* A NUL-terminated copy of text[0..len), owned by the arena. NULL when memory is short. */
char *log_memory_text(struct labelled_log_memory *memory, const char *text, size_t len);

/* memory may be NULL. */
void log_memory_destroy(struct labelled_log_memory *memory);

#endif
