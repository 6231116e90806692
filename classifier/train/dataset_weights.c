/* dataset_weights.c - weights for machines that take none.
 *
 * libsvm gives all rows the same say, so that a row of weight 2.3 is laid before it twice,
 * and three times with a chance of 0.3. */
#include "classifier/train/dataset.h"

#include "classifier/train/random.h"

/* Keeps these draws apart from others of the same seed. */
#define COPIES_SALT UINT64_C(0xC091E5)

size_t example_copies(const struct example *example, size_t number, uint64_t seed) {
  const double weight = (double)example->weight;
  const double whole = floor(weight);
  const bool more = random_unit(seed ^ COPIES_SALT, number) < weight - whole;
  return (size_t)whole + more;
}

size_t examples_copies_max(const struct dataset *dataset, const size_t *index, size_t count) {
  size_t copies = 0;
  for (size_t i = 0; i < count; i++)
    copies += (size_t)ceilf(dataset->examples[index[i]].weight);
  return copies;
}
