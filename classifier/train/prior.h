/* prior.h - a model that a new one leans on, above all the shipped one.
 *
 *   struct prior prior;
 *   if (prior_load(&prior, path, &map, why, sizeof why)) ...
 *   prior_deinit(&prior);
 */
#ifndef TIERD_TRAIN_PRIOR_H
#define TIERD_TRAIN_PRIOR_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/svm/model.h"
#include "classifier/train/tier_map.h"

enum { PRIOR_PATH_MAX = 4096 };

struct prior {
  struct model *model; /* linear in all machines; NULL for none */
  char path[PRIOR_PATH_MAX];
  bool renamed; /* the map has other names for its tiers; the order alone relates them */
};

/* Where the shipped model lies: beside the program as a build tree or an installation
 * has it. False when there is none. */
bool prior_find(char path[PRIOR_PATH_MAX]);

/* Loads the model and checks that a new one can lean on it. False with why filled, and
 * prior without a model, when it cannot be loaded or does not fit. */
bool prior_load(struct prior *prior, const char *path, const struct tier_map *map, char *why,
                size_t why_size);

void prior_deinit(struct prior *prior);

#endif
