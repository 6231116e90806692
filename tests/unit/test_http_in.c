/* test_http_in.c - the same bytes in every division into pieces give the same
 * requests and the same refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/net/http_in.h"

/* What was read, as text: a line a message. */
struct log {
  char text[4096];
  size_t len;
  bool refused;
};

__attribute__((format(printf, 2, 3))) static void note(struct log *log, const char *format, ...) {
  va_list args;
  va_start(args, format);
  log->len += (size_t)vsnprintf(log->text + log->len, sizeof log->text - log->len, format, args);
  va_end(args);
  assert_true(log->len < sizeof log->text);
}

static void note_message(struct log *log, const struct http_in *in) {
  note(log, "%s %d [%.*s] keep=%d 1.0=%d head=%d expect=%d\n",
       in->endpoint ? in->endpoint->path : "-",
       in->endpoint ? 200 : problem_status(in->problem.type), (int)in->body.len,
       in->body.len ? in->body.data : "", in->keep_alive, in->http_1_0, in->head_only,
       in->expect_continue);
}

/* Feeds one piece, copied to memory of exactly its size so that ASan sees a byte too
 * far. */
static void feed(struct http_in *in, const char *bytes, size_t len, struct log *log) {
  char *piece = malloc(len ? len : 1);
  memcpy(piece, bytes, len);
  size_t at = 0;
  while (at < len && !log->refused) {
    size_t taken = 0;
    enum http_event event = http_in_feed(in, piece + at, len - at, &taken);
    assert_true(taken <= len - at);
    at += taken;
    if (event == HTTP_MESSAGE) {
      note_message(log, in);
      http_in_next(in);
    } else if (event == HTTP_REFUSED) {
      assert_null(in->endpoint);
      note(log, "refused %d\n", problem_status(in->problem.type));
      log->refused = true;
    } else {
      assert_int_equal(at, len);
    }
  }
  free(piece);
}

/* Small limits, so that the tests can reach them. */
static void set_limits(struct config *config) {
  config_init(config);
  config->url_bytes_max = 40;
  config->header_bytes_max = 200;
  config->headers_max = 6;
  config->body_bytes_max = 40;
}

static void read_in_pieces(const char *text, size_t first, size_t second, struct log *log) {
  struct config config;
  struct http_in in;
  size_t len = strlen(text);
  *log = (struct log){.len = 0};
  set_limits(&config);
  http_in_init(&in, &config);
  feed(&in, text, first, log);
  feed(&in, text + first, second - first, log);
  feed(&in, text + second, len - second, log);
  http_in_deinit(&in);
  config_deinit(&config);
}

static void read_by_bytes(const char *text, struct log *log) {
  struct config config;
  struct http_in in;
  *log = (struct log){.len = 0};
  set_limits(&config);
  http_in_init(&in, &config);
  for (const char *p = text; *p; p++)
    feed(&in, p, 1, log);
  http_in_deinit(&in);
  config_deinit(&config);
}

/* Whole, byte by byte, and cut at every two places. */
static void assert_read(const char *text, const char *expected) {
  struct log log;
  size_t len = strlen(text);
  for (size_t first = 0; first <= len; first++)
    for (size_t second = first; second <= len; second++) {
      read_in_pieces(text, first, second, &log);
      if (strcmp(log.text, expected) != 0)
        fail_msg("cut at %zu and %zu:\n%s\n-- gave --\n%s-- expected --\n%s", first, second, text,
                 log.text, expected);
    }
  read_by_bytes(text, &log);
  assert_string_equal(log.text, expected);
}

#define CHUNKED "POST /v1/route HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define GOOD " keep=1 1.0=0 head=0 expect=0\n"

static void good_requests(void **state) {
  (void)state;
  assert_read("POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
              "/v1/route 200 [hello]" GOOD);
  assert_read("POST /v1/route HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: v\r\n\r\n",
              "/v1/route 200 [hello]" GOOD);
  assert_read("HEAD /healthz?a=b HTTP/1.0\r\n\r\n",
              "/healthz 200 [] keep=0 1.0=1 head=1 expect=0\n");
  assert_read("GET http://h/version HTTP/1.1\r\nhOsT:a\r\nexpect: 100-CONTINUE\r\n\r\n",
              "/version 200 [] keep=1 1.0=0 head=0 expect=1\n");
}

static void requests_in_a_row(void **state) {
  (void)state;
  assert_read("\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
              "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}\r\n"
              "GET /no HTTP/1.1\r\nHost: a\r\n\r\n",
              "/healthz 200 []" GOOD "/v1/route 200 [{}]" GOOD "- 404 []" GOOD);
}

static void answered_and_kept(void **state) {
  (void)state;
  assert_read("GET /v1/route HTTP/1.1\r\nHost: a\r\n\r\n", "- 405 []" GOOD);
  assert_read("POST /v1/route HTTP/1.1\r\nHost: a\r\n\r\n", "- 411 []" GOOD);
}

static void refused(void **state) {
  (void)state;
  static const struct {
    int status;
    const char *text;
  } cases[] = {
      {400, "GET /healthz HTTP/1.1\r\n\r\n"},
      {400, "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {400, "GET /healthz HTTP/1.1\nHost: a\r\n\r\n"},
      {400, "GET /healthz HTTP/1.1\r\nHost: a\r\n\n"},
      {400, "GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"},
      {400, "GET /healthz HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
      {400, "POST /v1/route HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"},
      {400, "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"},
      {400, "nonsense"},
      {400, "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "\r\rGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /healthz#x HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /healthz HTTP/1.1\r\nHost: a,b\r\n\r\n"},
      {400, "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 012\r\n\r\n"},
      {400, "POST /v1/route HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {400, CHUNKED "2;\n{}\r\n0\r\n\r\n"},
      {400, CHUNKED "00000000000000002\r\n{}\r\n0\r\n\r\n"},
      {400, CHUNKED "0\r\nX: a\r\n b\r\n\r\n"},
      {400, CHUNKED "0\r\nX: a\n\r\n"},
      {400, CHUNKED "0\r\nContent-Length: 1\r\n\r\n"},
      {404, "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"},
      {413, "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 41\r\n\r\n"},
      {413, "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 41\r\n\r\n"},
      {413, CHUNKED "29\r\n"},
      {413, "POST /v1/route HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "1f\r\n1234567890123456789012345678901\r\nf\r\n123456789012345\r\n"},
      {414, "GET /4567890123456789012345678901234567890123 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {415, "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n"
            "Content-Length: 1\r\n\r\n"},
      {415, "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\n"
            "Content-Length: 1\r\n\r\n"},
      {417, "POST /v1/route HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n"},
      {431,
       "GET /healthz HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\n\r\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char expected[32];
    snprintf(expected, sizeof expected, "refused %d\n", cases[i].status);
    assert_read(cases[i].text, expected);
  }
}

/* Exactly what a limit allows, and one byte more; blanks count as bytes. */
static void header_bytes(void **state) {
  (void)state;
  static const char start[] = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
  /* "Host: a" and its end are 9, "X: " and two ends 7. */
  for (int extra = 0; extra <= 1; extra++)
    for (int blank = 0; blank <= 1; blank++) {
      char text[400];
      int room = 200 - 9 - 7 + extra;
      int len = snprintf(text, sizeof text, "%s", start);
      memset(text + len, blank ? ' ' : 'v', (size_t)room);
      memcpy(text + len + room, "\r\n\r\n", 5);
      assert_read(text, extra ? "refused 431\n" : "/healthz 200 []" GOOD);
    }
}

/* A connection's reader is used again after a refusal. */
static void reset_forgets(void **state) {
  (void)state;
  struct config config;
  struct http_in in;
  struct log log = {.len = 0};
  static const char bad[] = "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\n\nX";
  static const char good[] = "POST /v1/route HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  set_limits(&config);
  http_in_init(&in, &config);
  feed(&in, bad, sizeof bad - 1, &log);
  assert_string_equal(log.text, "refused 400\n");
  http_in_reset(&in);
  log = (struct log){.len = 0};
  feed(&in, good, sizeof good - 1, &log);
  assert_string_equal(log.text, "/v1/route 200 [x]" GOOD);
  http_in_deinit(&in);
  config_deinit(&config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_requests),     cmocka_unit_test(requests_in_a_row),
      cmocka_unit_test(answered_and_kept), cmocka_unit_test(refused),
      cmocka_unit_test(header_bytes),      cmocka_unit_test(reset_forgets),
  };
  return cmocka_run_group_tests_name("http_in", tests, NULL, NULL);
}
