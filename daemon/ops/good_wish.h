/* good_wish.h - the lambda at which so many live answers should be good enough.
 *
 *   struct good_wish *wish = good_wish_create();
 *   if (good_wish_lambda(wish, 0.9, &lambda)) ...        // before a decision
 *   good_wish_note(wish, &decided);                       // after it
 *
 * Training's table says which lambda keeps a quality on training's prompts. Live prompts
 * differ, so here each late request is decided for a grid of lambdas at once, and the
 * probabilities of the tiers that each of them takes are summed: their means say what each
 * lambda would keep on this very traffic. Nothing is steered by trial. Counts are atomic,
 * nobody waits; every GOOD_WISH_EPOCH requests the older ones are halved. */
#ifndef TIERD_OPS_GOOD_WISH_H
#define TIERD_OPS_GOOD_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/router/catalog.h"

enum {
  GOOD_WISH_GRID = 32,
  GOOD_WISH_EVERY = 4,   /* decisions for one that is summed */
  GOOD_WISH_EPOCH = 512, /* half-life, in summed ones */
  GOOD_WISH_FIRST = 32   /* summed ones before which no lambda is found */
};

/* The grid begins with 0 and goes on by equal ratios from the least to the greatest. */
#define GOOD_WISH_LAMBDA_LEAST 0.02
#define GOOD_WISH_LAMBDA_GREATEST 2.0

/* A request as the policy saw it: tiers with a model, cheapest first. */
struct good_choice {
  float good[CATALOG_TIERS_MAX];
  double shares[CATALOG_TIERS_MAX];
  size_t count; /* 0: the choice was not free */
  float chosen; /* then, the probability of the tier that it got */
};

struct good_wish; /* opaque */

struct good_wish *good_wish_create(void); /* NULL when memory is out */
void good_wish_destroy(struct good_wish *wish);

void good_wish_note(struct good_wish *wish, const struct good_choice *choice);

/* The greatest lambda of the grid at which the mean probability is at least least; 0 where
 * none keeps so much. False while too little is known. */
bool good_wish_lambda(const struct good_wish *wish, double least, double *lambda);

/* The lambda at a point of the grid. */
double good_wish_grid(size_t at);

#endif
