/* bootstrap.h - 95 % intervals by resampling rows.
 *
 * A replicate draws as many rows as there are, with replacement; the draw is a
 * list of counts, so that every router is measured on the same draw and their
 * difference is paired.
 */
#ifndef TIERD_BENCH_BOOTSTRAP_H
#define TIERD_BENCH_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* A small generator (PCG-XSH-RR 64/32): the same everywhere for the same seed. */
struct bench_random {
  uint64_t state;
};

void bench_random_seed(struct bench_random *random, uint64_t seed);
uint32_t bench_random_next(struct bench_random *random);

/* Uniform below bound, without bias; bound is above 0. */
uint32_t bench_random_below(struct bench_random *random, uint32_t bound);

/* A value with its 95 % interval; NaN for what is not known. */
struct estimate {
  double value, low, high;
};

/* Fills counts[0..count) with how often each row is drawn; they sum to count. */
void bootstrap_draw(struct bench_random *random, uint32_t *counts, size_t count);

/* The percentile interval of replicates, of which NaN ones are left out; sorts
 * them. low and high are NaN when fewer than nine in ten are known. */
struct estimate bootstrap_interval(double value, double *replicates, size_t count);

/* The mean of values, with its interval. replicates is scratch of that many. */
struct estimate bootstrap_mean(const double *values, size_t count, uint64_t seed,
                               double *replicates, size_t replicates_count);

#endif
