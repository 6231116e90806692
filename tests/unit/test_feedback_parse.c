/* test_feedback_parse.c - bodies of POST /v1/feedback: what is taken, what is refused
 * and where the refusal points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/feedback_parse.h"
#include "daemon/router/money.h"

#define ID "\"id\":\"d-0123456789abcdef-1f\""

static const struct catalog catalog = {.tiers = {{"economy", 0}, {"frontier", 0}},
                                       .tiers_count = 2};

struct parsed {
  struct arena arena;
  struct feedback feedback;
  struct problem problem;
};

static bool parse(struct parsed *p, const char *body) {
  static const struct json_limits limits = {.depth_max = 16, .nodes_max = 200};
  static char text[4096];
  arena_init(&p->arena, 1 << 16);
  snprintf(text, sizeof text, "%s", body);
  return feedback_parse(&p->arena, &limits, &catalog, text, strlen(text), &p->feedback,
                        &p->problem);
}

static void assert_number(double number, double expected) {
  assert_true(!(number < expected) && !(number > expected));
}

static void everything_at_once(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p, "{" ID ",\"score\":0.25,\"tier_label\":\"frontier\",\"escalated\":true,"
                        "\"model\":\"m/\\u00e9\",\"cost_usd\":0.0015,"
                        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":9}}"));
  assert_string_equal(p.feedback.id, "d-0123456789abcdef-1f");
  assert_number(p.feedback.score, 0.25);
  assert_true(span_is(p.feedback.tier_label, "frontier"));
  assert_true(p.feedback.has_escalated && p.feedback.escalated && p.feedback.has_usage);
  assert_true(span_is(p.feedback.model, "m/\xC3\xA9"));
  assert_int_equal(p.feedback.cost, 1500000);
  arena_deinit(&p.arena);
}

static void what_is_not_said_is_unknown(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p, "{\"escalated\":false," ID "}"));
  assert_true(isnan(p.feedback.score) && p.feedback.tier_label.len == 0);
  assert_true(p.feedback.has_escalated && !p.feedback.escalated && !p.feedback.has_usage);
  assert_false(money_known(p.feedback.cost));
  arena_deinit(&p.arena);
}

/* Both vendors' objects as they come, with all their further members. */
static void usage_of_every_vendor(void **state) {
  (void)state;
  static const struct {
    const char *usage;
    struct feedback_usage expected;
  } cases[] = {
      {"{\"prompt_tokens\":20,\"completion_tokens\":5,\"total_tokens\":25,"
       "\"prompt_tokens_details\":{\"cached_tokens\":8,\"audio_tokens\":0},"
       "\"completion_tokens_details\":{\"reasoning_tokens\":3}}",
       {20, 5, 8, -1}},
      {"{\"prompt_tokens\":20,\"completion_tokens\":5,\"prompt_tokens_details\":null}",
       {20, 5, -1, -1}},
      {"{\"prompt_tokens\":20}", {20, -1, -1, -1}},
      {"{\"input_tokens\":20,\"output_tokens\":5,\"cache_read_input_tokens\":100,"
       "\"cache_creation_input_tokens\":10,\"service_tier\":\"standard\"}",
       {130, 5, 100, 10}},
      {"{\"input_tokens\":20,\"output_tokens\":5,\"cache_read_input_tokens\":null}",
       {20, 5, -1, -1}},
      {"{\"output_tokens\":5}", {-1, 5, -1, -1}},
      {"{\"input_tokens\":20,\"output_tokens\":5,\"input_tokens_details\":"
       "{\"cached_tokens\":20},\"output_tokens_details\":{\"reasoning_tokens\":0}}",
       {20, 5, 20, -1}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct parsed p;
    char body[512];
    snprintf(body, sizeof body, "{" ID ",\"usage\":%s}", cases[i].usage);
    if (!parse(&p, body))
      fail_msg("%s: %s", cases[i].usage, p.problem.detail);
    assert_memory_equal(&p.feedback.usage, &cases[i].expected, sizeof cases[i].expected);
    arena_deinit(&p.arena);
  }
}

static void refusals_point_at_the_field(void **state) {
  (void)state;
  static const struct {
    const char *body, *pointer, *detail;
  } cases[] = {
      {"[]", "", "expected an object"},
      {"{}", "/id", "expected it"},
      {"{\"score\":1}", "/id", "expected it"},
      {"{" ID "}", "", "more than the id"},
      {"{\"id\":7,\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"d-0123456789abcdef-\",\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"d-0123456789abcdef-01\",\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"d-0123456789ABCDEF-1\",\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"d-0123456789abcde-12\",\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"d-0123456789abcdef-0123456789abcdef0\",\"score\":1}", "/id", "x-tierd-id"},
      {"{\"id\":\"\",\"score\":1}", "/id", "x-tierd-id"},
      {"{" ID ",\"score\":1.01}", "/score", "0 (useless) to 1"},
      {"{" ID ",\"score\":-0.01}", "/score", "0 (useless) to 1"},
      {"{" ID ",\"score\":\"1\"}", "/score", "0 (useless) to 1"},
      {"{" ID ",\"score\":null}", "/score", "0 (useless) to 1"},
      {"{" ID ",\"score\":1,\"score\":1}", "/score", "once"},
      {"{" ID ",\"label\":\"cheap\"}", "/label", "one of economy, frontier"},
      {"{" ID ",\"tier_label\":1}", "/tier_label", "one of economy, frontier"},
      {"{" ID ",\"label\":\"economy\",\"tier_label\":\"economy\"}", "/tier_label", "not both"},
      {"{" ID ",\"escalated\":1}", "/escalated", "true or false"},
      {"{" ID ",\"model\":\"\"}", "/model", "1 to 256 bytes"},
      {"{" ID ",\"cost_usd\":-1}", "/cost_usd", "at least 0"},
      {"{" ID ",\"cost_usd\":\"1\"}", "/cost_usd", "at least 0"},
      {"{" ID ",\"rating\":5}", "/rating", "unknown field \"rating\"; known are id, score"},
      {"{" ID ",\"a/b~\":5}", "/a~1b~0", "unknown field"},
      {"{" ID ",\"usage\":5}", "/usage", "an object"},
      {"{" ID ",\"usage\":{}}", "/usage", "prompt_tokens"},
      {"{" ID ",\"usage\":{\"total_tokens\":5}}", "/usage", "prompt_tokens"},
      {"{" ID ",\"usage\":{\"prompt_tokens\":1.5}}", "/usage/prompt_tokens", "whole number"},
      {"{" ID ",\"usage\":{\"prompt_tokens\":-1}}", "/usage/prompt_tokens", "whole number"},
      {"{" ID ",\"usage\":{\"output_tokens\":\"1\"}}", "/usage/output_tokens", "whole number"},
      {"{" ID ",\"usage\":{\"prompt_tokens\":1,\"input_tokens\":1}}", "/usage", "one vendor's"},
      {"{" ID ",\"usage\":{\"prompt_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":2}}}",
       "/usage/prompt_tokens_details/cached_tokens", "no more than prompt_tokens"},
      {"{" ID ",\"usage\":{\"prompt_tokens\":1,\"prompt_tokens_details\":3}}",
       "/usage/prompt_tokens_details", "an object"},
      {"{" ID ",\"usage\":{\"output_tokens\":1,\"cache_read_input_tokens\":2}}",
       "/usage/input_tokens", "beside the cache"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct parsed p;
    if (parse(&p, cases[i].body))
      fail_msg("taken: %s", cases[i].body);
    assert_int_equal(p.problem.type, PROBLEM_INVALID_FIELD);
    assert_string_equal(p.problem.pointer, cases[i].pointer);
    if (!strstr(p.problem.detail, cases[i].detail))
      fail_msg("%s: '%s' does not mention '%s'", cases[i].body, p.problem.detail, cases[i].detail);
    arena_deinit(&p.arena);
  }
}

static void bad_json_says_where(void **state) {
  (void)state;
  struct parsed p;
  assert_false(parse(&p, "{" ID ",\"score\":01}"));
  assert_int_equal(p.problem.type, PROBLEM_BAD_JSON);
  assert_non_null(strstr(p.problem.detail, "at byte"));
  arena_deinit(&p.arena);
}

static void printed_ids_are_valid(void **state) {
  (void)state;
  static const uint64_t numbers[] = {0, 1, 15, 16, UINT64_MAX};
  char id[DECISION_ID_MAX];
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    decision_id_print(numbers[i], numbers[i], id);
    assert_true(decision_id_valid(span_of(id)));
    assert_false(decision_id_valid(span_make(id, strlen(id) + 1)));
  }
}

int main(void) {
  json_in_setup();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_at_once),    cmocka_unit_test(what_is_not_said_is_unknown),
      cmocka_unit_test(usage_of_every_vendor), cmocka_unit_test(refusals_point_at_the_field),
      cmocka_unit_test(bad_json_says_where),   cmocka_unit_test(printed_ids_are_valid),
  };
  return cmocka_run_group_tests_name("feedback_parse", tests, NULL, NULL);
}
