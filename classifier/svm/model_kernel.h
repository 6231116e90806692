/* model_kernel.h - the two loops of model_input() that are worth vector instructions.
 *
 * model_kernel.inc has them, compiled for the machine's baseline and for AVX2; both
 * give the same results to the bit. Internal to classifier/svm. */
#ifndef TIERD_SVM_MODEL_KERNEL_H
#define TIERD_SVM_MODEL_KERNEL_H

#include "classifier/svm/model_internal.h"

/* Lanes of the sums below, and rows that 16 bits can sum up. */
enum { MODEL_KERNEL_LANES = 32, MODEL_KERNEL_ROWS = 255 };

struct model_kernel {
  /* Scales count features (at most FEATURES_COUNT), each by its own scale. */
  void (*scale)(const struct model_scale *scales, const float *values, size_t count, float *out);
  /* Adds up, for each of MODEL_KERNEL_LANES kinds from first on, the weights of up to
   * MODEL_KERNEL_ROWS buckets. Lanes beyond the last kind hold nothing of use. */
  void (*add_rows)(const struct model_kinds *kinds, size_t first, const uint16_t *buckets,
                   size_t count, int16_t sums[MODEL_KERNEL_LANES]);
};

/* The fastest variant on this machine. */
const struct model_kernel *model_kernel_best(void);

extern const struct model_kernel model_kernel_generic;
#if defined(__x86_64__)
extern const struct model_kernel model_kernel_avx2;
#endif

#endif
