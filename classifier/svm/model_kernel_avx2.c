/* model_kernel_avx2.c - the loops with AVX2; compiled with that flag, and chosen only
 * where model_kernel_generic.c has seen that the machine has it. */
#if defined(__x86_64__)
#define KERNEL_NAME model_kernel_avx2
#include "classifier/svm/model_kernel.inc"
#else
typedef int model_kernel_avx2_is_for_x86_64;
#endif
