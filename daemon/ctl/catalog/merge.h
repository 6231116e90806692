/* merge.h - what a price list makes of a model that the catalogue has already. */
#ifndef TIERD_CTL_CATALOG_MERGE_H
#define TIERD_CTL_CATALOG_MERGE_H

#include "daemon/ctl/catalog/price_list.h"

/* base with the prices that listed knows; what listed does not know stays. Window,
 * limit and capabilities are only filled in where base has none. Longer contexts are
 * cut from memory. False when memory is out. */
bool merge_models(const struct catalog_model *base, const struct catalog_model *listed,
                  struct catalog_memory *memory, struct catalog_model *merged);

/* A list that gives one price for writing to the cache does not say for how long: it
 * is taken to be for the shortest lifetime that base has. */
void merge_align(const struct price_set *base, struct price_set *listed);

#endif
