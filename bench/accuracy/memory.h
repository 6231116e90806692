/* memory.h - memory for one run of the benchmark, released together at its end.
 *
 * The benchmark is a program that a person waits for: out of memory ends it with a
 * message, so that no caller has to carry the case along.
 */
#ifndef TIERD_BENCH_MEMORY_H
#define TIERD_BENCH_MEMORY_H

#include <stddef.h>

#include "classifier/train/log_memory.h"

/* count zeroed items of item_bytes. Never NULL. */
void *bench_take(struct labelled_log_memory *memory, size_t count, size_t item_bytes);

/* A copy of a NUL-terminated text. Never NULL. */
char *bench_copy(struct labelled_log_memory *memory, const char *text);

/* The same for showing: control characters become question marks. Never NULL. */
char *bench_clean_copy(struct labelled_log_memory *memory, const char *text);

/* Doubles capacity of a malloc'ed list when count has reached it. Never NULL. */
void *bench_grow(void *list, size_t count, size_t *capacity, size_t item_bytes);

#endif
