/* token_buckets.c - hashing with the baseline instructions of the machine, and the
 * choice between the variants. */
#define BUCKETS_NAME token_buckets_generic
#include "classifier/features/token_buckets.inc"

token_buckets_fn token_buckets_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2"))
    return token_buckets_avx2;
#endif
  return token_buckets_generic;
}
