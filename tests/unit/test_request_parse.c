/* test_request_parse.c - request bodies to what the router asks for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/request_parse.h"

struct parsed {
  struct arena arena;
  struct config config;
  struct parsed_request request;
  struct problem problem;
  char text[2048]; /* what was parsed; spans point into the arena, not here */
};

/* Parses text, a string literal that stays as it is. */
static bool parse(struct parsed *p, const char *text) {
  arena_init(&p->arena, 1 << 20);
  config_init(&p->config);
  memcpy(p->text, text, strlen(text) + 1);
  p->problem = (struct problem){.type = PROBLEM_NONE};
  return request_parse(&p->arena, &p->config, p->text, strlen(text), &p->request, &p->problem);
}

static void release(struct parsed *p) {
  arena_deinit(&p->arena);
  config_deinit(&p->config);
}

/* The turns as "role+text|" with a dot for a further part of a message. */
static void assert_turns(const char *body, const char *expected) {
  static const char roles[] = "SUAT";
  struct parsed p;
  char text[512] = "";
  if (!parse(&p, body))
    fail_msg("%s: %s", body, p.problem.detail);
  const struct conversation *c = &p.request.route.conversation;
  for (size_t i = 0; i < c->turns_count; i++) {
    size_t at = strlen(text);
    snprintf(text + at, sizeof text - at, "%s%c%.*s|", c->turns[i].starts_message ? "" : ".",
             roles[c->turns[i].role], (int)c->turns[i].text.len, c->turns[i].text.ptr);
  }
  assert_string_equal(text, expected);
  release(&p);
}

static void forms_of_a_conversation(void **state) {
  (void)state;
  assert_turns("{\"prompt\":\"a\"}", "Ua|");
  assert_turns("{\"system\":\"s\",\"prompt\":\"a\"}", "Ss|Ua|");
  assert_turns(
      "{\"system\":[{\"type\":\"text\",\"text\":\"s\"},{\"type\":\"text\",\"text\":\"t\"}],"
      "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
      "Ss|.St|Ua|");
  assert_turns("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
               "{\"role\":\"developer\",\"content\":\"d\"},{\"role\":\"user\",\"content\":\"a\"},"
               "{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"tool\",\"content\":\"c\"},"
               "{\"role\":\"function\",\"content\":\"e\"}]}",
               "Ss|Sd|Ua|Ab|Tc|Te|");
  assert_turns("{\"messages\":[{\"role\":\"assistant\",\"content\":null},{\"role\":\"assistant\"},"
               "{\"role\":\"user\",\"content\":[]},{\"role\":\"user\",\"content\":\"\"}]}",
               "U|");
}

static void parts_of_a_message(void **state) {
  (void)state;
  assert_turns("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
               "{\"type\":\"image\"},{\"type\":\"input_text\",\"text\":\"b\"},\"c\"]}]}",
               "Ua|.Ub|.Uc|");
  /* A tool's result inside a user message is not what the user says. */
  assert_turns("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
               "\"content\":\"r\"},{\"type\":\"text\",\"text\":\"a\"}]}]}",
               "Tr|Ua|");
  assert_turns(
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
      "\"content\":[{\"type\":\"text\",\"text\":\"r\"},{\"type\":\"text\",\"text\":\"q\"}]}"
      ",{\"type\":\"tool_result\"}]}]}",
      "Tr|.Tq|");
}

/* Chat completions, then responses; what is no detail is as if there were none. */
static void details_of_images_are_told_apart(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p, "{\"messages\":[{\"role\":\"user\",\"content\":["
                        "{\"type\":\"image_url\",\"image_url\":{\"detail\":\"low\"}},"
                        "{\"type\":\"image_url\",\"image_url\":{\"detail\":\"high\"}},"
                        "{\"type\":\"image_url\",\"image_url\":{\"detail\":[1]}},"
                        "{\"type\":\"input_image\",\"image_url\":\"u\",\"detail\":\"low\"}]}]}"));
  assert_int_equal(p.request.route.conversation.images_count, 4);
  static const enum image_detail expected[] = {IMAGE_LOW, IMAGE_HIGH, IMAGE_AUTO, IMAGE_LOW};
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(p.request.route.conversation.images[i].detail, expected[i]);
  release(&p);
}

static void what_a_request_needs(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"},"
                        "{\"type\":\"image\"},{\"type\":\"document\"}]}],"
                        "\"tools\":[{\"name\":\"a\"},{}],"
                        "\"response_format\":{\"type\":\"json_schema\"}}"));
  const struct route_request *r = &p.request.route;
  assert_int_equal(r->conversation.images_count, 2);
  assert_int_equal(r->conversation.files_count, 1);
  assert_int_equal(r->conversation.tools_count, 2);
  assert_true(r->needs_vision && r->needs_files && r->needs_tools && r->needs_json_schema);
  assert_true(r->conversation.wants_json);
  release(&p);
  assert_true(
      parse(&p, "{\"prompt\":\"x\",\"tools\":[],\"response_format\":{\"type\":\"json_object\"}}"));
  assert_false(r->needs_vision || r->needs_files || r->needs_tools || r->needs_json_schema);
  assert_true(r->conversation.wants_json);
  release(&p);
}

static void defaults(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p, "{\"prompt\":\"x\"}"));
  const struct route_request *r = &p.request.route;
  assert_true(isnan(r->quality) && isnan(r->max_risk));
  assert_true(r->max_cost == MONEY_UNKNOWN);
  assert_int_equal(r->min_tier.len + r->max_tier.len + r->candidates_count + r->exclude_count, 0);
  assert_false(r->batch || r->explain);
  assert_int_equal(p.request.id.len, 0);
  release(&p);
}

static void options(void **state) {
  (void)state;
  struct parsed p;
  assert_true(parse(&p,
                    "{\"prompt\":\"x\",\"max_tokens\":9,\"max_completion_tokens\":7,\"routing\":{"
                    "\"profile\":\"eco\",\"quality\":0.5,\"max_risk\":0.25,\"min_tier\":\"a\","
                    "\"max_tier\":\"b\",\"candidates\":[\"m\",\"n\"],\"exclude\":[\"o\"],"
                    "\"max_cost_usd\":0.01,\"cached_prefix_tokens\":12,\"batch\":true,"
                    "\"explain\":true,\"dry_run\":true,\"session\":\"s\"}}"));
  const struct route_request *r = &p.request.route;
  assert_true(r->quality == 0.5 && r->max_risk == 0.25);
  assert_true(span_is(r->min_tier, "a") && span_is(r->max_tier, "b"));
  assert_true(span_is(r->candidates[0], "m") && span_is(r->candidates[1], "n"));
  assert_true(span_is(r->exclude[0], "o"));
  assert_int_equal(r->candidates_count * 10 + r->exclude_count, 21);
  assert_int_equal(r->max_cost, 10000000);
  assert_int_equal(r->cached_prefix_tokens, 12);
  assert_int_equal(r->max_output_tokens, 7); /* the smaller of the two */
  assert_true(r->batch && r->explain);
  release(&p);
  assert_true(parse(&p, "{\"prompt\":\"x\",\"routing\":{\"profile\":\"premium\"}}"));
  assert_true(p.request.route.quality == 0.99);
  release(&p);
}

/* What the body's "model" asks of a router, and that "routing" wins over it. */
static void model_names(void **state) {
  (void)state;
  static const struct {
    const char *body;
    double quality, strong_from; /* NaN: not given */
  } cases[] = {
      {"\"model\":\"auto\"", NAN, NAN},
      {"\"model\":\"auto:eco\"", 0.90, NAN},
      {"\"model\":\"auto:balanced\"", 0.95, NAN},
      {"\"model\":\"auto:premium\"", 0.99, NAN},
      {"\"model\":\"auto:eco\",\"routing\":{\"quality\":0.5}", 0.5, NAN},
      {"\"routing\":{\"profile\":\"premium\"},\"model\":\"auto:eco\"", 0.99, NAN},
      {"\"model\":\"router-svm-0.3\"", NAN, 0.3},
      {"\"model\":\"router-mf-0.11593\"", NAN, 0.11593},
      {"\"model\":\"router-causal_llm-1e-05\"", NAN, 1e-5},
      {"\"model\":\"router-sw_ranking-.5\"", NAN, 0.5},
      {"\"model\":\"router-bert-1\"", NAN, 1},
      {"\"model\":\"router-random-0\"", NAN, 0},
      {"\"model\":\"router-mf-0.3\",\"routing\":{\"quality\":0.5}", 0.5, NAN},
      {"\"model\":\"router-mf-0.3\",\"routing\":{\"max_risk\":0.5}", NAN, 0.3},
      {"\"model\":\"router-large-v2\"", NAN, NAN}, /* somebody's model */
      {"\"model\":\"openrouter/auto\"", NAN, NAN},
      {"\"model\":\"automatic\"", NAN, NAN},
      {"\"model\":\"\"", NAN, NAN},
      {"\"model\":null", NAN, NAN},
      {"\"model\":[\"auto:x\"]", NAN, NAN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct parsed p;
    char body[256];
    snprintf(body, sizeof body, "{\"prompt\":\"x\",%s}", cases[i].body);
    if (!parse(&p, body))
      fail_msg("%s: %s", body, p.problem.detail);
    const struct route_request *r = &p.request.route;
    const double strong_from = r->by_threshold ? r->strong_from : (double)NAN;
    if ((r->quality != cases[i].quality && !(isnan(r->quality) && isnan(cases[i].quality))) ||
        (strong_from != cases[i].strong_from &&
         !(isnan(strong_from) && isnan(cases[i].strong_from))))
      fail_msg("%s: quality %g, threshold %g", body, r->quality, strong_from);
    release(&p);
  }
}

static void wrong_model_names(void **state) {
  (void)state;
  static const char *const names[] = {
      "auto:",
      "auto:x",
      "auto:ECO",
      "auto:eco ",
      "router-mf-",
      "router-mf-high",
      "router-mf-1.01",
      "router-mf--0.1",
      "router-svm-0.3x",
      "router-svm-0x1",
      "router-svm- 1",
      "router-svm-nan",
      "router-svm-1e999",
      "router-svm-0.3-0.4",
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct parsed p;
    char body[256];
    snprintf(body, sizeof body, "{\"prompt\":\"x\",\"model\":\"%s\"}", names[i]);
    if (parse(&p, body) || p.problem.type != PROBLEM_INVALID_FIELD ||
        strcmp(p.problem.pointer, "/model") != 0)
      fail_msg("%s: type %d at \"%s\"", body, (int)p.problem.type, p.problem.pointer);
    release(&p);
  }
}

static void ids(void **state) {
  (void)state;
  static const struct {
    const char *body, *id;
  } cases[] = {
      {"{\"prompt\":\"x\",\"id\":\"a\\\"b\"}", "\"a\\\"b\""},
      {"{\"prompt\":\"x\",\"id\":7}", "7"},
      {"{\"prompt\":\"x\",\"id\":-9007199254740991}", "-9007199254740991"},
      {"{\"prompt\":\"x\",\"id\":1.5}", "1.5"},
      {"{\"prompt\":\"x\",\"id\":\"\"}", "\"\""},
      {"{\"prompt\":\"x\",\"id\":null}", ""},
      {"{\"prompt\":\"x\",\"id\":{}}", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct parsed p;
    assert_true(parse(&p, cases[i].body));
    assert_true(span_is(p.request.id, cases[i].id));
    release(&p);
  }
}

static void wrong_bodies(void **state) {
  (void)state;
  static const struct {
    const char *body;
    enum problem_type type;
    const char *pointer;
  } cases[] = {
      {"", PROBLEM_BAD_JSON, ""},
      {"{\"prompt\":", PROBLEM_BAD_JSON, ""},
      {"{\"prompt\":\"\xff\"}", PROBLEM_BAD_JSON, ""},
      {"[]", PROBLEM_INVALID_FIELD, ""},
      {"{}", PROBLEM_INVALID_FIELD, "/messages"},
      {"{\"PROMPT\":\"x\"}", PROBLEM_INVALID_FIELD, "/messages"},
      {"{\"prompt\":\"x\",\"prompt\":\"y\"}", PROBLEM_INVALID_FIELD, "/prompt"},
      {"{\"prompt\":\"x\",\"routing\":{},\"routing\":{}}", PROBLEM_INVALID_FIELD, "/routing"},
      {"{\"prompt\":\"x\",\"model\":\"a\",\"model\":\"auto:eco\"}", PROBLEM_INVALID_FIELD,
       "/model"},
      {"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"x\"}]}",
       PROBLEM_INVALID_FIELD, "/messages/1/role"},
      {"{\"prompt\":\"x\",\"max_tokens\":0}", PROBLEM_INVALID_FIELD, "/max_tokens"},
      {"{\"prompt\":\"x\",\"routing\":3}", PROBLEM_INVALID_FIELD, "/routing"},
      {"{\"prompt\":\"x\",\"routing\":{\"a/b~\":3}}", PROBLEM_INVALID_FIELD, "/routing/a~1b~0"},
      {"{\"prompt\":\"x\",\"routing\":{\"batch\":1}}", PROBLEM_INVALID_FIELD, "/routing/batch"},
      {"{\"prompt\":\"x\",\"routing\":{\"batch\":true,\"batch\":true}}", PROBLEM_INVALID_FIELD,
       "/routing/batch"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct parsed p;
    assert_false(parse(&p, cases[i].body));
    if (p.problem.type != cases[i].type || strcmp(p.problem.pointer, cases[i].pointer) != 0)
      fail_msg("%s: type %d at \"%s\": %s", cases[i].body, (int)p.problem.type, p.problem.pointer,
               p.problem.detail);
    assert_true(p.problem.detail[0] != '\0');
    release(&p);
  }
}

/* Room runs out at every place where some is asked for. */
static void memory_runs_out(void **state) {
  (void)state;
  static const char body[] =
      "{\"id\":\"i\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\","
      "\"content\":[{\"type\":\"text\",\"text\":\"y\"}]}],\"routing\":{\"quality\":0.5}}";
  bool parsed = false;
  size_t limit = 0;
  struct config config;
  config_init(&config);
  for (; !parsed; limit += 16) {
    struct arena arena;
    struct parsed_request request;
    struct problem problem = {.type = PROBLEM_NONE};
    char text[sizeof body];
    memcpy(text, body, sizeof body);
    arena_init(&arena, limit);
    parsed = request_parse(&arena, &config, text, sizeof body - 1, &request, &problem);
    assert_true(parsed || problem.type == PROBLEM_BODY_TOO_LARGE);
    arena_deinit(&arena);
  }
  assert_true(limit > 500);
  config_deinit(&config);
}

static int setup(void **state) {
  (void)state;
  json_in_setup();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_of_a_conversation),
      cmocka_unit_test(parts_of_a_message),
      cmocka_unit_test(details_of_images_are_told_apart),
      cmocka_unit_test(what_a_request_needs),
      cmocka_unit_test(defaults),
      cmocka_unit_test(options),
      cmocka_unit_test(model_names),
      cmocka_unit_test(wrong_model_names),
      cmocka_unit_test(ids),
      cmocka_unit_test(wrong_bodies),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests_name("request_parse", tests, setup, NULL);
}
