/* join_table.c - an open-addressing index over a growing list of entries.
 *
 * Names of models and labels repeat in every line, so they are kept once. Bounds
 * stand in the header; what to do when they are met is up to join.c. */
#include "daemon/ctl/join_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ENTRIES_FIRST = 1024 };

/* A random key, so that nobody can write ids that all fall into one place. */
bool join_table_init(struct join_table *table, size_t ids_max) {
  *table = (struct join_table){.slots_count = 2 * ids_max, .ids_max = ids_max};
  table->slots = calloc(table->slots_count, sizeof *table->slots);
  return table->slots &&
         getrandom(table->key.bytes, sizeof table->key.bytes, 0) == sizeof table->key.bytes;
}

/* Safe after a failed init. */
void join_table_deinit(struct join_table *table) {
  for (size_t i = 0; i < table->names_count; i++)
    free(table->names[i]);
  free(table->names);
  free(table->entries);
  free(table->slots);
  *table = (struct join_table){0};
}

void join_table_clear(struct join_table *table) {
  /* Entries need no clearing: no slot leads to them any more. */
  memset(table->slots, 0, table->slots_count * sizeof *table->slots);
  table->count = 0;
}

/* join.c asks for it too, to divide the ids among its passes. */
uint64_t join_table_hash(const struct join_table *table, const char *id) {
  return keyed_hash(&table->key, span_of(id));
}

/* The slot of that id, or the free one where it belongs. The table is never more
 * than half full, so there is one. The upper bits choose: join.c divides the ids
 * by the lower ones. */
static uint32_t *slot_of(const struct join_table *table, const char *id) {
  size_t at = (size_t)(join_table_hash(table, id) >> 32) % table->slots_count;
  while (table->slots[at] != 0 && strcmp(table->entries[table->slots[at] - 1].id, id) != 0)
    at = (at + 1) % table->slots_count;
  return &table->slots[at];
}

/* Valid until the next id is added, which may move the entries. */
struct join_feedback *join_table_find(const struct join_table *table, const char *id) {
  const uint32_t slot = *slot_of(table, id);
  return slot ? &table->entries[slot - 1] : NULL;
}

/* Entries grow with need: most logs are far from the bound. */
static bool grow(struct join_table *table) {
  if (table->count < table->room)
    return true;
  const size_t room = table->room ? table->room * 2 : ENTRIES_FIRST;
  struct join_feedback *grown = reallocarray(table->entries, room, sizeof *grown);
  if (!grown)
    return false;
  /* Slots hold numbers and no pointers, so that entries may move. */
  table->entries = grown;
  table->room = room;
  return true;
}

/* The one copy of a name; NULL stays NULL. */
static enum join_status intern(struct join_table *table, const char *name, const char **out) {
  *out = NULL;
  if (!name)
    return JOIN_ADDED;
  /* There are a handful of models and tiers, so a walk is quick enough. */
  for (size_t i = 0; i < table->names_count && !*out; i++)
    if (strcmp(table->names[i], name) == 0)
      *out = table->names[i];
  if (*out)
    return JOIN_ADDED;
  /* A log with more names than that is no log of ours; feedback may name any model. */
  if (table->names_count == JOIN_NAMES_MAX)
    return JOIN_TOO_MANY_NAMES;
  /* Room for all at once: names that have been handed out must stay where they are. */
  if (!table->names)
    table->names = calloc(JOIN_NAMES_MAX, sizeof *table->names);
  char *copy = table->names ? strdup(name) : NULL;
  if (!copy)
    return JOIN_NO_MEMORY;
  table->names[table->names_count++] = copy;
  *out = copy;
  return JOIN_ADDED;
}

/* Is the line to set this field? Of equal times the one read later wins. */
static bool wins(struct join_feedback *entry, const struct join_line *line, bool given,
                 enum join_field field) {
  const unsigned bit = 1U << field;
  if (!given || ((entry->has & bit) && line->time < entry->set_at[field]))
    return false;
  entry->has |= bit;
  entry->set_at[field] = line->time;
  return true;
}

/* Field by field, because feedback often comes in pieces: the usage at once, the score from a
 * judge days later. */
static void merge(struct join_feedback *entry, const struct join_line *line, const char *label,
                  const char *model, const char *reasked) {
  if (wins(entry, line, !isnan(line->score), JOIN_SCORE))
    entry->score = line->score;
  if (wins(entry, line, label != NULL, JOIN_LABEL))
    entry->label = label;
  if (wins(entry, line, line->has_escalated, JOIN_ESCALATED))
    entry->escalated = line->escalated;
  if (wins(entry, line, model != NULL, JOIN_MODEL))
    entry->model = model;
  /* The counts come from one answer, so they go together. */
  if (wins(entry, line, !isnan(line->input_tokens) || !isnan(line->output_tokens), JOIN_USAGE)) {
    entry->input_tokens = line->input_tokens;
    entry->output_tokens = line->output_tokens;
    entry->cached_tokens = line->cached_tokens;
    entry->cache_write_tokens = line->cache_write_tokens;
  }
  if (wins(entry, line, !isnan(line->cost_usd), JOIN_COST))
    entry->cost_usd = line->cost_usd;
  if (wins(entry, line, reasked != NULL, JOIN_REASKED))
    entry->reasked = reasked;
}

enum join_status join_table_add(struct join_table *table, const struct join_line *line) {
  const char *label, *model, *reasked;
  enum join_status status = intern(table, line->label, &label);
  if (status == JOIN_ADDED)
    status = intern(table, line->model, &model);
  if (status == JOIN_ADDED)
    status = intern(table, line->reasked_how, &reasked);
  if (status != JOIN_ADDED)
    return status;
  uint32_t *slot = slot_of(table, line->id);
  if (*slot == 0) {
    if (table->count == table->ids_max)
      return JOIN_FULL;
    if (!grow(table))
      return JOIN_NO_MEMORY;
    struct join_feedback *entry = &table->entries[table->count++];
    *entry = (struct join_feedback){.score = NAN,
                                    .input_tokens = NAN,
                                    .output_tokens = NAN,
                                    .cost_usd = NAN,
                                    .cached_tokens = NAN,
                                    .cache_write_tokens = NAN};
    /* Entries may move when the list grows; slots hold indices for that reason. */
    memcpy(entry->id, line->id, sizeof entry->id);
    *slot = (uint32_t)table->count;
  }
  merge(&table->entries[*slot - 1], line, label, model, reasked);
  return JOIN_ADDED;
}
