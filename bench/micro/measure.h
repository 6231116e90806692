/* measure.h - how long a call takes: the median over runs of many calls each.
 *
 *   static void call(void *context) { ... }
 *   struct measure how = {.runs = 11, .run_ns = 2e7};
 *   double ns = measure_ns(&how, call, &context); */
#ifndef TIERD_BENCH_MEASURE_H
#define TIERD_BENCH_MEASURE_H

#include <stddef.h>

enum { MEASURE_RUNS_MAX = 1001 };

struct measure {
  size_t runs;   /* 1 to MEASURE_RUNS_MAX; odd numbers have a true median */
  double run_ns; /* least time of a run; it makes as many calls as that needs */
};

/* Nanoseconds a call. The calls of the search for their number warm the caches. */
double measure_ns(const struct measure *how, void (*call)(void *context), void *context);

/* Two calls in alternating runs, so that a disturbance of the machine meets both. */
void measure_two_ns(const struct measure *how, void (*first)(void *context),
                    void (*second)(void *context), void *context, double *first_ns,
                    double *second_ns);

#endif
