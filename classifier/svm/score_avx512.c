/* score_avx512.c - scoring with AVX-512; compiled with that flag, and called only where
 * svm.c has seen that the machine has it. */
#if defined(__x86_64__)
#define SCORE_NAME svm_score_avx512
#define SCORE_LANES 16
#include "classifier/svm/score_kernel.inc"
#else
typedef int score_avx512_is_for_x86_64;
#endif
