/* measure.c - times calls by the monotonic clock.
 *
 * A single call may be shorter than reading the clock, so a run makes enough calls to
 * last run_ns; a median of runs is deaf to those that something interrupted. */
#include "bench/micro/measure.h"

#include <stdlib.h>
#include <time.h>

typedef void (*measured_fn)(void *context);

/* A double holds nanoseconds of months exactly enough. */
static double now_ns(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The loop is part of the time; it is a fraction of any call here. */
static double run_ns(measured_fn call, void *context, size_t calls) {
  double begun = now_ns();
  for (size_t i = 0; i < calls; i++)
    call(context);
  return now_ns() - begun;
}

/* Doubles the number of calls until they last long enough. */
static size_t find_calls(const struct measure *how, measured_fn call, void *context) {
  size_t calls = 1;
  while (run_ns(call, context, calls) < how->run_ns && calls < (size_t)1 << 30)
    calls *= 2;
  return calls;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts them in passing. */
static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

/* Finding the number of calls warms the caches up as well. */
double measure_ns(const struct measure *how, measured_fn call, void *context) {
  double runs[MEASURE_RUNS_MAX];
  size_t calls = find_calls(how, call, context);
  for (size_t i = 0; i < how->runs; i++)
    runs[i] = run_ns(call, context, calls) / (double)calls;
  return median(runs, how->runs);
}

/* In turns, so that whatever slows the machine down slows both. */
void measure_two_ns(const struct measure *how, measured_fn first, measured_fn second, void *context,
                    double *first_ns, double *second_ns) {
  double one[MEASURE_RUNS_MAX], two[MEASURE_RUNS_MAX];
  size_t first_calls = find_calls(how, first, context);
  size_t second_calls = find_calls(how, second, context);
  for (size_t i = 0; i < how->runs; i++) {
    one[i] = run_ns(first, context, first_calls) / (double)first_calls;
    two[i] = run_ns(second, context, second_calls) / (double)second_calls;
  }
  *first_ns = median(one, how->runs);
  *second_ns = median(two, how->runs);
}
