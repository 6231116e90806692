/* token_buckets_avx2.c - the same, compiled for AVX2, and called only where
 * token_buckets.c has seen that the machine has it. */
#if defined(__x86_64__)
#define BUCKETS_NAME token_buckets_avx2
#include "classifier/features/token_buckets.inc"
#else
typedef int token_buckets_avx2_is_for_x86_64;
#endif
