/* test_line_parts.c - what a log line says a request is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/api/line_parts.h"

static const struct hash_key key = {{1, 2, 3}};

static struct line_parts parts_of(const struct turn *turns, size_t count, uint64_t tokens) {
  const struct conversation conversation = {.turns = turns, .turns_count = count};
  struct question question;
  conversation_question(&conversation, &question);
  return line_parts_of(&key, &conversation, &question, tokens);
}

static void tokens_are_shared_out_by_bytes(void **state) {
  (void)state;
  const struct turn turns[] = {{TURN_SYSTEM, true, span_of("You are a helpful clerk.")},
                               {TURN_USER, true, span_of("Who wrote Faust?")}};
  const struct line_parts parts = parts_of(turns, 2, 40); /* 24 and 16 bytes */
  assert_int_equal(parts.system, 24);
  assert_int_equal(parts.question, 16);
  assert_int_equal(parts.context + parts.tool + parts.definitions, 0);
  assert_int_equal(parts.messages, 2);
  assert_false(parts.inherited);
}

/* The same system prompt has the same hash whatever is asked, and the other way round. */
static void hashes_tell_parts_apart(void **state) {
  (void)state;
  const struct turn one[] = {{TURN_SYSTEM, true, span_of("You are a clerk.")},
                             {TURN_USER, true, span_of("Who wrote Faust?")}};
  const struct turn two[] = {{TURN_SYSTEM, true, span_of("You are a clerk.")},
                             {TURN_USER, true, span_of("Who wrote Hamlet?")}};
  const struct turn three[] = {{TURN_USER, true, span_of("Who wrote Faust?")}};
  assert_true(parts_of(one, 2, 9).system_hash == parts_of(two, 2, 9).system_hash);
  assert_true(parts_of(one, 2, 9).question_hash != parts_of(two, 2, 9).question_hash);
  assert_true(parts_of(one, 2, 9).question_hash == parts_of(three, 1, 9).question_hash);
  assert_true(parts_of(three, 1, 9).system_hash == 0);
}

static double redundancy_of(const char *text) {
  const struct turn turn = {TURN_USER, true, span_of(text)};
  const struct conversation conversation = {.turns = &turn, .turns_count = 1};
  return line_redundancy(&conversation);
}

/* Words that never recur, then the same words n times over. */
static void write_words(char *out, size_t size, int words, int times) {
  size_t at = 0;
  for (int t = 0; t < times; t++)
    for (int w = 0; w < words; w++)
      at += (size_t)snprintf(out + at, size - at, "w%d ", w);
}

static void redundancy_is_the_share_said_before(void **state) {
  (void)state;
  static char text[1 << 20];
  assert_float_equal(redundancy_of("too short to tell"), 0, 0);
  write_words(text, sizeof text, 200, 1);
  assert_float_equal(redundancy_of(text), 0, 0);
  write_words(text, sizeof text, 100, 4);
  assert_float_equal(redundancy_of(text), 0.74, 0.02); /* 3 of 4, less the seams */
  /* Long enough to be sampled. */
  write_words(text, sizeof text, 10000, 4);
  assert_float_equal(redundancy_of(text), 0.75, 0.06);
  write_words(text, sizeof text, 60000, 1);
  assert_float_equal(redundancy_of(text), 0, 0.01);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_shared_out_by_bytes),
      cmocka_unit_test(hashes_tell_parts_apart),
      cmocka_unit_test(redundancy_is_the_share_said_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
