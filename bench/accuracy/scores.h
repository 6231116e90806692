/* scores.h - another router's scores: id<TAB>score a line, higher is harder. */
#ifndef TIERD_BENCH_SCORES_H
#define TIERD_BENCH_SCORES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/accuracy/memory.h"

struct score_entry {
  const char *id;
  double score;
};

struct scores {
  struct score_entry *entries; /* by id */
  size_t count;
};

/* Reads the file into memory. False after a message on standard error: a bad line
 * is an error, as is an id with two different scores. */
bool scores_read(const char *path, struct labelled_log_memory *memory, struct scores *out);

/* The score of an id, or NaN. */
double scores_find(const struct scores *scores, const char *id);

#endif
