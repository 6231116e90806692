/* memory.c - takes memory or ends the program. */
#include "bench/accuracy/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A benchmark that lacks memory has nothing to go on with, and no state to save. */
static _Noreturn void out_of_memory(void) {
  (void)fputs("tier-bench: out of memory\n", stderr);
  exit(2);
}

void *bench_take(struct labelled_log_memory *memory, size_t count, size_t item_bytes) {
  /* A product that wraps round would give too little room without a word. */
  void *taken = item_bytes > 0 && count > SIZE_MAX / item_bytes
                    ? NULL
                    : log_memory_take(memory, count * item_bytes);
  if (!taken)
    out_of_memory();
  return taken;
}

/* Freed with the memory as a whole. */
char *bench_copy(struct labelled_log_memory *memory, const char *text) {
  char *copy = log_memory_text(memory, text, strlen(text));
  if (!copy)
    out_of_memory();
  return copy;
}

/* From the heap, since what grows cannot stay where it is; the caller frees it. */
void *bench_grow(void *list, size_t count, size_t *capacity, size_t item_bytes) {
  if (count < *capacity)
    return list;
  *capacity = *capacity > 0 ? *capacity * 2 : 64;
  void *grown = reallocarray(list, *capacity, item_bytes);
  if (!grown)
    out_of_memory();
  return grown;
}

/* Names from the data go to terminals and pages. */
char *bench_clean_copy(struct labelled_log_memory *memory, const char *text) {
  char *copy = bench_copy(memory, text);
  for (char *c = copy; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  return copy;
}
