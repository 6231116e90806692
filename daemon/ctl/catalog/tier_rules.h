/* tier_rules.h - which tier a new model belongs to.
 *
 * By its name as the user gives it, by globs, then by bands of price, in this order. */
#ifndef TIERD_CTL_CATALOG_TIER_RULES_H
#define TIERD_CTL_CATALOG_TIER_RULES_H

#include "daemon/ctl/catalog/options.h"
#include "daemon/router/catalog.h"

enum { TIER_GLOBS_MAX = 128, TIER_NAME_MAX = 64, TIER_GLOB_MAX = 129 };

struct tier_rules {
  char names[CATALOG_TIERS_MAX][TIER_NAME_MAX]; /* cheapest first */
  size_t names_count;
  struct {
    size_t tier;
    char glob[TIER_GLOB_MAX];
  } globs[TIER_GLOBS_MAX];
  size_t globs_count;
  const struct option_values *tier_of; /* borrowed */
  int64_t bands[CATALOG_TIERS_MAX];    /* upper bounds, nano-USD per million */
  size_t bands_count;                  /* 0: no bands; else names_count - 1 */
};

/* From the options, and from the tiers of base unless that is NULL. False with why
 * filled; rules borrows from options. */
bool tier_rules_init(struct tier_rules *rules, const struct catalog_options *options,
                     const struct catalog *base, char why[OPTIONS_WHY_MAX]);

/* The tier that --tier-of names for the model, or -1. */
int tier_rules_named(const struct tier_rules *rules, const char *model);

/* The tier's index, or -1 when no rule covers the model. */
int tier_rules_find(const struct tier_rules *rules, const char *model,
                    const struct price_set *price);

/* The index of a tier by name, or -1. */
int tier_rules_tier(const struct tier_rules *rules, struct span name);

#endif
