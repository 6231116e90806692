/* test_route.c - the policy, with a hand-made catalogue and the shipped model. What
 * the model thinks of a prompt is not asserted, for it is trained anew now and then:
 * each case here holds whatever the probabilities are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/route.h"

enum { ECONOMY, STANDARD, FRONTIER };
enum { BLIND, SEER, MIDDLE, BIG, MODELS };

struct fixture {
  struct catalog_model models[MODELS];
  struct catalog catalog;
  struct model *model;
  struct route_scratch *scratch;
  struct router router;
};

static struct price_set price(int64_t usd) {
  return (struct price_set){.input = usd * NANO_PER_USD,
                            .output = 4 * usd * NANO_PER_USD,
                            .cache_read = MONEY_UNKNOWN,
                            .batch_input = MONEY_UNKNOWN,
                            .batch_output = MONEY_UNKNOWN};
}

static void fill_models(struct catalog_model *models) {
  const struct catalog_model all[MODELS] = {
      [BLIND] = {.name = "blind",
                 .tier = ECONOMY,
                 .price = price(1),
                 .context_window = 4000,
                 .capabilities_known = CAPABILITY_VISION | CAPABILITY_TOOLS},
      [SEER] = {.name = "seer",
                .tier = ECONOMY,
                .price = price(2),
                .capabilities = CAPABILITY_VISION,
                .capabilities_known = CAPABILITY_VISION},
      [MIDDLE] = {.name = "middle", .tier = STANDARD, .price = price(5)},
      [BIG] = {.name = "big", .tier = FRONTIER, .price = price(20)},
  };
  for (size_t i = 0; i < MODELS; i++) {
    models[i] = all[i];
    models[i].provider = "acme";
    models[i].price_as_of = "1970-04-11";
    models[i].price_as_of_days = 100;
  }
}

static int setup(void **state) {
  static struct fixture f;
  struct model_error err;
  char why[256];
  f = (struct fixture){
      .catalog = {.tiers_count = 3, .models_count = MODELS, .version = "v", .safe_tier = FRONTIER}};
  fill_models(f.models);
  f.catalog.models = f.models;
  f.catalog.tiers[ECONOMY] = (struct catalog_tier){"economy", BLIND};
  f.catalog.tiers[STANDARD] = (struct catalog_tier){"standard", MIDDLE};
  f.catalog.tiers[FRONTIER] = (struct catalog_tier){"frontier", BIG};
  if (model_load(TIERD_SOURCE_DIR "/models/default.tier", &f.model, &err) != MODEL_OK) {
    print_error("%s\n", err.text);
    return -1;
  }
  f.scratch = route_scratch_create();
  f.router = (struct router){
      .catalog = &f.catalog, .model = f.model, .quality = 0.95, .max_risk = 1, .stale_days = 45};
  *state = &f;
  return f.scratch && router_check(&f.router, why, sizeof why) ? 0 : -1;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  route_scratch_destroy(f->scratch);
  model_destroy(f->model);
  return 0;
}

static const struct turn question[] = {
    {TURN_USER, true, {"Prove that there are infinitely many primes.", 44}}};

static struct route_request request(void) {
  return (struct route_request){.conversation = {.turns = question, .turns_count = 1},
                                .quality = (double)NAN,
                                .max_risk = (double)NAN,
                                .max_cost = MONEY_UNKNOWN,
                                .now_s = INT64_C(120) * 86400};
}

static struct route_decision decide(struct fixture *f, const struct route_request *r) {
  struct route_decision d;
  struct route_error err;
  if (route_decide(&f->router, r, f->scratch, &d, &err) != ROUTE_OK)
    fail_msg("%s: %s", err.field, err.text);
  return d;
}

static bool has_reason(const struct route_decision *d, const char *code) {
  for (size_t i = 0; i < d->reasons_count; i++)
    if (strcmp(d->reasons[i].code, code) == 0)
      return true;
  return false;
}

static void policy(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *min, *max, *candidate, *exclude;
    double risk;
    uint32_t model;
    const char *reason;
  } cases[] = {
      {"", "", "", "", 0, BIG, "max_risk"}, /* only the top tier is sure */
      {"", "", "", "", 1, BIG, "worth_it"}, /* it is a proof */
      {"frontier", "", "", "", 1, BIG, "best_allowed"},
      {"", "economy", "", "", 0, BLIND, "best_allowed"},
      {"standard", "standard", "", "", 0, MIDDLE, "best_allowed"},
      {"", "standard", "", "", 0, MIDDLE, "max_risk"},
      {"", "economy", "", "blind", 0, SEER, "best_allowed"},
      {"", "", "seer", "", 0, SEER, "best_allowed"},
      {"", "", "middle", "", 0, MIDDLE, "best_allowed"},
      {"", "", "big", "", 1, BIG, "best_allowed"},
      {"", "", "", "big", 0, MIDDLE, "max_risk"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct route_request r = request();
    r.min_tier = span_of(cases[i].min);
    r.max_tier = span_of(cases[i].max);
    r.max_risk = cases[i].risk;
    r.candidates[0] = span_of(cases[i].candidate);
    r.candidates_count = cases[i].candidate[0] != '\0';
    r.exclude[0] = span_of(cases[i].exclude);
    r.exclude_count = cases[i].exclude[0] != '\0';
    struct route_decision d = decide(f, &r);
    if (d.model != cases[i].model || !has_reason(&d, cases[i].reason))
      fail_msg("case %zu: %s, %s", i, f->models[d.model].name, d.reasons[0].text);
    assert_int_equal(d.tier, f->models[d.model].tier);
  }
}

static void errors(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *min, *max, *candidate, *exclude;
    enum route_status status;
    const char *field;
  } cases[] = {
      {"luxury", "", "", "", ROUTE_UNKNOWN_TIER, "routing/min_tier"},
      {"", "Economy", "", "", ROUTE_UNKNOWN_TIER, "routing/max_tier"},
      {"frontier", "economy", "", "", ROUTE_EMPTY_RANGE, "routing/min_tier"},
      {"", "", "nobody", "", ROUTE_UNKNOWN_MODEL, "routing/candidates"},
      {"", "", "", "nobody", ROUTE_UNKNOWN_MODEL, "routing/exclude"},
      {"", "", "big", "big", ROUTE_NO_MODEL_FITS, "routing"},
      {"", "standard", "big", "", ROUTE_NO_MODEL_FITS, "routing"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct route_request r = request();
    struct route_decision d;
    struct route_error err;
    r.min_tier = span_of(cases[i].min);
    r.max_tier = span_of(cases[i].max);
    r.candidates[0] = span_of(cases[i].candidate);
    r.candidates_count = cases[i].candidate[0] != '\0';
    r.exclude[0] = span_of(cases[i].exclude);
    r.exclude_count = cases[i].exclude[0] != '\0';
    assert_int_equal(route_decide(&f->router, &r, f->scratch, &d, &err), cases[i].status);
    assert_string_equal(err.field, cases[i].field);
    assert_true(err.text[0] != '\0');
  }
}

static void probabilities_and_alternatives(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  struct route_decision d = decide(f, &r);
  for (int tier = 0; tier < 3; tier++) {
    assert_true(d.alternatives[tier].probability == d.prediction.good[tier]);
    assert_true(tier == 0 || d.prediction.good[tier] >= d.prediction.good[tier - 1]);
    assert_true(d.alternatives[tier].cost.low <= d.alternatives[tier].cost.expected);
    assert_true(d.alternatives[tier].cost.expected <= d.alternatives[tier].cost.high);
  }
  assert_true(d.prediction.good[2] == 1.0F);
  assert_int_equal(d.baseline_model, BIG);
  assert_int_equal(d.baseline.expected, d.alternatives[FRONTIER].cost.expected);
}

static void quality_moves_the_tier_one_way(void **state) {
  struct fixture *f = *state;
  double before = 2;
  uint32_t tier = 0;
  for (int step = 0; step <= 100; step++) {
    struct route_request r = request();
    r.quality = step / 100.0;
    struct route_decision d = decide(f, &r);
    assert_true(d.lambda <= before && d.lambda >= 0);
    assert_true(d.tier >= tier);
    before = d.lambda;
    tier = d.tier;
  }
  assert_int_equal(tier, FRONTIER);
}

/* The bound on the risk is what the model's table says of the tier's probability. */
static void risk_bounds_the_tier(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  r.quality = 0; /* as cheap as may be */
  struct route_decision d = decide(f, &r);
  assert_int_equal(d.tier, ECONOMY);
  double risk = model_risk(f->model, ECONOMY, d.alternatives[ECONOMY].probability);
  assert_true(risk > 0.01 && risk < 1);
  r.max_risk = risk;
  assert_int_equal(decide(f, &r).tier, ECONOMY);
  r.max_risk = risk - 1e-6;
  d = decide(f, &r);
  assert_true(d.tier > ECONOMY);
  assert_true(model_risk(f->model, d.tier, d.alternatives[d.tier].probability) <= r.max_risk);
}

/* RouteLLM's rule, at and beside the chance of each tier, whatever anything costs. */
static void a_threshold_takes_the_cheapest_tier_below_it(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  r.by_threshold = true;
  r.strong_from = 0; /* the strong one for everything */
  struct route_decision d = decide(f, &r);
  assert_int_equal(d.tier, FRONTIER);
  assert_true(d.by_threshold && has_reason(&d, "worth_it"));
  const double fails[] = {1 - (double)d.alternatives[ECONOMY].probability,
                          1 - (double)d.alternatives[STANDARD].probability};
  assert_true(fails[0] > fails[1] && fails[1] > 0);
  const struct {
    double strong_from;
    uint32_t tier;
  } cases[] = {{1, ECONOMY},         {fails[0] + 1e-6, ECONOMY},
               {fails[0], STANDARD}, {fails[1] + 1e-6, STANDARD},
               {fails[1], FRONTIER}, {fails[1] / 2, FRONTIER}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    r.strong_from = cases[i].strong_from;
    d = decide(f, &r);
    assert_int_equal(d.tier, cases[i].tier);
    assert_true(d.threshold == (d.tier == FRONTIER ? 0 : 1 - r.strong_from));
    assert_true(has_reason(&d, d.tier == FRONTIER ? "worth_it" : "good_enough"));
  }
  /* Bounds hold all the same. */
  r.strong_from = 1;
  r.min_tier = span_of("standard");
  assert_int_equal(decide(f, &r).tier, STANDARD);
  r.strong_from = 0;
  r.max_tier = span_of("standard");
  assert_int_equal(decide(f, &r).tier, STANDARD);
  r = request();
  r.by_threshold = true;
  r.strong_from = 1;
  r.max_risk = 0;
  assert_int_equal(decide(f, &r).tier, FRONTIER);
}

/* A tier that costs nearly as much as the top is not worth it, one that costs nothing
 * more than the cheapest is. */
static void prices_move_the_tier(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  const int64_t input = f->models[MIDDLE].price.input, output = f->models[MIDDLE].price.output;
  uint32_t dear, cheap;
  r.quality = 0.9;
  f->models[MIDDLE].price.input = f->models[BIG].price.input;
  f->models[MIDDLE].price.output = f->models[BIG].price.output;
  dear = decide(f, &r).tier;
  f->models[MIDDLE].price.input = f->models[BLIND].price.input;
  f->models[MIDDLE].price.output = f->models[BLIND].price.output;
  cheap = decide(f, &r).tier;
  f->models[MIDDLE].price.output = MONEY_UNKNOWN; /* no price, never the cheaper one */
  assert_true(decide(f, &r).tier != STANDARD);
  f->models[MIDDLE].price.input = input;
  f->models[MIDDLE].price.output = output;
  assert_true(dear != STANDARD);
  assert_true(cheap != ECONOMY);
}

/* A price that makes the choice between the middle and the top tier a close one: the value
 * of both is the same there. */
static void make_close(struct fixture *f, struct route_request *r) {
  r->quality = 0.9;
  r->explore = (struct explore_draw){.chance = 0.25, .at = 0};
  for (int64_t milli = 100; milli < 20000; milli += 50) {
    f->models[MIDDLE].price.input = milli * (NANO_PER_USD / 1000);
    f->models[MIDDLE].price.output = 4 * milli * (NANO_PER_USD / 1000);
    if (decide(f, r).other_tier >= 0)
      return;
  }
  fail_msg("at no price is the choice close");
}

/* Below the chance the other tier is taken, from it on the policy's; either says how likely
 * it was and what the other would have been. */
static void close_choices_explore(void **state) {
  struct fixture *f = *state;
  const struct price_set kept_price = f->models[MIDDLE].price;
  struct route_request r = request();
  make_close(f, &r);
  r.explore.at = 0.25;
  const struct route_decision policy = decide(f, &r);
  r.explore.at = 0.2499;
  const struct route_decision other = decide(f, &r);
  assert_false(policy.explored || has_reason(&policy, "explored"));
  assert_true(other.explored && has_reason(&other, "explored"));
  assert_int_equal(other.tier, policy.other_tier);
  assert_int_equal(other.other_tier, policy.tier);
  assert_int_equal(f->models[other.model].tier, other.tier);
  assert_float_equal(policy.propensity, 0.75, 0);
  assert_float_equal(other.propensity, 0.25, 0);
  f->models[MIDDLE].price = kept_price;
}

/* What names a bound, a conversation or a dry run is left to the policy. */
static void bounds_do_not_explore(void **state) {
  struct fixture *f = *state;
  const struct price_set kept_price = f->models[MIDDLE].price;
  const struct session_state *call = (const struct session_state *)f; /* never looked at */
  struct route_request close = request();
  make_close(f, &close);
  for (int bound = 0; bound < 8; bound++) {
    struct route_request r = close;
    if (bound == 0)
      r.min_tier = span_of("economy");
    if (bound == 1)
      r.max_tier = span_of("frontier");
    if (bound == 2)
      r.max_risk = 1;
    if (bound == 3)
      r.max_cost = MONEY_MAX;
    if (bound == 4)
      r.budget.cut = 1;
    if (bound == 5)
      r.dry_run = true;
    if (bound == 6)
      r.cached_prefix_given = true;
    if (bound == 7)
      r.last_call = call;
    const struct route_decision d = decide(f, &r);
    if (d.explored || d.other_tier >= 0 || d.propensity < 1)
      fail_msg("bound %d", bound);
  }
  f->models[MIDDLE].price = kept_price;
}

/* Down only as far as the settings' bound on the risk goes. */
static void exploring_keeps_to_the_risk(void **state) {
  struct fixture *f = *state;
  const struct price_set kept_price = f->models[MIDDLE].price;
  struct route_request r = request();
  make_close(f, &r);
  const struct route_decision d = decide(f, &r);
  const uint32_t lower = d.tier < (uint32_t)d.other_tier ? d.tier : (uint32_t)d.other_tier;
  f->router.max_risk = model_risk(f->model, lower, d.alternatives[lower].probability) - 1e-6;
  assert_true(decide(f, &r).tier > lower);
  f->router.max_risk = 1;
  f->models[MIDDLE].price = kept_price;
}

static void nothing_to_score_goes_to_the_safe_tier(void **state) {
  struct fixture *f = *state;
  static const char *const limits[] = {"", "standard", "economy"};
  for (uint32_t safe = 0; safe < 3; safe++)
    for (uint32_t i = 0; i < 3; i++) {
      struct route_request r = request();
      r.conversation = (struct conversation){0};
      r.max_tier = span_of(limits[i]);
      f->catalog.safe_tier = safe;
      struct route_decision d = decide(f, &r);
      uint32_t top = FRONTIER - i;
      assert_true(d.abstained && has_reason(&d, "abstained"));
      assert_int_equal(d.tier, safe < top ? safe : top);
    }
}

/* Nothing is looked at but what the request itself bounds, and nothing is made up. */
static void late_goes_to_the_safe_tier_unscored(void **state) {
  struct fixture *f = *state;
  for (uint32_t safe = 0; safe < 3; safe++) {
    struct route_request r = request();
    f->catalog.safe_tier = safe;
    r.late = true;
    r.explain = true;
    struct route_decision d = decide(f, &r);
    assert_true(d.degraded && d.abstained && has_reason(&d, "degraded"));
    assert_false(has_reason(&d, "abstained"));
    assert_int_equal(d.tier, safe);
    assert_int_equal(d.model, f->catalog.tiers[safe].default_model);
    assert_false(d.explained);
    const struct cost *cost = &d.alternatives[d.tier].cost;
    assert_true(!money_known(cost->expected) && !money_known(cost->low) && cost->unknown_reason);
    assert_int_equal(d.stop_after_tokens, 0);
    r.max_tier = span_of("economy");
    assert_int_equal(decide(f, &r).tier, 0);
    r.late = false;
    d = decide(f, &r);
    assert_true(!d.degraded && money_known(d.alternatives[d.tier].cost.expected));
  }
}

static void passed_over(void **state) {
  struct fixture *f = *state;
  for (int need = 0; need < 3; need++) {
    struct route_request r = request();
    r.max_tier = span_of("economy");
    r.needs_vision = need == 0;
    r.needs_tools = need == 1; /* of seer it is not known whether it can: then it may */
    r.max_output_tokens = need == 2 ? 4000 : 0;
    struct route_decision d = decide(f, &r);
    assert_int_equal(d.model, SEER);
    assert_string_equal(d.reasons[0].code, "passed_over");
    assert_non_null(strstr(d.reasons[0].text, "blind"));
  }
}

static void cheapest_that_fits_takes_the_default_ones_place(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  r.max_tier = span_of("economy");
  f->catalog.tiers[ECONOMY].default_model = SEER;
  assert_int_equal(decide(f, &r).model, SEER); /* the default, though dearer */
  r.exclude[0] = span_of("seer");
  r.exclude_count = 1;
  assert_int_equal(decide(f, &r).model, BLIND);
  f->catalog.tiers[ECONOMY].default_model = BLIND;
}

static void cost_cap(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  r.max_risk = 0;
  struct route_decision free_choice = decide(f, &r);
  assert_int_equal(free_choice.tier, FRONTIER);
  for (int tier = 2; tier >= 0; tier--) {
    r.max_cost = free_choice.alternatives[tier].cost.expected; /* exactly is enough */
    struct route_decision d = decide(f, &r);
    assert_int_equal(d.tier, tier);
    assert_int_equal(has_reason(&d, "cost_cap"), tier != FRONTIER);
    assert_false(has_reason(&d, "cost_cap_missed"));
  }
  r.max_cost = free_choice.alternatives[ECONOMY].cost.expected - 1;
  struct route_decision d = decide(f, &r);
  assert_int_equal(d.tier, ECONOMY);
  assert_true(has_reason(&d, "cost_cap_missed"));
}

static void unknown_price_is_above_any_cap(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  f->models[MIDDLE].price.output = MONEY_UNKNOWN;
  r.max_risk = 0;
  r.max_tier = span_of("standard");
  assert_int_equal(decide(f, &r).tier, STANDARD);
  r.max_cost = MONEY_MAX;
  assert_int_equal(decide(f, &r).tier, ECONOMY);
  r.min_tier = span_of("standard");
  struct route_decision d = decide(f, &r);
  assert_int_equal(d.tier, STANDARD);
  assert_true(has_reason(&d, "cost_cap_missed"));
}

/* The request's time reaches the prices: BIG costs twice as much from noon on. */
static void cost_follows_the_time(void **state) {
  struct fixture *f = *state;
  const struct price_window noon = {
      .weekdays = 0x7F, .start_minute = 12 * 60, .end_minute = 13 * 60, .multiplier_ppm = 2000000};
  f->models[BIG].windows = &noon;
  f->models[BIG].windows_count = 1;
  struct route_request r = request();
  r.now_s += 12 * 3600 - 1;
  const struct route_decision before = decide(f, &r);
  r.now_s++;
  const struct route_decision after = decide(f, &r);
  assert_int_equal(after.baseline.expected, 2 * before.baseline.expected);
  assert_int_equal(after.alternatives[FRONTIER].cost.expected, after.baseline.expected);
  assert_int_equal(after.alternatives[STANDARD].cost.expected,
                   before.alternatives[STANDARD].cost.expected);
}

static void age_of_prices(void **state) {
  struct fixture *f = *state;
  struct route_request r = request();
  r.now_s = INT64_C(145) * 86400;
  assert_false(decide(f, &r).price_stale);
  r.now_s = INT64_C(146) * 86400;
  assert_true(decide(f, &r).price_stale);
  assert_false(router_price_stale(&f->router, &f->models[BIG], 0)); /* from the future */
  f->models[BIG].price_as_of_days = -1;
  assert_true(router_price_stale(&f->router, &f->models[BIG], 0));
}

static void explanation(void **state) {
  struct fixture *f = *state;
  static const char *const tiers[] = {"economy", "standard", "frontier"};
  for (size_t i = 0; i < 3; i++) {
    struct route_request r = request();
    r.min_tier = r.max_tier = span_of(tiers[i]);
    r.explain = true;
    struct route_decision d = decide(f, &r);
    assert_true(d.reasons_count >= 4 && d.reasons_count <= ROUTE_REASONS_MAX);
    assert_true(has_reason(&d, "rest"));
    /* The weights sum to how far the margin is from the one that was needed. */
    double sum = 0;
    for (size_t k = 0; k < d.reasons_count; k++)
      sum += (double)d.reasons[k].weight;
    assert_true(fabs(sum - (double)(d.margin - d.margin_needed)) < 1e-5);
    assert_float_equal(d.margin, d.prediction.margin[d.explained_tier], 0);
    assert_int_equal(d.explained_tier, i < 2 ? i : 1);
    assert_true(route_scratch_features(f->scratch) != NULL);
  }
}

static void tiers_must_be_the_models(void **state) {
  struct fixture *f = *state;
  char why[256] = "";
  struct router other = f->router;
  f->router.quality = 0.5;
  assert_true(router_check(&f->router, why, sizeof why));
  assert_string_not_equal(f->router.policy_version, other.policy_version);
  f->catalog.tiers_count = 2;
  assert_false(router_check(&f->router, why, sizeof why));
  f->catalog.tiers_count = 3;
  f->catalog.tiers[STANDARD].name = "middling";
  assert_false(router_check(&f->router, why, sizeof why));
  assert_non_null(strstr(why, "order"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(policy),
      TEST(errors),
      TEST(probabilities_and_alternatives),
      TEST(quality_moves_the_tier_one_way),
      TEST(a_threshold_takes_the_cheapest_tier_below_it),
      TEST(risk_bounds_the_tier),
      TEST(prices_move_the_tier),
      TEST(close_choices_explore),
      TEST(bounds_do_not_explore),
      TEST(exploring_keeps_to_the_risk),
      TEST(nothing_to_score_goes_to_the_safe_tier),
      TEST(passed_over),
      TEST(cheapest_that_fits_takes_the_default_ones_place),
      TEST(cost_cap),
      TEST(unknown_price_is_above_any_cap),
      TEST(cost_follows_the_time),
      TEST(age_of_prices),
      TEST(late_goes_to_the_safe_tier_unscored),
      TEST(explanation),
      TEST(tiers_must_be_the_models),
  };
  return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
