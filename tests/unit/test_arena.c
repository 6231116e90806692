/* test_arena.c - memory of a request: aligned, bounded, given back at once. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/arena.h"

static void pieces_are_aligned_and_apart(void **state) {
  (void)state;
  struct arena arena;
  unsigned char *pieces[200];
  arena_init(&arena, 10 << 20);
  for (size_t i = 0; i < 200; i++) {
    pieces[i] = arena_take(&arena, i * 7 + 1);
    assert_non_null(pieces[i]);
    assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
    memset(pieces[i], (int)i, i * 7 + 1);
  }
  for (size_t i = 0; i < 200; i++)
    for (size_t k = 0; k < i * 7 + 1; k++)
      assert_int_equal(pieces[i][k], i & 0xFF);
  arena_deinit(&arena);
}

static void limit_holds(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 1000);
  assert_null(arena_take(&arena, 1001));
  assert_null(arena_take(&arena, SIZE_MAX));
  assert_null(arena_take(&arena, SIZE_MAX - 15)); /* rounds up past the end */
  assert_non_null(arena_take(&arena, 600));
  assert_null(arena_take(&arena, 401));
  assert_non_null(arena_take(&arena, 300));
  arena_reset(&arena);
  assert_non_null(arena_take(&arena, 1000));
  assert_null(arena_take(&arena, 1));
  arena_deinit(&arena);
}

static void limit_is_reached_by_many_small_ones(void **state) {
  (void)state;
  struct arena arena;
  size_t count = 0;
  arena_init(&arena, 1 << 20);
  while (arena_take(&arena, 16))
    count++;
  assert_int_equal(count, (1 << 20) / 16);
  arena_deinit(&arena);
}

/* A connection that is kept alive stops allocating: the same memory comes again. */
static void reset_reuses_blocks(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 10 << 20);
  void *first = arena_take(&arena, 100);
  void *second = arena_take(&arena, ARENA_BLOCK);
  for (int i = 0; i < 10; i++) {
    arena_reset(&arena);
    assert_ptr_equal(arena_take(&arena, 100), first);
    assert_ptr_equal(arena_take(&arena, ARENA_BLOCK), second);
  }
  arena_deinit(&arena);
}

/* What one huge request took must not stay. Many rounds would show it as memory of
 * many gigabytes, and under ASan as a leak. */
static void reset_returns_large_blocks(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, (size_t)1 << 40);
  for (int i = 0; i < 200; i++) {
    unsigned char *large = arena_take(&arena, 64 << 20);
    assert_non_null(large);
    large[0] = large[(64 << 20) - 1] = 1;
    assert_non_null(arena_take(&arena, 10));
    arena_reset(&arena);
  }
  arena_deinit(&arena);
}

static void sizes_of_all_kinds_in_turn(void **state) {
  (void)state;
  struct arena arena;
  uint64_t random = 88172645463325252U;
  arena_init(&arena, 64 << 20);
  for (int round = 0; round < 300; round++) {
    for (int i = 0; i < 40; i++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      size_t size = (size_t)(random % (i % 8 == 0 ? 300000 : 500));
      unsigned char *piece = arena_take(&arena, size);
      assert_non_null(piece);
      memset(piece, 0xAB, size);
    }
    arena_reset(&arena);
  }
  arena_deinit(&arena);
}

static void deinit_twice_and_unused(void **state) {
  (void)state;
  struct arena arena;
  arena_init(&arena, 100);
  arena_reset(&arena);
  arena_deinit(&arena);
  arena_deinit(&arena);
  assert_non_null(arena_take(&arena, 50)); /* as good as new */
  arena_deinit(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_aligned_and_apart),
      cmocka_unit_test(limit_holds),
      cmocka_unit_test(limit_is_reached_by_many_small_ones),
      cmocka_unit_test(reset_reuses_blocks),
      cmocka_unit_test(reset_returns_large_blocks),
      cmocka_unit_test(sizes_of_all_kinds_in_turn),
      cmocka_unit_test(deinit_twice_and_unused),
  };
  return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
