/* test_reasks.c - what is near, what is found again, and that threads do not wait. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/ops/reasks.h"

static int setup(void **state) {
  *state = reasks_create();
  return *state ? 0 : -1;
}

static int teardown(void **state) {
  reasks_destroy(*state);
  return 0;
}

/* Words first to first + count - 1. */
static struct reask_sketch sketch(uint64_t first, uint64_t count) {
  struct reask_sketch out = {{0}};
  for (uint64_t word = first; word < first + count; word++)
    reask_sketch_add(&out, word);
  return out;
}

static struct asked asked(uint64_t who, uint64_t question, int64_t time_s) {
  static _Thread_local uint64_t count;
  return (struct asked){.who = who,
                        .question = question,
                        .sketch = sketch(question, 8),
                        .id_count = ++count,
                        .time_s = time_s};
}

/* The rate at which sketches of sets with that many words in common are found near. */
static double near_rate(uint64_t words, uint64_t common) {
  size_t near = 0;
  for (uint64_t seed = 1; seed <= 1000; seed++) {
    const struct reask_sketch a = sketch(seed * 100000, words);
    const struct reask_sketch b = sketch(seed * 100000 + words - common, words);
    near += reask_sketch_near(&a, &b);
  }
  return (double)near / 1000;
}

static void near_by_words_in_common(void **state) {
  const struct reask_sketch a = sketch(0, 6), few = sketch(0, 2);
  struct reask_sketch twice = sketch(0, 6);
  (void)state;
  for (uint64_t word = 6; word-- > 0;) /* order and repetition */
    reask_sketch_add(&twice, word);
  assert_memory_equal(&a, &twice, sizeof a);
  assert_true(reask_sketch_near(&a, &twice));
  assert_false(reask_sketch_near(&few, &few)); /* too little to tell */
  assert_true(near_rate(20, 20) > 0.999);
  assert_true(near_rate(20, 19) > 0.9);
  assert_true(near_rate(20, 10) < 0.05);
  assert_true(near_rate(20, 0) < 0.001);
}

static void found_within_the_window(void **state) {
  struct reasks *reasks = *state;
  const struct asked first = asked(1, 100, 1000), late = asked(1, 100, 1600),
                     later = asked(1, 100, 1601), other = asked(2, 100, 1100),
                     before = asked(1, 100, 999);
  struct reask_match match;
  assert_false(reasks_find(reasks, &first, 600, &match));
  reasks_put(reasks, &first);
  assert_true(reasks_find(reasks, &late, 600, &match));
  assert_int_equal(match.how, REASK_SAME);
  assert_int_equal(match.id_count, first.id_count);
  assert_false(reasks_find(reasks, &later, 600, &match));
  assert_false(reasks_find(reasks, &other, 600, &match));
  assert_false(reasks_find(reasks, &before, 600, &match)); /* the clock was set back */
}

/* The same question goes before a near one that is later; other digits make it another. */
static void same_before_near(void **state) {
  struct reasks *reasks = *state;
  struct asked same = asked(3, 200, 1000), near = asked(3, 201, 1001), now = asked(3, 200, 1002);
  struct reask_match match;
  near.sketch = same.sketch;
  reasks_put(reasks, &near);
  assert_true(reasks_find(reasks, &now, 600, &match));
  assert_int_equal(match.how, REASK_NEAR);
  reasks_put(reasks, &same);
  assert_true(reasks_find(reasks, &now, 600, &match));
  assert_int_equal(match.how, REASK_SAME);
  now.question = 202;
  now.digits = 7;
  assert_false(reasks_find(reasks, &now, 600, &match));
}

/* "continue" asks nothing, but its decision is the one that an objection means. */
static void objections_mean_the_last(void **state) {
  struct reasks *reasks = *state;
  const struct asked question = asked(4, 300, 1000), on = asked(4, 0, 1000),
                     now = asked(4, 0, 1003);
  struct reask_match match;
  assert_false(reasks_find_last(reasks, &now, 600, &match));
  reasks_put(reasks, &question);
  reasks_put(reasks, &on);
  assert_false(reasks_find(reasks, &now, 600, &match));
  assert_true(reasks_find_last(reasks, &now, 600, &match));
  assert_int_equal(match.how, REASK_SAID_WRONG);
  assert_int_equal(match.id_count, on.id_count);
}

static void the_oldest_go(void **state) {
  struct reasks *reasks = *state;
  struct reask_match match;
  for (uint64_t q = 1; q <= 3 * REASKS_WAYS; q++) {
    const struct asked a = asked(5, 1000 * q, (int64_t)q);
    reasks_put(reasks, &a);
  }
  for (uint64_t q = 1; q <= 3 * REASKS_WAYS; q++) {
    const struct asked a = asked(5, 1000 * q, 100);
    assert_int_equal(reasks_find(reasks, &a, 600, &match), q > 2 * REASKS_WAYS);
  }
}

/* Each writer's questions carry a sum that a torn copy would break. */
static void *hammer(void *argument) {
  struct reasks *reasks = argument;
  size_t *broken = calloc(1, sizeof *broken);
  for (uint64_t i = 0; broken && i < 50000; i++) {
    struct asked a = {.who = 6, .question = i % 64 + 1, .time_s = 1000};
    struct reask_match match;
    a.id_prefix = i;
    a.id_count = ~i;
    reasks_put(reasks, &a);
    if (reasks_find(reasks, &a, 600, &match))
      *broken += match.id_count != ~match.id_prefix;
  }
  return broken;
}

static void no_torn_copies(void **state) {
  pthread_t threads[3];
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, hammer, *state), 0);
  for (size_t i = 0; i < 3; i++) {
    void *broken;
    pthread_join(threads[i], &broken);
    assert_non_null(broken);
    assert_int_equal(*(size_t *)broken, 0);
    free(broken);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_by_words_in_common),
      cmocka_unit_test_setup_teardown(found_within_the_window, setup, teardown),
      cmocka_unit_test_setup_teardown(same_before_near, setup, teardown),
      cmocka_unit_test_setup_teardown(objections_mean_the_last, setup, teardown),
      cmocka_unit_test_setup_teardown(the_oldest_go, setup, teardown),
      cmocka_unit_test_setup_teardown(no_torn_copies, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
