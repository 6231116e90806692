/* join_table.h - feedback by the id of its decision, in bounded memory.
 *
 * Feedback on the same decision is merged: of each field the latest wins. */
#ifndef TIERD_CTL_JOIN_TABLE_H
#define TIERD_CTL_JOIN_TABLE_H

#include <stdint.h>

#include "daemon/ctl/join_line.h"
#include "daemon/ops/keyed_hash.h"

/* Different names of models and labels that are held. */
enum { JOIN_NAMES_MAX = 4096 };

/* The fields that feedback may have, each with the time of whoever set it last. */
enum join_field {
  JOIN_SCORE,
  JOIN_LABEL,
  JOIN_ESCALATED,
  JOIN_MODEL,
  JOIN_USAGE,
  JOIN_COST,
  JOIN_REASKED,
  JOIN_FIELDS
};

struct join_feedback {
  char id[JOIN_ID_MAX];
  uint64_t set_at[JOIN_FIELDS];
  unsigned has; /* bits 1 << enum join_field */
  bool escalated;
  bool matched;      /* its decision has been found; the caller's */
  const char *label; /* owned by the table, as model is; NULL when not given */
  const char *model;
  const char
      *reasked; /* how a later decision shows that this answer did not do; NULL if none does */
  double score, input_tokens, output_tokens, cost_usd;
  double cached_tokens, cache_write_tokens; /* of input_tokens */
};

struct join_table {
  struct join_feedback *entries;
  size_t count, room;
  uint32_t *slots; /* 1 + index into entries; 0: free */
  size_t slots_count;
  size_t ids_max;
  char **names;
  size_t names_count;
  struct hash_key key; /* random, so that nobody can make ids that collide */
};

enum join_status { JOIN_ADDED = 0, JOIN_FULL, JOIN_TOO_MANY_NAMES, JOIN_NO_MEMORY };

/* A table of at most ids_max ids, at least 1. False when memory or randomness is
 * out; to be deinitialised all the same. */
bool join_table_init(struct join_table *table, size_t ids_max);

/* Merges one feedback. JOIN_FULL when its id is new and ids_max are held. */
enum join_status join_table_add(struct join_table *table, const struct join_line *line);

/* The feedback on that id, or NULL. */
struct join_feedback *join_table_find(const struct join_table *table, const char *id);

uint64_t join_table_hash(const struct join_table *table, const char *id);

/* Forgets the feedback, but keeps names and memory. */
void join_table_clear(struct join_table *table);

void join_table_deinit(struct join_table *table);

#endif
