/* model_kernel_generic.c - the loops with the baseline instructions of the machine, and
 * the choice between the variants. */
#define KERNEL_NAME model_kernel_generic
#include "classifier/svm/model_kernel.inc"

const struct model_kernel *model_kernel_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2"))
    return &model_kernel_avx2;
#endif
  return &model_kernel_generic;
}
