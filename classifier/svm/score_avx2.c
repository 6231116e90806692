/* score_avx2.c - scoring with AVX2 and FMA; compiled with those flags, and called
 * only where svm.c has seen that the machine has them. */
#if defined(__x86_64__)
#define SCORE_NAME svm_score_avx2
#define SCORE_LANES 8
#include "classifier/svm/score_kernel.inc"
#else
typedef int score_avx2_is_for_x86_64;
#endif
