/* test_route_conversation.c - a conversation of ten turns through the whole decision, with
 * the shipped model and prices of cached tokens, its bill worked out by hand.
 *
 * Nothing here depends on what the model thinks of a text, for it is trained anew now and
 * then: what a turn needs is said by its quality, 0 or 1. Input tokens come from
 * the estimator, by texts whose count is certain; output is cut at max_tokens. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/route.h"
#include "daemon/router/session.h"

enum { CHEAP, MIDDLE, DEAR, MODELS };
enum { TURNS = 10, OUTPUT_TOKENS = 500, LIFETIME_S = 600, APART_S = 60 };

/* Three digits are a token of o200k, so that a run of them is as long as one likes. A
 * message takes 4 more, the reply's beginning 3, the question 6: the first turn has
 * 19,983 + 6 + 2 x 4 + 3 = 20,000 tokens, each later one 986 + 6 + 2 x 4 = 1,000 more. */
enum { DIGITS_A_TOKEN = 3, SYSTEM_TOKENS = 19983, ANSWER_TOKENS = 986 };

struct fixture {
  struct catalog_model models[MODELS];
  struct catalog catalog;
  struct token_correction corrections[MODELS];
  struct model *model;
  struct route_scratch *scratch;
  struct router router;
};

/* In nano-USD a token, which is thousandths of a USD for a million. */
static struct price_set price(int64_t input, int64_t read, int64_t output) {
  const int64_t unit = NANO_PER_USD / 1000;
  struct price_set set = price_set_unknown();
  set.input = input * unit;
  set.cache_read = read * unit;
  set.output = output * unit;
  return set;
}

static void fill(struct fixture *f) {
  static const char *const names[MODELS] = {"cheap", "middle", "dear"};
  static const char *const tiers[MODELS] = {"economy", "standard", "frontier"};
  const struct price_set prices[MODELS] = {price(2000, 200, 8000), price(4000, 400, 16000),
                                           price(5000, 500, 20000)};
  f->catalog = (struct catalog){
      .tiers_count = MODELS, .models = f->models, .models_count = MODELS, .version = "v"};
  for (uint32_t i = 0; i < MODELS; i++) {
    f->catalog.tiers[i] = (struct catalog_tier){tiers[i], i};
    f->models[i] = (struct catalog_model){.name = names[i],
                                          .provider = "acme",
                                          .tier = i,
                                          .tokenizer = TOKENS_O200K,
                                          .price = prices[i],
                                          .cache_mode = CACHE_AUTOMATIC,
                                          .cache_lifetime_s = LIFETIME_S,
                                          .price_as_of = "1970-04-11",
                                          .price_as_of_days = 100};
    /* Answers are known to run into max_tokens, so that their length is not guessed. */
    f->corrections[i] = (struct token_correction){1, 1e6F, 0};
  }
}

static int setup(void **state) {
  static struct fixture f;
  struct model_error err;
  char why[256];
  f = (struct fixture){0};
  fill(&f);
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

/* The conversation up to a question: system prompt, question, answer, question... */
static struct conversation conversation_of(uint64_t number) {
  static char digits[SYSTEM_TOKENS * DIGITS_A_TOKEN];
  static struct turn turns[2 * TURNS];
  const struct span question = span_of("Why is the sky blue?");
  memset(digits, '7', sizeof digits);
  for (size_t i = 0; i < 2 * TURNS; i++)
    turns[i] = i % 2 == 1 ? (struct turn){TURN_USER, true, question}
                          : (struct turn){TURN_ASSISTANT, true,
                                          span_make(digits, ANSWER_TOKENS * DIGITS_A_TOKEN)};
  turns[0] = (struct turn){TURN_SYSTEM, true, span_make(digits, sizeof digits)};
  return (struct conversation){.turns = turns, .turns_count = 2 * (size_t)number};
}

/* ---- the bill by hand
 *
 * Turn k has 19,000 + 1,000 k tokens of input, all but 1,000 of which the turn before had
 * too, and 500 of output. Turns 2 and 4 need the dear model, the others are well served by the
 * cheap one: C D C D C C C C C C. Nano-USD a token: cheap 2,000, read 200, out 8,000; dear 5,000,
 * 500 and 20,000. In thousands of nano-USD, with i thousand tokens in:
 *
 *            nothing cached     all but 1,000 cached            of it output
 *   cheap    2,000 i + 4,000    200 (i - 1) + 2,000 + 4,000     500 x 8 = 4,000
 *   dear     5,000 i + 10,000   500 (i - 1) + 5,000 + 10,000    500 x 20 = 10,000
 *
 * Pinned to the dear model: at 20 nothing is cached, 110,000; then for i = 21 to 29
 *   500 (20 + ... + 28) + 9 x 15,000 = 500 x 216 + 135,000 = 243,000.   Sum: 353,000
 *
 * Each turn by itself: the model changes at each of the first five, so nothing is cached:
 *   44,000 + 115,000 + 48,000 + 125,000 + 52,000 = 384,000; then for i = 25 to 29
 *   200 (24 + ... + 28) + 5 x 6,000 = 200 x 130 + 30,000 = 56,000.      Sum: 440,000
 *
 * tierd: turn 1 cheap, 44,000. Turn 2 goes up, 115,000. At turn 3 two calls are made and
 * one more is expected after it:
 *   stay 2 x (500 x 21 + 15,000) = 51,000
 *   move 48,000 + (200 x 21 + 6,000) = 58,200: stays, 25,500
 * Turn 4 needs the dear model, whose cache is warm: 500 x 22 + 15,000 = 26,000. At turn 5
 * four calls are made and two more expected:
 *   stay 3 x (500 x 23 + 15,000) = 79,500
 *   move 52,000 + 2 x (200 x 23 + 6,000) = 73,200: moves, 52,000
 * Turns 6 to 10 as above, 56,000.                                       Sum: 318,500 */
static const char needs[] = "CDCDCCCCCC";

enum policy { PINNED, PER_TURN, TIERD };

/* One turn: which tiers the policy may take, and what is asked of them. */
static struct route_request request_of(struct fixture *f, enum policy policy, uint64_t number,
                                       const struct session_state *last) {
  const bool hard = needs[number - 1] == 'D';
  struct route_request r = {.conversation = conversation_of(number),
                            .quality = hard ? 1 : 0,
                            .max_risk = (double)NAN,
                            .max_cost = MONEY_UNKNOWN,
                            .max_output_tokens = OUTPUT_TOKENS,
                            .session = span_of("ten turns"),
                            .sessions = true,
                            .last_call = last,
                            .corrections = f->corrections,
                            .now_s = INT64_C(120) * 86400 + APART_S * (int64_t)number};
  if (policy == PINNED || (policy == PER_TURN && hard))
    r.min_tier = span_of("frontier");
  if (policy == PER_TURN && !hard)
    r.max_tier = span_of("economy");
  return r;
}

static bool stays(const struct route_decision *d, const char *text) {
  for (size_t i = 0; i < d->reasons_count; i++)
    if (strcmp(d->reasons[i].code, "stays") == 0)
      return strcmp(d->reasons[i].text, text) == 0;
  return false;
}

/* The turn's cost, in the end; *state is what it leaves behind. */
static int64_t take_turn(struct fixture *f, enum policy policy, uint64_t number,
                         struct session_state *state, char want) {
  struct route_decision d;
  struct route_error err;
  const struct route_request r = request_of(f, policy, number, number > 1 ? state : NULL);
  if (route_decide(&f->router, &r, f->scratch, &d, &err) != ROUTE_OK)
    fail_msg("turn %d: %s: %s", (int)number, err.field, err.text);
  assert_int_equal(d.input_tokens, 19000 + 1000 * number);
  if (d.model != (want == 'D' ? DEAR : CHEAP))
    fail_msg("policy %d takes %s at turn %d", (int)policy, f->models[d.model].name, (int)number);
  /* What the cache saves: 21,000 tokens at 5,000 less 500, to two digits. */
  if (policy == TIERD && number == 3)
    assert_true(stays(&d, "stays: the cached prefix is worth $0.095"));
  session_remember(state, &r, &f->catalog, &d);
  return d.alternatives[d.tier].cost.expected;
}

static void ten_turns_under_three_policies(void **state) {
  struct fixture *f = *state;
  static const struct {
    enum policy policy;
    const char *takes;
    int64_t total;
  } cases[] = {{PINNED, "DDDDDDDDDD", 353000000},
               {PER_TURN, "CDCDCCCCCC", 440000000},
               {TIERD, "CDDDCCCCCC", 318500000}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct session_state last;
    int64_t total = 0;
    for (uint64_t number = 1; number <= TURNS; number++)
      total += take_turn(f, cases[i].policy, number, &last, cases[i].takes[number - 1]);
    if (total != cases[i].total)
      fail_msg("policy %zu costs %lld, by hand %lld", i, (long long)total,
               (long long)cases[i].total);
    /* Equal quality: no turn gets less than it needs. */
    for (size_t k = 0; k < TURNS; k++)
      assert_true(cases[i].takes[k] >= needs[k]);
    assert_true(total >= cases[2].total); /* tierd's is the cheapest */
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ten_turns_under_three_policies),
  };
  return cmocka_run_group_tests_name("route_conversation", tests, setup, teardown);
}
