/* test_origin.c - whose requests are turned away, and whose must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/net/origin.h"

struct sent {
  const char *host, *origin, *site; /* NULL: no such header */
};

static bool passes(const struct sent *sent, bool allow_remote, enum api_method method) {
  struct config config = {.allow_remote = allow_remote};
  struct origin origin = {0};
  struct problem problem = {0};
  if (sent->host)
    origin_note(&origin, span_of("host"), span_of(sent->host));
  if (sent->origin)
    origin_note(&origin, span_of("origin"), span_of(sent->origin));
  if (sent->site)
    origin_note(&origin, span_of("sec-fetch-site"), span_of(sent->site));
  const bool ok = origin_judge(&origin, &config, method, &problem);
  assert_int_equal(problem.type, ok ? PROBLEM_NONE : PROBLEM_ORIGIN);
  return ok;
}

static void hosts_of_this_machine_pass(void **state) {
  (void)state;
  static const char *const hosts[] = {"127.0.0.1:8787", "127.0.0.1",   "[::1]:8787", "[::1]",
                                      "localhost:8787", "LOCALHOST",   "localhost.", "tierd",
                                      "tierd:80",       "a.localhost", "",           "10.1.2.3:1"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
    if (!passes(&(struct sent){.host = hosts[i]}, false, API_GET))
      fail_msg("%s was turned away", hosts[i]);
  assert_true(passes(&(struct sent){0}, false, API_POST));
}

static void public_names_do_not(void **state) {
  (void)state;
  static const char *const hosts[] = {
      "evil.example",  "evil.example:8787", "127.0.0.1.nip.io", "localhost.evil.example",
      "evil.example.", "a.notlocalhost",    "1.2.3.4x:80"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    if (passes(&(struct sent){.host = hosts[i]}, false, API_GET))
      fail_msg("%s came through", hosts[i]);
    assert_true(passes(&(struct sent){.host = hosts[i]}, true, API_GET));
  }
}

static void other_sites_may_not_post(void **state) {
  (void)state;
  static const struct sent sent[] = {
      {"127.0.0.1:8787", "https://evil.example", "cross-site"},
      {"127.0.0.1:8787", "http://127.0.0.1:3000", "same-site"},
      {"127.0.0.1:8787", "https://evil.example", NULL},
      {"127.0.0.1:8787", "http://127.0.0.1:3000", NULL},
      {"127.0.0.1:8787", "null", NULL},
      {"127.0.0.1:8787", NULL, "cross-site"},
      {"127.0.0.1:8787", NULL, ""},
  };
  for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
    if (passes(&sent[i], false, API_POST) || passes(&sent[i], true, API_POST))
      fail_msg("number %zu came through", i);
    assert_true(passes(&sent[i], false, API_GET)); /* which the browser does not let them read */
  }
}

static void its_own_page_may(void **state) {
  (void)state;
  static const struct sent sent[] = {
      {"127.0.0.1:8787", "http://127.0.0.1:8787", "same-origin"},
      {"127.0.0.1:8787", "http://127.0.0.1:8787", NULL},
      {"LocalHost:8787", "http://localhost:8787", NULL},
      {"127.0.0.1:8787", NULL, "none"},
      /* Behind a proxy that has its own name for it. */
      {"127.0.0.1:8787", "https://router.example", "same-origin"},
  };
  for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
    if (!passes(&sent[i], false, API_POST))
      fail_msg("number %zu was turned away", i);
}

/* What was cut could else look like something that it is not. */
static void long_values_equal_nothing(void **state) {
  (void)state;
  char host[ORIGIN_HOST_MAX * 2], origin[sizeof host + 16];
  memset(host, 'a', sizeof host - 1);
  host[sizeof host - 1] = '\0';
  memcpy(origin, "http://", 7);
  memcpy(origin + 7, host, sizeof host);
  origin[7 + sizeof host - 2] = 'b';
  assert_false(passes(&(struct sent){.host = host, .origin = origin}, true, API_POST));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hosts_of_this_machine_pass), cmocka_unit_test(public_names_do_not),
      cmocka_unit_test(other_sites_may_not_post),   cmocka_unit_test(its_own_page_may),
      cmocka_unit_test(long_values_equal_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
