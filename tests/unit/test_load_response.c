/* test_load_response.c - the load client's reader of answers, however they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/load/response.h"

static const char usual[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                            "content-length: 11\r\nx-tierd-tier: economy\r\n\r\n{\"a\":\r\n\r\n1}";

/* From a block of exactly len bytes, so that a sanitizer sees a step too far. */
static enum response_event read_copy(struct response *response, const char *data, size_t len) {
  char *copy = malloc(len ? len : 1);
  assert_non_null(copy);
  memcpy(copy, data, len);
  enum response_event event = response_read(response, copy, len);
  free(copy);
  return event;
}

static enum response_event read_text(struct response *response, const char *text) {
  response_begin(response);
  return read_copy(response, text, strlen(text));
}

static void whole(void **state) {
  (void)state;
  struct response response;
  assert_int_equal(read_text(&response, usual), RESPONSE_DONE);
  assert_int_equal(response.status, 200);
  assert_false(response.close);
}

/* Cut in two at every place, and byte by byte. */
static void pieces(void **state) {
  (void)state;
  struct response response;
  const size_t len = sizeof usual - 1;
  for (size_t cut = 1; cut < len; cut++) {
    response_begin(&response);
    assert_int_equal(read_copy(&response, usual, cut), RESPONSE_MORE);
    assert_int_equal(read_copy(&response, usual + cut, len - cut), RESPONSE_DONE);
    assert_int_equal(response.status, 200);
  }
  response_begin(&response);
  for (size_t i = 0; i + 1 < len; i++)
    assert_int_equal(read_copy(&response, usual + i, 1), RESPONSE_MORE);
  assert_int_equal(read_copy(&response, usual + len - 1, 1), RESPONSE_DONE);
}

static void one_after_the_other(void **state) {
  (void)state;
  struct response response;
  assert_int_equal(read_text(&response, "HTTP/1.1 503 Service Unavailable\r\nContent-Length:0\r\n"
                                        "Connection: close\r\n\r\n"),
                   RESPONSE_DONE);
  assert_int_equal(response.status, 503);
  assert_true(response.close);
  assert_int_equal(read_text(&response, usual), RESPONSE_DONE);
  assert_int_equal(response.status, 200);
  assert_false(response.close);
}

static void refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *why;
  } cases[] = {
      {"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1"},
      {"HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1"},
      {"HTTP/1.1 020 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1"},
      {"nonsense\r\n\r\n", "HTTP/1.1"},
      {"\r\n\r\n", "HTTP/1.1"},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "no content-length"},
      {"HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", "after the answer's end"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct response response;
    if (read_text(&response, cases[i].text) != RESPONSE_BAD)
      fail_msg("accepted: %s", cases[i].text);
    assert_non_null(strstr(response.why, cases[i].why));
  }
}

/* A head without end is given up once it is too large, in one piece or many. */
static void endless_head(void **state) {
  (void)state;
  struct response response;
  static char head[RESPONSE_HEAD_MAX + 1];
  memset(head, 'a', sizeof head);
  response_begin(&response);
  assert_int_equal(read_copy(&response, head, sizeof head), RESPONSE_BAD);
  response_begin(&response);
  for (size_t i = 0; i < RESPONSE_HEAD_MAX; i++)
    assert_int_equal(read_copy(&response, "a", 1), RESPONSE_MORE);
  assert_int_equal(read_copy(&response, "a", 1), RESPONSE_BAD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole),
      cmocka_unit_test(pieces),
      cmocka_unit_test(one_after_the_other),
      cmocka_unit_test(refused),
      cmocka_unit_test(endless_head),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
