/* test_log_queue.c - the ring between a thread and the log's writer. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ops/log_queue.h"

static bool push(struct log_queue *queue, const char *line) {
  return log_queue_push(queue, span_of(line));
}

/* All that waits must be this text, in pieces of whole lines. */
static void assert_drained(struct log_queue *queue, const char *expected) {
  char text[4096];
  size_t len = 0;
  struct span lines;
  while ((lines = log_queue_peek(queue)).len > 0) {
    assert_int_equal(lines.ptr[lines.len - 1], '\n');
    assert_true(len + lines.len < sizeof text);
    memcpy(text + len, lines.ptr, lines.len);
    len += lines.len;
    log_queue_consume(queue, lines.len);
  }
  text[len] = '\0';
  assert_string_equal(text, expected);
  assert_int_equal(log_queue_depth(queue), 0);
}

static void lines_come_out_in_order(void **state) {
  (void)state;
  struct log_queue *queue = log_queue_create(64);
  assert_non_null(queue);
  assert_drained(queue, "");
  assert_true(push(queue, "one") && push(queue, "") && push(queue, "three"));
  assert_int_equal(log_queue_depth(queue), 11);
  assert_drained(queue, "one\n\nthree\n");
  log_queue_destroy(queue);
  log_queue_destroy(NULL);
}

static void a_full_queue_drops_and_counts(void **state) {
  (void)state;
  struct log_queue *queue = log_queue_create(32);
  assert_true(push(queue, "123456789") && push(queue, "123456789"));
  assert_true(push(queue, "123456789"));
  assert_false(push(queue, "1"));
  assert_int_equal(log_queue_dropped(queue), 1);
  log_queue_drop(queue);
  assert_int_equal(log_queue_dropped(queue), 2);
  assert_drained(queue, "123456789\n123456789\n123456789\n");
  assert_true(push(queue, "again"));
  assert_drained(queue, "again\n");
  log_queue_destroy(queue);
}

/* More than half of the queue might never fit, wherever the ring stands. */
static void lines_over_half_are_refused_always(void **state) {
  (void)state;
  struct log_queue *queue = log_queue_create(32);
  for (int i = 0; i < 40; i++) {
    assert_false(push(queue, "1234567890123456"));
    assert_true(push(queue, "123456789012345"));
    assert_drained(queue, "123456789012345\n");
    assert_true(push(queue, "x"));
    assert_drained(queue, "x\n");
  }
  assert_int_equal(log_queue_dropped(queue), 40);
  log_queue_destroy(queue);
}

/* Every mix of lengths at every place of the ring; consumed piece by piece too. */
static void laps_keep_lines_whole(void **state) {
  (void)state;
  for (size_t size = 8; size < 48; size++) {
    struct log_queue *queue = log_queue_create(size);
    char expected[4096];
    for (size_t i = 0; i < 200; i++) {
      size_t len = 0;
      for (size_t k = 0; k < 3; k++) {
        char line[32] = "";
        const size_t wanted = (i * 7 + k * 3) % (size / 2);
        memset(line, 'a' + (int)(i % 26), wanted);
        if (push(queue, line))
          len += (size_t)snprintf(expected + len, sizeof expected - len, "%s\n", line);
      }
      assert_true(len > 0);
      assert_drained(queue, expected);
    }
    log_queue_destroy(queue);
  }
}

enum { PUSHED = 200000 };

static void *push_numbers(void *argument) {
  for (unsigned i = 0; i < PUSHED;) {
    char line[64];
    snprintf(line, sizeof line, "%u %.*s", i, (int)(i % 40),
             "----------------------------------------");
    if (push(argument, line))
      i++;
    else
      sched_yield();
  }
  return NULL;
}

static void two_threads(void **state) {
  (void)state;
  struct log_queue *queue = log_queue_create(1000);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, push_numbers, queue), 0);
  for (unsigned next = 0; next < PUSHED;) {
    struct span lines = log_queue_peek(queue);
    if (lines.len == 0) {
      sched_yield();
      continue;
    }
    const char *feed = memchr(lines.ptr, '\n', lines.len);
    assert_non_null(feed);
    assert_int_equal(strtoul(lines.ptr, NULL, 10), next);
    assert_int_equal(memchr(lines.ptr, ' ', lines.len) != NULL, 1);
    log_queue_consume(queue, (size_t)(feed - lines.ptr) + 1);
    next++;
  }
  pthread_join(thread, NULL);
  assert_drained(queue, "");
  log_queue_destroy(queue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_come_out_in_order),
      cmocka_unit_test(a_full_queue_drops_and_counts),
      cmocka_unit_test(lines_over_half_are_refused_always),
      cmocka_unit_test(laps_keep_lines_whole),
      cmocka_unit_test(two_threads),
  };
  return cmocka_run_group_tests_name("log_queue", tests, NULL, NULL);
}
