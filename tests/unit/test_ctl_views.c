/* test_ctl_views.c - what tierctl makes of the daemon's answers: whole ones, ones
 * with holes, and hostile ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ctl/batch_view.h"
#include "daemon/ctl/decision_view.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/models_view.h"
#include "daemon/ctl/problem_view.h"
#include "daemon/ctl/status_view.h"

static const char decision[] =
    "{\"id\":\"d1\",\"tier\":\"economy\",\"model\":\"mini\",\"provider\":\"acme\","
    "\"confidence\":0.8,\"probabilities\":{\"economy\":0.93,\"frontier\":1},\"abstained\":false,"
    "\"stop_after_tokens\":4600,"
    "\"cost\":{\"expected\":0.0002,\"low\":0.0001,\"high\":0.0009,\"input_tokens\":1200,"
    "\"cached_tokens\":1000,\"output_tokens\":{\"p50\":210,\"p90\":1800},"
    "\"baseline\":{\"model\":\"big\",\"expected\":0.01},\"saving\":0.0098,\"saving_ratio\":0.98,"
    "\"price_as_of\":\"2025-06-01\",\"price_stale\":false},"
    "\"alternatives\":[{\"tier\":\"economy\",\"model\":\"mini\",\"probability\":0.93,\"cost\":0."
    "0002},"
    "{\"tier\":\"frontier\",\"model\":\"big\",\"probability\":1,\"cost\":{\"expected\":0.01}}],"
    "\"reasons\":[{\"code\":\"short\",\"text\":\"The question is short.\",\"weight\":-0.4}]}";

/* Parses a copy, because parsing may write. */
static cJSON *tree_of(const char *json) {
  char why[MEMBER_WHY_MAX];
  char *copy = strdup(json);
  assert_non_null(copy);
  cJSON *tree = ctl_member_parse(span_of(copy), why);
  free(copy);
  return tree;
}

static struct term catching(char **text, size_t *len) {
  FILE *out = open_memstream(text, len);
  assert_non_null(out);
  return (struct term){out, false, false};
}

static void expect_decision(const char *json, const char *expected) {
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  cJSON *tree = tree_of(json);
  assert_non_null(tree);
  assert_true(decision_view_print(tree, &term));
  fclose(term.out);
  assert_string_equal(text, expected);
  free(text);
  cJSON_Delete(tree);
}

static void test_decision(void **state) {
  (void)state;
  expect_decision(decision, "tier           economy\n"
                            "model          mini\n"
                            "provider       acme\n"
                            "probability    0.930 that it is good enough (confidence 0.800)\n"
                            "expected cost  $0.0002 ($0.0001\xE2\x80\x93$0.0009)\n"
                            "tokens in      1,200, of which 1,000 cached\n"
                            "tokens out     210 (nine in ten up to 1,800)\n"
                            "stop after     4,600 tokens; a longer answer has run away\n"
                            "saving         98.0 %, $0.0098 less than big at $0.01\n"
                            "\n"
                            "alternatives\n"
                            "  tier      model  probability     cost\n"
                            "  economy   mini         0.930  $0.0002  chosen\n"
                            "  frontier  big          1.000  $0.01\n"
                            "\n"
                            "reasons\n"
                            "  -0.40  short  The question is short.\n");
}

static const char nothing_known[] = "tier           unknown\n"
                                    "model          unknown\n"
                                    "provider       unknown\n"
                                    "probability    unknown that it is good enough\n"
                                    "expected cost  unknown\n"
                                    "tokens in      unknown\n"
                                    "tokens out     unknown (nine in ten up to unknown)\n"
                                    "saving         unknown\n";

static void test_decision_with_holes(void **state) {
  (void)state;
  expect_decision("{}", nothing_known);
  expect_decision(
      "{\"tier\":7,\"model\":null,\"provider\":[],\"probabilities\":3,\"cost\":\"free\","
      "\"alternatives\":{},\"reasons\":9,\"abstained\":\"yes\"}",
      nothing_known);
  /* Names are matched with their case: "Tier" is not "tier". */
  expect_decision("{\"Tier\":\"economy\",\"COST\":{\"expected\":0}}", nothing_known);
}

static void test_decision_with_null_money(void **state) {
  (void)state;
  expect_decision(
      "{\"tier\":\"a\",\"model\":\"m\",\"provider\":\"p\",\"probabilities\":{\"a\":1},"
      "\"abstained\":true,\"cost\":{\"expected\":null,\"low\":null,\"high\":0.5,"
      "\"input_tokens\":1,\"output_tokens\":null,\"baseline\":{\"model\":\"m\","
      "\"expected\":null},\"saving\":null,\"saving_ratio\":null,\"price_stale\":true},"
      "\"alternatives\":[{\"tier\":\"a\",\"cost\":null},3,null]}",
      "tier           a\n"
      "model          m\n"
      "provider       p\n"
      "probability    1.000 that it is good enough\n"
      "expected cost  unknown (unknown\xE2\x80\x93$0.50)\n"
      "tokens in      1\n"
      "tokens out     unknown (nine in ten up to unknown)\n"
      "saving         unknown\n"
      "abstained      the request is unlike what the model was trained on; "
      "the safe tier was taken\n"
      "prices         of an unknown date, which is old; bring the catalogue up to date\n"
      "\n"
      "alternatives\n"
      "  tier     model    probability     cost\n"
      "  a        unknown      unknown  unknown  chosen\n"
      "  unknown  unknown      unknown  unknown\n"
      "  unknown  unknown      unknown  unknown\n");
}

static void test_savings_in_words(void **state) {
  (void)state;
  static const struct {
    const char *cost;
    const char *expected;
  } cases[] = {
      {"\"saving\":0,\"saving_ratio\":0,\"baseline\":{\"model\":\"big\",\"expected\":1}",
       "saving         none against big\n"},
      {"\"saving\":-0.5,\"baseline\":{\"expected\":1}",
       "saving         -50.0 %, $0.50 more than the top tier at $1.00\n"},
      {"\"saving\":0.25,\"baseline\":{\"model\":\"big\",\"expected\":0}",
       "saving         unknown, $0.25 less than big at $0.00\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char json[200], *text = NULL;
    size_t len = 0;
    snprintf(json, sizeof json, "{\"cost\":{%s}}", cases[i].cost);
    struct term term = catching(&text, &len);
    cJSON *tree = tree_of(json);
    assert_true(decision_view_print(tree, &term));
    fclose(term.out);
    if (!strstr(text, cases[i].expected))
      fail_msg("no '%s' in:\n%s", cases[i].expected, text);
    free(text);
    cJSON_Delete(tree);
  }
}

/* No byte of an escape sequence survives, wherever the string stands. */
static void test_no_escape_reaches_the_terminal(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  cJSON *tree = tree_of(
      "{\"tier\":\"\\u001b[2J\",\"model\":\"m\\nfake line\",\"provider\":\"\\u009b31m\","
      "\"cost\":{\"price_stale\":true,\"price_as_of\":\"\\u001b]0;x\\u0007\",\"saving\":1,"
      "\"baseline\":{\"model\":\"\\u001bc\"}},\"alternatives\":[{\"tier\":\"\\u001b\",\"model\":"
      "\"\\u0000\"}],\"reasons\":[{\"code\":\"\\u001b\",\"text\":\"\\u202egpj\\u001b\"}],"
      "\"status\":\"\\u001b\",\"\\u001b[1m\":\"x\",\"title\":\"\\u001b\",\"detail\":\"\\u001b\","
      "\"pointer\":\"\\u001b\",\"data\":[{\"id\":\"\\u001b\",\"price_stale\":true,\"price_as_of\":"
      "\"\\u001b\"}],\"nested\":{\"\\u009b\":\"\\u009b\"}}");
  assert_non_null(tree);
  decision_view_print(tree, &term);
  decision_view_print_model(tree, &term);
  models_view_print(tree, &term, false);
  models_view_print(tree, &term, true);
  status_view_print(tree, tree, false, &term);
  problem_view_print(tree, 400, 0, &term);
  fclose(term.out);
  for (size_t i = 0; i < len; i++)
    assert_true(text[i] == '\n' || (unsigned char)text[i] >= 0x20);
  assert_null(strstr(text, "\xC2\x9B"));
  assert_null(strstr(text, "\xE2\x80\xAE"));
  assert_null(strstr(text, "\nfake line"));
  free(text);
  cJSON_Delete(tree);
}

/* Feeds bytes in pieces of a given size and expects the output. */
static void expect_batch(enum batch_view_form form, const char *input, size_t piece, size_t failed,
                         const char *expected) {
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  struct batch_view view;
  assert_true(batch_view_init(&view, &term, form));
  for (size_t at = 0, end = strlen(input); at < end; at += piece)
    assert_true(
        batch_view_bytes(&view, span_make(input + at, end - at < piece ? end - at : piece)));
  assert_true(batch_view_end(&view, true));
  assert_int_equal(view.failed, failed);
  batch_view_deinit(&view);
  fclose(term.out);
  assert_string_equal(text, expected);
  free(text);
}

static const char batch[] =
    "{\"request_id\":\"first\",\"tier\":\"a\",\"model\":\"m\",\"probabilities\":{\"a\":0.9},"
    "\"cost\":{\"expected\":0.001,\"saving_ratio\":0.5}}\n"
    "{\"type\":\"t\",\"title\":\"Bad JSON\",\"status\":400,\"detail\":\"no\\nobject\","
    "\"pointer\":\"/x\"}\r\n"
    "\n"
    "{\"tier\":\"b\",\"model\":\"n\",\"abstained\":true,\"cost\":null,\"request_id\":17}\n"
    "garbage\n"
    "[]\n"
    "{\"tier\":\"a\",\"model\":\"m\"}";

static void test_batch_rows(void **state) {
  (void)state;
  for (size_t piece = 1; piece < 50; piece += 7)
    expect_batch(BATCH_VIEW_MODELS, batch, piece, 3, "m\n-\nn\n-\n-\nm\n");
  expect_batch(BATCH_VIEW_JSON, "{\"a\":1}\n\n{\"b\":\"\\u0000\"}", 3, 0,
               "{\"a\":1}\n{\"b\":\"\\u0000\"}\n");
  for (size_t piece = 1; piece < 50; piece += 7)
    expect_batch(BATCH_VIEW_TABLE, batch, piece, 3,
                 "name   tier  model  probability  expected cost   saving  note\n"
                 "first  a     m            0.900         $0.001   50.0 %\n"
                 "2      -     -                                           error 400: Bad JSON: "
                 "no object (at /x)\n"
                 "17     b     n          unknown        unknown  unknown  abstained\n"
                 "4      -     -                                           not JSON: not JSON, at "
                 "line 1, byte 0\n"
                 "5      -     -                                           error 0: unknown\n"
                 "6      a     m          unknown        unknown  unknown\n");
}

static void test_batch_is_bounded(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  static char piece[1 << 20];
  struct term term = catching(&text, &len);
  struct batch_view view;
  memset(piece, 'x', sizeof piece);
  assert_true(batch_view_init(&view, &term, BATCH_VIEW_TABLE));
  for (int i = 0; i < 8; i++)
    assert_true(batch_view_bytes(&view, span_make(piece, sizeof piece)));
  assert_false(batch_view_bytes(&view, span_make(piece, 1)));
  assert_non_null(strstr(view.why, "longer than 8 MiB"));
  /* A cut line makes no row, and no rows make no header. */
  assert_true(batch_view_end(&view, false));
  batch_view_deinit(&view);
  fclose(term.out);
  assert_int_equal(len, 0);
  free(text);
}

static void test_long_batch_prints_one_header(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0, lines = 0;
  struct term term = catching(&text, &len);
  struct batch_view view;
  assert_true(batch_view_init(&view, &term, BATCH_VIEW_TABLE));
  for (int i = 0; i < 2500; i++)
    assert_true(batch_view_bytes(&view, span_of("{\"tier\":\"a\",\"model\":\"m\"}\n")));
  assert_true(batch_view_end(&view, true));
  batch_view_deinit(&view);
  fclose(term.out);
  for (size_t i = 0; i < len; i++)
    lines += text[i] == '\n';
  assert_int_equal(lines, 2501);
  assert_null(strstr(text + 10, "\nname"));
  free(text);
}

static void test_models(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  cJSON *tree = tree_of(
      "{\"object\":\"list\",\"data\":[{\"id\":\"mini\",\"owned_by\":\"acme\",\"tier\":\"economy\","
      "\"default\":true,\"price\":{\"input\":0.075,\"output\":0.4},\"context_window\":128000},"
      "{\"id\":\"big\",\"owned_by\":\"acme\",\"tier\":\"frontier\",\"default\":true,\"price\":"
      "{\"input\":15,\"output\":null},\"price_stale\":true,\"price_as_of\":\"2024-01\","
      "\"context_window\":0},3]}");
  assert_true(models_view_print(tree, &term, false));
  assert_true(models_view_print(tree, &term, true));
  fclose(term.out);
  assert_string_equal(
      text, "model    provider  tier      input/1M  output/1M   window  note\n"
            "mini     acme      economy     $0.075      $0.40  128,000  default\n"
            "big      acme      frontier   $15.00     unknown  unknown  default, stale price of "
            "2024-01\n"
            "unknown  unknown   unknown    unknown    unknown  unknown\n"
            "mini\nbig\nunknown\n");
  free(text);
  cJSON_Delete(tree);
}

static void test_status(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  cJSON *ready = tree_of("{\"status\":\"ready\"}");
  cJSON *version = tree_of("{\"version\":\"0.1.0\",\"model_version\":null,\"uptime_s\":61,"
                           "\"threads\":2,\"lto\":true,\"new_thing\":{\"a\":[1]},\"_s\":1}");
  assert_true(status_view_print(ready, version, true, &term));
  assert_true(status_view_print(NULL, NULL, false, &term));
  fclose(term.out);
  assert_string_equal(text, "status         ready\n"
                            "version        0.1.0\n"
                            "model version  unknown\n"
                            "uptime         1 min 1 s\n"
                            "threads        2\n"
                            "lto            yes\n"
                            "new thing      {\"a\":[1]}\n"
                            " s             1\n"
                            "status  not ready\n");
  free(text);
  cJSON_Delete(ready);
  cJSON_Delete(version);
}

static void test_problem(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  struct term term = catching(&text, &len);
  cJSON *tree =
      tree_of("{\"title\":\"Unknown option\",\"status\":400,\"detail\":\"no \\\"qualty\\\"\","
              "\"pointer\":\"/routing/qualty\"}");
  problem_view_print(tree, 400, 0, &term);
  problem_view_print(NULL, 503, 7, &term);
  fclose(term.out);
  assert_string_equal(text, "tierctl: Unknown option (HTTP 400): no \"qualty\"\n"
                            "  at /routing/qualty\n"
                            "tierctl: the daemon refused without saying why (HTTP 503)\n"
                            "  try again in 7 s\n");
  free(text);
  cJSON_Delete(tree);
}

static void test_only_json_is_parsed(void **state) {
  (void)state;
  assert_null(tree_of(""));
  assert_null(tree_of("{} x"));
  assert_null(tree_of("<html>"));
  assert_null(tree_of("{\"a\":\"\xFF\"}"));
  char deep[201];
  memset(deep, '[', 200);
  deep[200] = '\0';
  assert_null(tree_of(deep));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decision),
      cmocka_unit_test(test_decision_with_holes),
      cmocka_unit_test(test_decision_with_null_money),
      cmocka_unit_test(test_savings_in_words),
      cmocka_unit_test(test_no_escape_reaches_the_terminal),
      cmocka_unit_test(test_batch_rows),
      cmocka_unit_test(test_batch_is_bounded),
      cmocka_unit_test(test_long_batch_prints_one_header),
      cmocka_unit_test(test_models),
      cmocka_unit_test(test_status),
      cmocka_unit_test(test_problem),
      cmocka_unit_test(test_only_json_is_parsed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
