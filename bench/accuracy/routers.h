/* routers.h - the router under test and the baselines that it is held against. */
#ifndef TIERD_BENCH_ROUTERS_H
#define TIERD_BENCH_ROUTERS_H

#include "bench/accuracy/data.h"

enum router {
  ROUTER_TESTED, /* the model, or the scores file */
  ROUTER_RANDOM,
  ROUTER_CHEAP,   /* always the cheapest; a point, not a ranking */
  ROUTER_STRONG,  /* always the top; likewise */
  ROUTER_LENGTH,  /* characters of the prompt */
  ROUTER_DATASET, /* mean gain of the row's data set, known in advance */
  ROUTER_TASK,    /* mean gain of the row's task, known in advance */
  ROUTER_ORACLE,  /* the row's own gain, known in advance */
  ROUTERS_COUNT
};

extern const char *const router_names[ROUTERS_COUNT];

/* Scores of every row for every ranking router, higher: needs the top model more.
 * table[router * rows_count + row], taken from memory. Rows that are not complete
 * get 0. */
double *routers_score(const struct bench_data *data);

/* False for the two baselines that are points. */
bool router_ranks(enum router router);

#endif
