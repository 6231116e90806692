/* test_second_choice.c - a model that is asked again must choose what it chose, and
 * features that are replayed must be scored as before. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/features/replay.h"
#include "daemon/config/catalog_load.h"
#include "daemon/router/second_choice.h"

struct fixture {
  struct catalog catalog;
  struct model *model;
  struct route_scratch *scratch;
  struct features *features;
  struct router router;
};

static int setup(void **state) {
  static struct fixture f;
  struct catalog_error catalog_error;
  struct model_error err;
  char why[256];
  if (!catalog_load(TIERD_SOURCE_DIR "/models/catalog.json", &f.catalog, &catalog_error) ||
      model_load(TIERD_SOURCE_DIR "/models/default.tier", &f.model, &err) != MODEL_OK)
    return -1;
  f.scratch = route_scratch_create();
  f.features = malloc(sizeof *f.features);
  f.router = (struct router){
      .catalog = &f.catalog, .model = f.model, .quality = 0.9, .max_risk = 1, .stale_days = 45};
  *state = &f;
  if (!f.scratch || !f.features || !router_check(&f.router, why, sizeof why))
    return -1;
  features_init(f.features);
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  route_scratch_destroy(f->scratch);
  free(f->features);
  model_destroy(f->model);
  catalog_unload(&f->catalog);
  return 0;
}

static const char *const prompts[] = {
    "Hello there",
    "What is the capital of Mongolia?",
    "Translate 'good morning' into Welsh, Irish and Breton, please.",
    "Prove that there are infinitely many primes congruent to 3 mod 4, by induction.",
    "Write a function in Rust that parses RFC 3339 dates without allocating, and test it.",
    "zxqv wvut qqqq jjjj kkkk xxxx zzzz",
    "",
    "List three colours.",
    "Derive the asymptotic complexity of depth-first search from each vertex, and prove it.",
};

enum { PROMPTS = sizeof prompts / sizeof prompts[0] };

static struct turn turn_of(const char *text) {
  return (struct turn){TURN_USER, true, span_of(text)};
}

static struct route_request request(const struct turn *turn) {
  return (struct route_request){.conversation = {.turns = turn, .turns_count = 1},
                                .quality = (double)NAN,
                                .max_risk = (double)NAN,
                                .max_cost = MONEY_UNKNOWN,
                                .now_s = INT64_C(20000) * 86400};
}

/* What the request asks for beside the prompt, by number. */
static void vary(struct route_request *r, size_t how) {
  static const double qualities[] = {0.5, 0.8, 0.95, 0.99, 1};
  r->quality = qualities[how % 5];
  if (how % 3 == 1)
    r->max_risk = 0.2;
  if (how % 4 == 1)
    r->min_tier = span_of("standard");
  if (how % 7 == 2)
    r->max_tier = span_of("standard");
  if (how % 11 == 3)
    r->budget.cut = 1;
  if (how % 11 == 4)
    r->budget.cut = 2;
  r->by_threshold = how % 13 == 5;
  r->strong_from = 0.05 + 0.1 * (double)(how % 9);
}

enum { VARIANTS = 5 * 3 * 4 * 7 * 11 };

static void the_same_model_chooses_the_same(void **state) {
  struct fixture *f = *state;
  size_t tiers[3] = {0};
  for (size_t i = 0; i < PROMPTS; i++)
    for (size_t how = 0; how < VARIANTS; how++) {
      const struct turn turn = turn_of(prompts[i]);
      struct route_request r = request(&turn);
      struct route_decision d;
      struct route_error err;
      struct second_view view;
      vary(&r, how);
      if (route_decide(&f->router, &r, f->scratch, &d, &err) != ROUTE_OK)
        continue; /* a range that is empty */
      second_view_init(&view, &f->router, &r, &d);
      assert_int_equal(second_choice(&view, f->model, &d.prediction), d.tier);
      tiers[d.tier]++;
    }
  /* Else the test would say little. */
  assert_true(tiers[0] > 100 && tiers[1] > 100 && tiers[2] > 100);
}

/* Chance and the cap on shares are not the model's doing: asked again, it chooses what it
 * would have chosen without them. */
static void what_others_bend_is_left_out(void **state) {
  struct fixture *f = *state;
  size_t explored = 0, capped = 0;
  for (size_t i = 0; i < PROMPTS; i++)
    for (size_t how = 0; how < 2; how++) {
      const struct turn turn = turn_of(prompts[i]);
      struct route_request r = request(&turn);
      struct route_decision plain, bent;
      struct route_error err;
      struct second_view view;
      assert_int_equal(route_decide(&f->router, &r, f->scratch, &plain, &err), ROUTE_OK);
      if (how == 0)
        r.explore = (struct explore_draw){.chance = 0.5, .at = 0};
      else
        r.share_cut = (struct share_cut){.on = true, .tier = 1, .bin = SHARE_BINS};
      assert_int_equal(route_decide(&f->router, &r, f->scratch, &bent, &err), ROUTE_OK);
      second_view_init(&view, &f->router, &r, &bent);
      assert_int_equal(second_choice(&view, f->model, &bent.prediction), plain.tier);
      explored += bent.explored;
      capped += bent.capped;
    }
  assert_true(explored > 0 && capped > 0);
}

static void a_cap_on_the_cost_is_kept(void **state) {
  struct fixture *f = *state;
  const struct turn turn = turn_of(prompts[3]);
  struct route_request r = request(&turn);
  struct route_decision d;
  struct route_error err;
  struct second_view view;
  r.quality = 1;
  r.max_cost = 1;
  assert_int_equal(route_decide(&f->router, &r, f->scratch, &d, &err), ROUTE_OK);
  assert_int_equal(d.tier, 0);
  second_view_init(&view, &f->router, &r, &d);
  assert_int_equal(second_choice(&view, f->model, &d.prediction), 0);
  /* With an amount that the lowest tier alone keeps to. */
  r.max_cost = d.alternatives[0].cost.expected;
  assert_int_equal(route_decide(&f->router, &r, f->scratch, &d, &err), ROUTE_OK);
  second_view_init(&view, &f->router, &r, &d);
  assert_int_equal(second_choice(&view, f->model, &d.prediction), d.tier);
}

static struct replay_source source_of(const struct features *features) {
  return (struct replay_source){features->x, features->scan.tokens, features->scan.tokens_count,
                                features->scan.tokens_seen};
}

static void extract(struct fixture *f, const char *text) {
  const struct turn turn = turn_of(text);
  const struct conversation conversation = {.turns = &turn, .turns_count = 1};
  features_extract(f->features, &conversation);
}

static void replayed_features_score_as_before(void **state) {
  struct fixture *f = *state;
  struct features *copy = malloc(sizeof *copy);
  features_init(copy);
  for (size_t i = 0; i < PROMPTS; i++) {
    struct prediction before, after;
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    extract(f, prompts[i]);
    const struct replay_source source = source_of(f->features);
    features_replay(copy, &source);
    model_predict(f->model, f->features, &before);
    model_predict(f->model, copy, &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(copy->ngrams.count, f->features->ngrams.count);
  }
  free(copy);
}

/* A long text, so that the share that goes can be told from chance. */
static void perturbing_drops_a_share_and_is_repeatable(void **state) {
  struct fixture *f = *state;
  enum { WORDS = 2000 };
  char *text = malloc(WORDS * 7 + 1);
  struct features *copy = malloc(sizeof *copy);
  for (int i = 0; i < WORDS; i++)
    snprintf(text + i * 7, 8, "w%c%c%c%c%c ", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676, 'q',
             'x');
  extract(f, text);
  const struct replay_source source = source_of(f->features);
  features_init(copy);
  features_replay_perturbed(copy, &source, 7);
  const size_t kept = copy->scan.tokens_count;
  assert_in_range(source.tokens_count, WORDS / 2, TEXT_TOKENS_MAX);
  assert_in_range(kept, source.tokens_count * 82 / 100, source.tokens_count * 88 / 100);
  for (size_t i = 0; i < FEATURES_COUNT; i++) {
    const float before = f->features->x[i];
    assert_true(fabsf(copy->x[i] - before) <= fabsf(before) * (REPLAY_JITTER + 1e-6f));
  }
  features_replay_perturbed(copy, &source, 8);
  features_replay_perturbed(copy, &source, 7);
  assert_int_equal(copy->scan.tokens_count, kept);
  free(copy);
  free(text);
}

static void perturbing_leaves_a_token(void **state) {
  struct fixture *f = *state;
  struct features *copy = malloc(sizeof *copy);
  features_init(copy);
  extract(f, "Hello");
  const struct replay_source source = source_of(f->features);
  for (uint64_t seed = 0; seed < 100; seed++) {
    features_replay_perturbed(copy, &source, seed);
    assert_int_equal(copy->scan.tokens_count, 1);
  }
  extract(f, "");
  const struct replay_source empty = source_of(f->features);
  features_replay_perturbed(copy, &empty, 1);
  assert_int_equal(copy->scan.tokens_count, 0);
  free(copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_model_chooses_the_same),
      cmocka_unit_test(a_cap_on_the_cost_is_kept),
      cmocka_unit_test(what_others_bend_is_left_out),
      cmocka_unit_test(replayed_features_score_as_before),
      cmocka_unit_test(perturbing_drops_a_share_and_is_repeatable),
      cmocka_unit_test(perturbing_leaves_a_token),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
