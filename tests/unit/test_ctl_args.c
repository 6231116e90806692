/* test_ctl_args.c - tierctl's command line, and the request bodies made from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/args.h"
#include "daemon/ctl/request_body.h"

enum { WORDS_MAX = 16 };

/* Parses a NULL-terminated list of words, with the program's name before it. */
static enum args_result parse(struct ctl_args *args, char *why, const char *socket_env,
                              const char *const *words) {
  char *argv[WORDS_MAX + 1] = {(char *)"tierctl"};
  int argc = 1;
  for (; words[argc - 1] && argc < WORDS_MAX; argc++)
    argv[argc] = (char *)words[argc - 1];
  return ctl_args_parse(args, argc, argv, socket_env, why);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct ctl_args good(const char *const *words) {
  struct ctl_args args;
  char why[ARGS_WHY_MAX] = "";
  if (parse(&args, why, NULL, words) != ARGS_OK)
    fail_msg("refused: %s", why);
  return args;
}

/* The arguments must be refused, in words that contain mention. */
static void bad(const char *mention, const char *const *words) {
  struct ctl_args args;
  char why[ARGS_WHY_MAX] = "";
  assert_int_equal(parse(&args, why, NULL, words), ARGS_USAGE);
  if (!strstr(why, mention))
    fail_msg("'%s' does not mention '%s'", why, mention);
}

static void test_commands(void **state) {
  (void)state;
  assert_int_equal(good(WORDS("status")).command, ARGS_STATUS);
  assert_int_equal(good(WORDS("models")).command, ARGS_MODELS);
  assert_int_equal(good(WORDS("reload")).command, ARGS_RELOAD);
  assert_int_equal(good(WORDS("--help")).command, ARGS_HELP);
  assert_int_equal(good(WORDS("route", "-h")).command, ARGS_HELP);
  assert_int_equal(good(WORDS("--help")).help_of, ARGS_NONE);
  assert_int_equal(good(WORDS("-q", "route", "--help", "x")).help_of, ARGS_ROUTE);
  assert_int_equal(good(WORDS("--version")).command, ARGS_VERSION);
  struct ctl_args args = good(WORDS("route", "hello there"));
  assert_int_equal(args.command, ARGS_ROUTE);
  assert_string_equal(args.prompt, "hello there");
  assert_false(ctl_args_routing_any(&args.routing));
  bad("no command", (const char *const[]){NULL});
  bad("'rout'", WORDS("rout", "x"));
  bad("one argument too many", WORDS("status", "x"));
}

/* What follows the word is not looked at here: it has options of its own. */
static void test_catalog(void **state) {
  (void)state;
  struct ctl_args args = good(WORDS("--json", "catalog", "diff", "a", "--against", "b"));
  assert_int_equal(args.command, ARGS_CATALOG);
  assert_int_equal(args.rest, 3);
  assert_true(args.json);
  assert_int_equal(good(WORDS("catalog", "--help")).command, ARGS_CATALOG);
}

static void test_log_join(void **state) {
  (void)state;
  struct ctl_args args = good(WORDS("log", "join", "a", "--out", "rows", "b"));
  assert_int_equal(args.command, ARGS_LOG_JOIN);
  assert_int_equal(args.files_count, 2);
  assert_string_equal(args.files[0], "a");
  assert_string_equal(args.files[1], "b");
  assert_string_equal(args.out, "rows");
  bad("expected log join FILE", WORDS("log"));
  bad("'log split'", WORDS("log", "split"));
  bad("at least one file", WORDS("log", "join"));
  bad("--out belongs to tierctl log join", WORDS("route", "hi", "--out", "x"));
  bad("--explain belongs to tierctl route", WORDS("log", "join", "a", "--explain"));
}

static void test_promote(void **state) {
  (void)state;
  struct ctl_args args = good(WORDS("promote", "--wait", "new.tier"));
  assert_int_equal(args.command, ARGS_PROMOTE);
  assert_string_equal(args.candidate, "new.tier");
  assert_true(args.wait);
  assert_true(good(WORDS("promote", "--cancel")).cancel);
  assert_int_equal(good(WORDS("promotion", "--wait")).command, ARGS_PROMOTION);
  assert_int_equal(good(WORDS("rollback")).command, ARGS_ROLLBACK);
  bad("either a model's file or --cancel", WORDS("promote"));
  bad("either a model's file or --cancel", WORDS("promote", "x", "--cancel"));
  bad("'y' is a second model", WORDS("promote", "x", "y"));
  bad("--wait belongs to tierctl promote and promotion", WORDS("rollback", "--wait"));
  bad("--cancel belongs to tierctl promote", WORDS("promotion", "--cancel"));
}

static void test_options_stand_anywhere(void **state) {
  (void)state;
  struct ctl_args args = good(WORDS("--json", "route", "-q", "--quality=0.9", "hi", "--max-risk",
                                    "0.05", "--session", "s", "--explain"));
  assert_true(args.json);
  assert_true(args.quiet);
  assert_true(args.routing.explain);
  assert_string_equal(args.prompt, "hi");
  assert_string_equal(args.routing.session, "s");
  assert_true(fabs(args.routing.quality - 0.9) < 1e-12);
  assert_true(fabs(args.routing.max_risk - 0.05) < 1e-12);
  assert_string_equal(good(WORDS("route", "--", "--json")).prompt, "--json");
  assert_string_equal(good(WORDS("route", "--file", "-")).file, "-");
}

static void test_where_the_daemon_is(void **state) {
  (void)state;
  struct ctl_args args;
  char why[ARGS_WHY_MAX];
  assert_int_equal(parse(&args, why, NULL, WORDS("status")), ARGS_OK);
  assert_string_equal(args.socket_path, ARGS_SOCKET_DEFAULT);
  assert_int_equal(parse(&args, why, "", WORDS("status")), ARGS_OK);
  assert_string_equal(args.socket_path, ARGS_SOCKET_DEFAULT);
  assert_int_equal(parse(&args, why, "/e", WORDS("status")), ARGS_OK);
  assert_string_equal(args.socket_path, "/e");
  assert_int_equal(parse(&args, why, "/e", WORDS("--socket", "/o", "status")), ARGS_OK);
  assert_string_equal(args.socket_path, "/o");
  /* A URL beats the environment, but two options contradict each other. */
  assert_int_equal(parse(&args, why, "/e", WORDS("--url", "http://h:1", "status")), ARGS_OK);
  assert_string_equal(args.url, "http://h:1");
  bad("--url and --socket", WORDS("--url", "http://h:1", "--socket", "/o", "status"));
}

static void test_bad_values(void **state) {
  (void)state;
  bad("--quality is '1.5'", WORDS("route", "x", "--quality", "1.5"));
  bad("--quality is '-0.1'", WORDS("route", "x", "--quality", "-0.1"));
  bad("--quality is 'nan'", WORDS("route", "x", "--quality", "nan"));
  bad("--quality is '0x1'", WORDS("route", "x", "--quality", "0x1"));
  bad("--quality is '0.9,'", WORDS("route", "x", "--quality", "0.9,"));
  bad("--quality is empty", WORDS("route", "x", "--quality="));
  bad("--quality needs a value", WORDS("route", "x", "--quality"));
  bad("--quality is given twice", WORDS("route", "x", "--quality", "1", "--quality", "1"));
  bad("--profile is 'cheap'", WORDS("route", "x", "--profile", "cheap"));
  bad("--quality and --profile", WORDS("route", "x", "--profile", "eco", "--quality", "1"));
  bad("--timeout-ms is '0'", WORDS("--timeout-ms", "0", "status"));
  bad("--timeout-ms is '99999999999999999999'",
      WORDS("--timeout-ms", "99999999999999999999", "status"));
  bad("--timeout-ms is '1s'", WORDS("--timeout-ms", "1s", "status"));
  bad("--json takes no value", WORDS("--json=1", "status"));
  bad("no option --jso", WORDS("--jso", "status"));
  bad("no option -x", WORDS("-x", "status"));
  bad("--explain belongs to", WORDS("status", "--explain"));
}

static void test_sources(void **state) {
  (void)state;
  bad("route needs", WORDS("route"));
  bad("one of a prompt", WORDS("route", "x", "--file", "f"));
  bad("one of a prompt", WORDS("route", "--batch", "b", "--file", "f"));
  bad("quotes", WORDS("route", "two", "words"));
  bad("empty", WORDS("route", " \n"));
  bad("--file -", WORDS("route", "-"));
}

/* Each page fits a screen of 80 by 24, and together they name every option. */
static void test_help_names_every_option(void **state) {
  (void)state;
  static const enum args_command commands[] = {
      ARGS_NONE,   ARGS_ROUTE,  ARGS_LOG,     ARGS_LOG_JOIN,  ARGS_REPORT,  ARGS_STATUS,
      ARGS_MODELS, ARGS_RELOAD, ARGS_PROMOTE, ARGS_PROMOTION, ARGS_ROLLBACK};
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    fflush(out);
    const size_t begin = len;
    size_t lines = 0;
    ctl_args_print_help(out, commands[i]);
    fflush(out);
    for (const char *line = text + begin; *line != '\0'; line += strcspn(line, "\n") + 1, lines++)
      assert_true(strcspn(line, "\n") <= 80);
    assert_in_range(lines, 4, 24);
  }
  fclose(out);
  static const char *const names[] = {
      "--file",    "--batch",  "--quality", "--profile", "--max-risk",   "--min-tier", "--explain",
      "--session", "--socket", "--url",     "--json",    "--timeout-ms", "--split",    "--out"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    assert_non_null(strstr(text, names[i]));
  free(text);
}

static const struct args_routing no_routing = {.quality = (double)NAN, .max_risk = (double)NAN};

enum builder { OF_PROMPT, OF_FILE, OF_LINE };

/* Builds a body and expects it, or expects a refusal that mentions it. */
static void expect_body(enum builder builder, struct span input, const struct args_routing *routing,
                        bool built, const char *expected) {
  struct ctl_buffer body;
  char why[REQUEST_BODY_WHY_MAX] = "";
  ctl_buffer_init(&body, REQUEST_BODY_BYTES_MAX);
  bool (*const builders[])(struct ctl_buffer *, struct span, const struct args_routing *,
                           char *) = {request_body_of_prompt, request_body_of_file,
                                      request_body_of_line};
  assert_int_equal(builders[builder](&body, input, routing, why), built);
  if (built) {
    assert_true(ctl_buffer_append(&body, span_make("", 1)));
    assert_string_equal(body.ptr, expected);
  } else if (!strstr(why, expected)) {
    fail_msg("'%s' does not mention '%s'", why, expected);
  }
  ctl_buffer_deinit(&body);
}

static void test_prompt_is_escaped(void **state) {
  (void)state;
  expect_body(OF_PROMPT, span_of("say \"hi\"\\\n\x01\xC3\xA9"), &no_routing, true,
              "{\"prompt\":\"say \\\"hi\\\"\\\\\\n\\u0001\xC3\xA9\"}");
  expect_body(OF_PROMPT, span_make("a\0b", 3), &no_routing, false, "byte 1");
  expect_body(OF_PROMPT, span_of("ab\xFF"), &no_routing, false, "byte 2");
  expect_body(OF_PROMPT, span_of(""), &no_routing, false, "empty");
}

static void test_options_become_routing(void **state) {
  (void)state;
  struct args_routing all = {.quality = 0.95,
                             .max_risk = 0.05,
                             .min_tier = "a\"b",
                             .max_tier = "c",
                             .session = "s",
                             .explain = true};
  expect_body(OF_PROMPT, span_of("x"), &all, true,
              "{\"prompt\":\"x\",\"routing\":{\"quality\":0.95,\"max_risk\":0.05,\"min_tier\":"
              "\"a\\\"b\",\"max_tier\":\"c\",\"session\":\"s\",\"explain\":true}}");
}

static void test_file_is_body_or_prompt(void **state) {
  (void)state;
  /* An object goes out byte for byte, odd spacing and all. */
  expect_body(OF_FILE, span_of(" {\"prompt\" : \"\\u0000x\"}\n"), &no_routing, true,
              " {\"prompt\" : \"\\u0000x\"}\n");
  expect_body(OF_FILE, span_of("[1]"), &no_routing, true, "{\"prompt\":\"[1]\"}");
  expect_body(OF_FILE, span_of("{\"prompt\":\"\\u0000\"} x"), &no_routing, true,
              "{\"prompt\":\"{\\\"prompt\\\":\\\"\\\\u0000\\\"} x\"}");
  expect_body(OF_FILE, span_of(""), &no_routing, false, "empty");
}

static void test_options_are_merged(void **state) {
  (void)state;
  struct args_routing eco = no_routing;
  eco.profile = "eco";
  expect_body(OF_FILE, span_of("{\"prompt\":\"x\"}"), &eco, true,
              "{\"prompt\":\"x\",\"routing\":{\"profile\":\"eco\"}}");
  /* The command line wins, and a profile ends what the file says of quality. */
  expect_body(OF_FILE,
              span_of("{\"routing\":{\"quality\":0.5,\"dry_run\":true,\"profile\":\"premium\"}}"),
              &eco, true, "{\"routing\":{\"dry_run\":true,\"profile\":\"eco\"}}");
  expect_body(OF_FILE, span_of("{\"routing\":3}"), &eco, false, "\"routing\"");
}

static void test_lines(void **state) {
  (void)state;
  struct args_routing eco = no_routing;
  eco.profile = "eco";
  expect_body(OF_LINE, span_of("{\"id\":1}"), &eco, true,
              "{\"id\":1,\"routing\":{\"profile\":\"eco\"}}");
  /* What the daemon has to complain about reaches it as it is. */
  expect_body(OF_LINE, span_of("{\"routing\":3}"), &eco, true, "{\"routing\":3}");
  expect_body(OF_LINE, span_of("not json"), &eco, true, "not json");
  expect_body(OF_LINE, span_of(""), &eco, true, "");
}

static void test_body_is_bounded(void **state) {
  (void)state;
  struct ctl_buffer body;
  char why[REQUEST_BODY_WHY_MAX] = "";
  ctl_buffer_init(&body, 10);
  assert_false(request_body_of_prompt(&body, span_of("hello"), &no_routing, why));
  assert_non_null(strstr(why, "larger than"));
  assert_int_equal(body.len, 0);
  assert_false(ctl_buffer_append(&body, span_of("x"))); /* the failure sticks */
  ctl_buffer_clear(&body);
  assert_true(ctl_buffer_append(&body, span_of("0123456789")));
  assert_false(ctl_buffer_append(&body, span_of("x")));
  ctl_buffer_deinit(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_commands),
      cmocka_unit_test(test_catalog),
      cmocka_unit_test(test_log_join),
      cmocka_unit_test(test_promote),
      cmocka_unit_test(test_options_stand_anywhere),
      cmocka_unit_test(test_where_the_daemon_is),
      cmocka_unit_test(test_bad_values),
      cmocka_unit_test(test_sources),
      cmocka_unit_test(test_help_names_every_option),
      cmocka_unit_test(test_prompt_is_escaped),
      cmocka_unit_test(test_options_become_routing),
      cmocka_unit_test(test_file_is_body_or_prompt),
      cmocka_unit_test(test_options_are_merged),
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_body_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
