/* tier_map.h - which tiers there are, and which model belongs to which.
 *
 * Read from the JSON that --tiers names. The catalogue satisfies it; of its
 * members only these are looked at:
 *
 *   "tiers":  ["economy", "standard", "frontier"]       cheapest first, 2 to 8
 *   "models": {"gpt-4o": {"tier": "standard", ...} | "standard", ...}
 *   "labels": {"SIMPLE": "economy", ...}                 optional: labels of other
 *                                                        people's logs
 *   "label_like": {"MEDIUM": "taskbench.jsonl", ...}     optional: prompts of a label
 *                                                        are as hard as those of a source
 *                                                        whose outcomes are known. Else,
 *                                                        or where the log has no such
 *                                                        row, they lie half way between
 *                                                        the label's tier and the one
 *                                                        below
 *   "same_model": {"gpt-4o": ["gpt-4o-2024-05-13", ...]} optional: names that count as
 *                                                        one model when abilities are
 *                                                        estimated
 *   "reference": {"economy": "gpt-4o-mini", ...}         optional: whose ability stands
 *                                                        for a tier; without it the mean
 *                                                        of the tier's models
 *   "relative_cost": {"economy": 1, ...}                 optional: what a call costs
 *                                                        against the others; without
 *                                                        it the mean output price of
 *                                                        a tier's models, else 1, 5, 25
 */
#ifndef TIERD_TRAIN_TIER_MAP_H
#define TIERD_TRAIN_TIER_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model.h"

struct tier_map_entry {
  char *name;
  int tier;
};

struct tier_map_alias {
  char *name;
  char *canonical; /* what it stands for */
};

struct tier_map {
  char names[MODEL_TIERS_MAX][MODEL_TIER_NAME_MAX];
  double costs[MODEL_TIERS_MAX];
  size_t tiers_count;
  struct tier_map_entry *models; /* sorted by name */
  size_t models_count;
  struct tier_map_alias *aliases;
  size_t aliases_count;
  char *references[MODEL_TIERS_MAX]; /* NULL when not given */
  struct tier_map_entry *labels;     /* the tiers' own names are labels too */
  size_t labels_count;
  struct tier_map_alias *likes; /* name: a label, canonical: a source */
  size_t likes_count;
  bool assume_top; /* set by the caller, see lone_rows.h: where one tier alone answered, the
                      top tier would have answered well */
};

/* Reads the file at path. False with why filled on failure; map is then empty. */
bool tier_map_read(struct tier_map *map, const char *path, char *why, size_t why_size);

/* The tier of a model or a label, or -1 when the map does not name it. */
int tier_map_model(const struct tier_map *map, const char *name);
int tier_map_label(const struct tier_map *map, const char *label);

/* The name under which a model's ability is estimated: its canonical name, or its
 * own. Lives as long as map and name. */
const char *tier_map_canonical(const struct tier_map *map, const char *name);

void tier_map_deinit(struct tier_map *map);

#endif
