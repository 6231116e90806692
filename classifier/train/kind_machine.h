/* kind_machine.h - linear SVMs that tell many kinds of prompts apart by their
 * n-grams, one kind against all others; liblinear does the work. */
#ifndef TIERD_TRAIN_KIND_MACHINE_H
#define TIERD_TRAIN_KIND_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One training row: the buckets of a prompt's n-grams. */
struct kind_row {
  const uint16_t *buckets; /* none falls below the one before; below the number of buckets */
  size_t count;
  uint32_t kind;
};

/* Fills weights, [bucket][kind], so that the sum over a row's buckets divided by the
 * root of their number is above 0 for the row's kind and below it for the others.
 * Kinds without rows get weights that always speak against them. A function of the
 * rows and their order alone. False when memory is out. */
bool kind_machine_train(const struct kind_row *rows, size_t count, size_t buckets, size_t kinds,
                        float *weights);

#endif
