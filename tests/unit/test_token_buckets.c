/* test_token_buckets.c - the hashes of tokens, by every variant, against the functions
 * that define them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/features/ngrams.h"
#include "classifier/features/token_buckets.h"
#include "classifier/features/token_hash.h"

static uint32_t random_state = 1;

static uint32_t draw(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

static uint32_t bucket(uint32_t hash) {
  return token_mix(hash) >> (32 - NGRAM_BITS);
}

/* From a block of exactly count tokens, so that the sanitizer sees a look beyond. */
static void check_some(token_buckets_fn fill, size_t count) {
  struct text_token *tokens = calloc(count, sizeof *tokens);
  struct token_buckets got;
  assert_non_null(tokens);
  for (size_t i = 0; i < count; i++)
    tokens[i].hash = draw() % 8 ? draw() : 0;
  uint32_t previous = draw();
  fill(tokens, count, previous, &got);
  for (size_t i = 0; i < count; i++) {
    uint32_t pair = token_pair_hash(i ? tokens[i - 1].hash : previous, tokens[i].hash);
    assert_int_equal(got.pair[i], pair);
    assert_int_equal(got.word_bucket[i], bucket(tokens[i].hash ^ NGRAM_SALT_WORD));
  }
  free(tokens);
}

static void check_variant(token_buckets_fn fill) {
  for (size_t count = 1; count <= TOKEN_BUCKETS_MAX; count++)
    for (int round = 0; round < 20; round++)
      check_some(fill, count);
}

static void generic(void **state) {
  (void)state;
  check_variant(token_buckets_generic);
}

static void avx2(void **state) {
  (void)state;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    check_variant(token_buckets_avx2);
    return;
  }
#endif
  skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generic),
      cmocka_unit_test(avx2),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
