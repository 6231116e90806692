/* test_load_requests.c - the requests that a load is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/load/prompts.h"
#include "bench/load/requests.h"

static char why[256];

/* The body behind the head, whose content-length has to be its length. */
static struct span body_of(struct span request) {
  const char *end = memmem(request.ptr, request.len, "\r\n\r\n", 4);
  const char *length = memmem(request.ptr, request.len, "Content-Length: ", 16);
  assert_non_null(end);
  assert_non_null(length);
  size_t head = (size_t)(end - request.ptr) + 4;
  assert_int_equal(strtoul(length + 16, NULL, 10), request.len - head);
  return span_make(end + 4, request.len - head);
}

static void generated(void **state) {
  (void)state;
  struct requests requests, again;
  assert_true(requests_generated(&requests, "/v1/route", 7, 5000, why, sizeof why));
  assert_true(requests_generated(&again, "/v1/route", 7, 5000, why, sizeof why));
  assert_int_equal(requests.count, 5000);
  double total = 0;
  for (size_t i = 0; i < requests.count; i++) {
    struct span body = body_of(requests.items[i]);
    struct span prompt = span_make(body.ptr + 11, body.len - 13);
    assert_memory_equal(body.ptr, "{\"prompt\":\"", 11);
    assert_memory_equal(body.ptr + body.len - 2, "\"}", 2);
    assert_in_range(prompt.len, PROMPT_BYTES_LEAST, PROMPT_BYTES_MOST);
    total += (double)prompt.len;
    assert_true(span_eq(requests.items[i], again.items[i]));
  }
  assert_in_range((size_t)(total / 5000), PROMPT_BYTES_MEAN - 3, PROMPT_BYTES_MEAN + 3);
  requests_deinit(&requests);
  requests_deinit(&again);
}

static void long_one(void **state) {
  (void)state;
  struct requests requests;
  assert_true(requests_long(&requests, "/v1/route", 1, 50000, why, sizeof why));
  assert_int_equal(requests.count, 1);
  assert_int_equal(body_of(requests.items[0]).len, 50000 + 13);
  requests_deinit(&requests);
}

static bool from_text(struct requests *requests, const char *text) {
  char path[] = "/tmp/test-requests-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  close(fd);
  bool ok = requests_from_file(requests, "/x", path, why, sizeof why);
  unlink(path);
  return ok;
}

static void from_file(void **state) {
  (void)state;
  struct requests requests;
  assert_true(from_text(&requests, "{\"a\":1}\r\n\n{}\n[2]"));
  assert_int_equal(requests.count, 3);
  assert_true(span_is(body_of(requests.items[0]), "{\"a\":1}"));
  assert_true(span_is(body_of(requests.items[1]), "{}"));
  assert_true(span_is(body_of(requests.items[2]), "[2]"));
  assert_memory_equal(requests.items[0].ptr, "POST /x HTTP/1.1\r\n", 18);
  assert_float_equal(requests.body_bytes_mean, 4, 1e-9);
  requests_deinit(&requests);
  assert_false(from_text(&requests, "\n\n"));
  assert_non_null(strstr(why, "holds no lines"));
  assert_false(requests_from_file(&requests, "/x", "/nonexistent", why, sizeof why));
  assert_non_null(strstr(why, "cannot open /nonexistent"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generated),
      cmocka_unit_test(long_one),
      cmocka_unit_test(from_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
