/* bootstrap.c - random draws with a fixed seed and percentile intervals. */
#include "bench/accuracy/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* PCG32 (O'Neill, 2014): small, and the same on every machine, which rand() is not. */
void bench_random_seed(struct bench_random *random, uint64_t seed) {
  random->state = 0;
  (void)bench_random_next(random);
  random->state += seed;
  (void)bench_random_next(random);
}

uint32_t bench_random_next(struct bench_random *random) {
  uint64_t old = random->state;
  random->state = old * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27);
  /* The output is turned by the state's upper bits, since an LCG's lower bits are poor. */
  uint32_t turn = (uint32_t)(old >> 59);
  return (shifted >> turn) | (shifted << ((32 - turn) & 31));
}

uint32_t bench_random_below(struct bench_random *random, uint32_t bound) {
  /* Values below this remainder would make the first results likelier. */
  uint32_t least = (UINT32_MAX - bound + 1) % bound;
  for (;;) {
    uint32_t value = bench_random_next(random);
    if (value >= least)
      return value % bound;
  }
}

/* Counts instead of indices: rows stay in their sorted order, and a replicate costs no
 * sorting. */
void bootstrap_draw(struct bench_random *random, uint32_t *counts, size_t count) {
  memset(counts, 0, count * sizeof *counts);
  for (size_t i = 0; i < count; i++)
    counts[bench_random_below(random, (uint32_t)count)]++;
}

/* Of finite values alone; NaN has no place in an order. */
static int by_value(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

/* The value at a part of a sorted list, straight between neighbours. */
static double quantile(const double *sorted, size_t count, double part) {
  double at = part * (double)(count - 1);
  size_t low = (size_t)at;
  size_t high = low + 1 < count ? low + 1 : low;
  return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

/* A measure that many resamplings cannot have is too shaky for an interval: at least nine
 * in ten have to give a figure. */
struct estimate bootstrap_interval(double value, double *replicates, size_t count) {
  size_t known = 0;
  for (size_t i = 0; i < count; i++)
    if (isfinite(replicates[i]))
      replicates[known++] = replicates[i];
  if (known == 0 || known * 10 < count * 9 || !isfinite(value))
    return (struct estimate){value, NAN, NAN};
  qsort(replicates, known, sizeof *replicates, by_value);
  return (struct estimate){value, quantile(replicates, known, 0.025),
                           quantile(replicates, known, 0.975)};
}

/* The same seed for every rate, so that a run gives the same intervals to the digit. */
struct estimate bootstrap_mean(const double *values, size_t count, uint64_t seed,
                               double *replicates, size_t replicates_count) {
  struct bench_random random;
  double sum = 0;
  if (count == 0)
    return (struct estimate){NAN, NAN, NAN};
  for (size_t i = 0; i < count; i++)
    sum += values[i];
  bench_random_seed(&random, seed);
  for (size_t b = 0; b < replicates_count; b++) {
    double drawn = 0;
    for (size_t i = 0; i < count; i++)
      drawn += values[bench_random_below(&random, (uint32_t)count)];
    replicates[b] = drawn / (double)count;
  }
  return bootstrap_interval(sum / (double)count, replicates, replicates_count);
}
