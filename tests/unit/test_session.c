/* test_session.c - what conversations leave in caches, what it is worth, and the table.
 *
 * Prices are round, so that every amount asserted here can be followed by hand. Times
 * are given: nothing waits. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ops/sessions.h"

enum { CHEAP, DEAR, MARKED, OTHER, MODELS };
enum { NOON = 1000000, LIFETIME = 600 };

/* In tenths of a USD for a million tokens, which is 100 nano-USD a token. */
static struct price_set price(int64_t input, int64_t read, int64_t output) {
  const int64_t unit = NANO_PER_USD / 10;
  return (struct price_set){.input = input * unit,
                            .output = output * unit,
                            .cache_read = read * unit,
                            .batch_input = MONEY_UNKNOWN,
                            .batch_output = MONEY_UNKNOWN,
                            .batch_cache_read = MONEY_UNKNOWN};
}

/* In nano-USD a token: cheap 2,000, read 200, out 8,000; dear 5,000, 500, 20,000. */
static void fill(struct catalog_model *models) {
  const struct catalog_model all[MODELS] = {
      [CHEAP] = {.name = "cheap",
                 .tier = 0,
                 .cache_mode = CACHE_AUTOMATIC,
                 .price = price(20, 2, 80)},
      [DEAR] = {.name = "dear",
                .tier = 1,
                .cache_mode = CACHE_AUTOMATIC,
                .price = price(50, 5, 200)},
      [MARKED] = {.name = "marked",
                  .tier = 1,
                  .cache_mode = CACHE_EXPLICIT,
                  .price = price(50, 5, 200)},
      [OTHER] = {.name = "other", .tier = 1, .cache_mode = CACHE_NONE, .price = price(50, 5, 200)},
  };
  for (size_t i = 0; i < MODELS; i++) {
    models[i] = all[i];
    models[i].cache_lifetime_s = LIFETIME;
  }
  models[MARKED].price.cache_writes_count = 2;
  models[MARKED].price.cache_writes[0] = (struct cache_write_price){300, 6250000000, MONEY_UNKNOWN};
  models[MARKED].price.cache_writes[1] =
      (struct cache_write_price){3600, 10000000000, MONEY_UNKNOWN};
}

struct fixture {
  struct catalog_model models[MODELS];
  struct catalog catalog;
};

static void fixture_init(struct fixture *f) {
  *f = (struct fixture){.catalog = {.tiers_count = 2, .models = f->models, .models_count = MODELS}};
  fill(f->models);
}

/* A conversation of texts whose length is that of the text, roles alternating after the
 * system prompt. */
static struct turn turns[256];

static struct route_request request(size_t turns_count, int64_t now_s) {
  static const char text[] = "0123456789012345678901234567890123456789012345678901234567890123";
  for (size_t i = 0; i < turns_count; i++)
    turns[i] = (struct turn){i == 0  ? TURN_SYSTEM
                             : i % 2 ? TURN_USER
                                     : TURN_ASSISTANT,
                             true, span_make(text, 10)};
  return (struct route_request){.conversation = {.turns = turns, .turns_count = turns_count},
                                .session = span_of("s"),
                                .sessions = true,
                                .now_s = now_s};
}

/* As if model had been chosen for the request, which it counts as tokens. */
static void call(struct session_state *state, const struct fixture *f, struct route_request *r,
                 uint32_t model, uint64_t tokens) {
  const struct route_decision decision = {
      .model = model, .tier = f->models[model].tier, .input_tokens = tokens};
  session_remember(state, r, &f->catalog, &decision);
}

/* The request of a conversation that model has served so far, turns of 1,000 tokens each. */
static struct route_request request_again(struct session_state *state, const struct fixture *f,
                                          size_t turns_count, uint32_t model) {
  struct route_request r = request(turns_count, NOON);
  call(state, f, &r, model, turns_count * 1000);
  r.last_call = state;
  return r;
}

/* The view of a request of input tokens for whoever counts them. The counter is not what
 * is tested here, so it is told what to find. */
static struct session_view view_of(const struct fixture *f, const struct route_request *r,
                                   uint64_t input) {
  struct session_view view;
  struct token_counts counts = {0};
  session_view_init(&view, &f->catalog, r, &counts);
  view.last_input = input;
  return view;
}

static uint64_t cached(const struct fixture *f, const struct route_request *r, uint32_t model,
                       uint64_t input) {
  struct session_view view = view_of(f, r, input);
  return session_cached(&view, &f->models[model], input);
}

/* ---- what is in the cache */

static void equal_prefixes_are_cached(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  /* 200 turns do not have a mark each; what is found is then a little less. */
  static const struct {
    size_t before, now;
    int changed; /* the turn that differs; -1: none */
    uint64_t cached;
  } cases[] = {{2, 4, -1, 2000},     {2, 4, 0, 0},           {2, 4, 1, 1000},
               {2, 4, 2, 2000},      {6, 8, 3, 3000},        {6, 4, -1, 4000},
               {1, 1, -1, 1000},     {200, 202, -1, 200000}, {200, 202, 199, 192000},
               {200, 100, -1, 96000}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct route_request r = request(cases[i].before, NOON);
    call(&state, &f, &r, DEAR, cases[i].before * 1000);
    r = request(cases[i].now, NOON + 1);
    r.last_call = &state;
    if (cases[i].changed >= 0)
      turns[cases[i].changed].text.ptr++; /* as long as before, but another text */
    if (cached(&f, &r, DEAR, cases[i].now * 1000) != cases[i].cached)
      fail_msg("case %zu: %llu", i, (unsigned long long)cached(&f, &r, DEAR, cases[i].now * 1000));
  }
}

static void roles_and_tools_are_part_of_the_prefix(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request(3, NOON);
  r.tools_hash = 1;
  call(&state, &f, &r, DEAR, 3000);
  r.last_call = &state;
  assert_int_equal(cached(&f, &r, DEAR, 3000), 3000);
  r.tools_hash = 2;
  assert_int_equal(cached(&f, &r, DEAR, 3000), 0);
  r.tools_hash = 1;
  turns[1].role = TURN_TOOL;
  assert_int_equal(cached(&f, &r, DEAR, 3000), 1000);
  turns[1].role = TURN_USER;
  turns[1].starts_message = false;
  assert_int_equal(cached(&f, &r, DEAR, 3000), 1000);
}

/* The lifetime's last second counts, the next one does not. */
static void caches_go_cold(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request_again(&state, &f, 2, DEAR);
  r.now_s = NOON + LIFETIME;
  assert_int_equal(cached(&f, &r, DEAR, 2000), 2000);
  r.now_s++;
  assert_int_equal(cached(&f, &r, DEAR, 2000), 0);
  f.models[DEAR].cache_lifetime_s = 0; /* not known: the shortest there is */
  r.now_s = NOON + SESSION_LIFETIME_UNKNOWN;
  assert_int_equal(cached(&f, &r, DEAR, 2000), 2000);
  r.now_s++;
  assert_int_equal(cached(&f, &r, DEAR, 2000), 0);
  r.now_s = NOON - 5; /* another thread's clock */
  assert_int_equal(cached(&f, &r, DEAR, 2000), 2000);
}

static void only_known_caches_count(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request_again(&state, &f, 2, DEAR);
  assert_int_equal(cached(&f, &r, OTHER, 2000), 0);
  f.models[OTHER].cache_mode = CACHE_UNSTATED;
  assert_int_equal(cached(&f, &r, OTHER, 2000), 0);
  f.models[OTHER].cache_mode = CACHE_AUTOMATIC;
  assert_int_equal(cached(&f, &r, OTHER, 2000), 2000);
  /* Else the guess would turn a known cost into an unknown one. */
  f.models[OTHER].price.cache_read = MONEY_UNKNOWN;
  assert_int_equal(cached(&f, &r, OTHER, 2000), 0);
}

/* 3 turns of 10 bytes each, 1,000 tokens each; marked up to the second. */
static void explicit_caches_hold_what_was_marked(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request_again(&state, &f, 3, MARKED);
  r.marks = (struct cache_marks){true, 3, 0};
  assert_int_equal(cached(&f, &r, MARKED, 3000), 0); /* last time nothing was marked */
  r.marks.turns = 2;
  call(&state, &f, &r, MARKED, 3000);
  r.marks.turns = 3;
  assert_int_equal(cached(&f, &r, MARKED, 3000), 2000);
  r.marks.turns = 1; /* the provider looks up to there only */
  assert_int_equal(cached(&f, &r, MARKED, 3000), 0);
  r.marks.any = false;
  assert_int_equal(cached(&f, &r, MARKED, 3000), 0);
  r.marks = (struct cache_marks){true, 3, 0};
  turns[2].text.ptr++; /* after what was marked */
  assert_int_equal(cached(&f, &r, MARKED, 3000), 2000);
  turns[1].text.ptr++;
  assert_int_equal(cached(&f, &r, MARKED, 3000), 0);
}

/* Cold: 2,000 of 3,000 written at 6,250 or, for an hour, 10,000; the rest at 5,000. Warm:
 * the 2,000 read at 500. */
static void marks_are_written_and_read(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request(3, NOON);
  const struct usage_estimate usage = {.now_s = NOON, .input = 3000};
  r.marks = (struct cache_marks){true, 2, 0};
  struct session_view view = view_of(&f, &r, 3000);
  assert_int_equal(session_cost(&view, &f.models[MARKED], &usage, false).expected,
                   2000 * 6250 + 1000 * 5000);
  r.marks.lifetime_s = 3600;
  assert_int_equal(session_cost(&view, &f.models[MARKED], &usage, false).expected,
                   2000 * 10000 + 1000 * 5000);
  assert_int_equal(session_cost(&view, &f.models[DEAR], &usage, false).expected, 3000 * 5000);
  call(&state, &f, &r, MARKED, 3000);
  r.last_call = &state;
  r.now_s = NOON + 3600; /* longer than the model's own lifetime: it was asked for */
  view = view_of(&f, &r, 3000);
  assert_int_equal(session_cost(&view, &f.models[MARKED], &usage, true).expected,
                   2000 * 500 + 1000 * 5000);
  r.now_s++;
  assert_int_equal(session_cost(&view, &f.models[MARKED], &usage, true).cached, 0);
}

/* A reload may move a model or remove it. */
static void models_are_known_by_name(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request_again(&state, &f, 2, DEAR);
  const struct catalog_model dear = f.models[DEAR];
  f.models[DEAR] = f.models[OTHER];
  assert_int_equal(view_of(&f, &r, 2000).model, -1);
  assert_null(view_of(&f, &r, 2000).last);
  f.models[CHEAP] = dear;
  assert_int_equal(view_of(&f, &r, 2000).model, CHEAP);
  f.catalog.models_count = 0;
  assert_int_equal(view_of(&f, &r, 2000).model, -1);
}

/* ---- which session */

static void keys(void **unused) {
  (void)unused;
  struct route_request r = request(4, NOON);
  const uint64_t named = session_key(&r, 7);
  assert_true(named != session_key(&r, 8));
  r.session = span_make(NULL, 0);
  const uint64_t unnamed = session_key(&r, 7);
  assert_true(unnamed != named && unnamed != session_key(&r, 8));
  r.conversation.turns_count = 2; /* what follows the first user turn does not matter */
  assert_true(session_key(&r, 7) == unnamed);
  turns[0].text.len++;
  assert_true(session_key(&r, 7) != unnamed);
  turns[0].text.len--;
  turns[1].text.len++;
  assert_true(session_key(&r, 7) != unnamed);
  turns[1].text.len--;
  r.tools_hash++;
  assert_true(session_key(&r, 7) != unnamed);
}

static void only_what_grows_goes_on_without_a_name(void **unused) {
  (void)unused;
  const struct session_state last = {.turns = 2};
  struct route_request r = request(2, NOON);
  assert_true(session_continues(&last, &r));
  r.session.len = 0;
  assert_false(session_continues(&last, &r));
  r.conversation.turns_count = 3;
  assert_true(session_continues(&last, &r));
}

static void calls_are_counted(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  struct session_state state;
  struct route_request r = request(2, NOON);
  static const uint32_t ahead[] = {1, 1, 1, 2, 2, 3, 3, 4};
  for (uint32_t i = 0; i < 8; i++) {
    call(&state, &f, &r, DEAR, 2000); /* in place */
    r.last_call = &state;
    assert_int_equal(state.calls, i + 1);
    assert_int_equal(session_turns_ahead(&state), ahead[i]);
  }
}

/* ---- whether to stay */

static void staying_is_by_the_total(void **unused) {
  (void)unused;
  static const struct {
    struct session_costs stay, move;
    uint32_t ahead;
    bool stays;
  } cases[] = {
      {{10, 10}, {15, 5}, 1, true}, /* 20 and 20: no reason to move */
      {{10, 10}, {14, 5}, 1, false},
      {{10, 10}, {19, 5}, 1, true},  /* 20 and 24 */
      {{10, 10}, {19, 5}, 2, false}, /* 30 and 29 */
      {{10, 10}, {19, 9}, 9, true},  /* 100 and 100 */
      {{MONEY_UNKNOWN, 10}, {19, 5}, 1, false},
      {{10, 10}, {19, MONEY_UNKNOWN}, 1, false},
      {{1, 1}, {MONEY_MAX, MONEY_MAX}, UINT32_MAX, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (session_stays(&cases[i].stay, &cases[i].move, cases[i].ahead) != cases[i].stays)
      fail_msg("case %zu", i);
  assert_int_equal(session_total(&cases[4].stay, 9), 100);
  assert_int_equal(session_total(&cases[4].move, 9), 100);
  assert_int_equal(session_total(&cases[7].move, UINT32_MAX), MONEY_MAX);
}

static void amounts_for_people(void **unused) {
  (void)unused;
  assert_int_equal(session_round(4123456), 4100000);
  assert_int_equal(session_round(4150000), 4200000);
  assert_int_equal(session_round(99), 99);
  assert_int_equal(session_round(996), 1000);
  assert_int_equal(session_round(0), 0);
  assert_int_equal(session_round(MONEY_UNKNOWN), MONEY_UNKNOWN);
}

/* ---- a conversation of ten turns
 *
 * Turn k has 19,000 + 1,000 k tokens of input, all but 1,000 of which the last turn had
 * too, and 500 of output. Turns 2 and 4 need the dear tier, all others are well served by
 * the cheap one: E F E F E E E E E E. In thousands of nano-USD, with i thousand tokens in:
 *
 *            cold               warm                          turn
 *   cheap    2,000 i + 4,000    200 (i - 1) + 2,000 + 4,000   500 x 8 = 4,000 of output
 *   dear     5,000 i + 10,000   500 (i - 1) + 5,000 + 10,000  500 x 20 = 10,000
 *
 * Pinned to the dear tier, so that the hard turns are served: cold once, at 20.
 *   110,000 + sum for i = 21..29 of (500 (i - 1) + 15,000)
 *   = 110,000 + 500 x (20 + ... + 28) + 135,000 = 110,000 + 108,000 + 135,000 = 353,000
 *
 * Each turn by itself, moving whenever the need does: cold in turns 1 to 5, then warm.
 *   cheap 20: 44,000; dear 21: 115,000; cheap 22: 48,000; dear 23: 125,000; cheap 24: 52,000
 *   and warm 25..29: 200 x (24 + ... + 28) + 5 x 6,000 = 26,000 + 30,000 = 56,000
 *   = 384,000 + 56,000 = 440,000
 *
 * tierd: turn 1 cheap 44,000; turn 2 up, dear 115,000. Turn 3 could go down, with two calls
 * made and one more expected:
 *   stay  2 x (500 x 21 + 15,000) = 2 x 25,500 = 51,000
 *   move  48,000 + (200 x 21 + 6,000) = 48,000 + 10,200 = 58,200: it stays, 25,500
 * Turn 4 needs it, warm: 500 x 22 + 15,000 = 26,000. Turn 5, four made, two expected:
 *   stay  3 x (500 x 23 + 15,000) = 3 x 26,500 = 79,500
 *   move  52,000 + 2 x (200 x 23 + 6,000) = 52,000 + 21,200 = 73,200: it moves, 52,000
 * Turns 6 to 10 cheap and warm: 56,000.
 *   = 44,000 + 115,000 + 25,500 + 26,000 + 52,000 + 56,000 = 318,500 */
enum policy { PINNED, PER_TURN, TIERD };

/* One turn: the model that the policy takes, and what the call costs. */
static int64_t take_turn(const struct fixture *f, enum policy policy, uint64_t number,
                         uint32_t need, struct session_state *state, const char *want) {
  struct route_request r = request(2 * number, NOON + 60 * (int64_t)number);
  const uint64_t input = 19000 + 1000 * number;
  r.last_call = number > 1 ? state : NULL;
  struct session_view view = view_of(f, &r, input);
  const struct usage_estimate usage = {
      .now_s = r.now_s, .input = input, .output_p50 = 500, .output_p90 = 500};
  uint32_t model = policy == PINNED ? (uint32_t)DEAR : need;
  if (policy == TIERD && view.model > (int)need) {
    const struct session_costs stay = session_costs_of(&view, &f->models[view.model], &usage, true);
    const struct session_costs move = session_costs_of(&view, &f->models[need], &usage, false);
    if (session_stays(&stay, &move, session_turns_ahead(state)))
      model = (uint32_t)view.model;
  }
  assert_int_equal(model, want[number - 1] == 'F' ? DEAR : CHEAP);
  const struct cost cost = session_cost(&view, &f->models[model], &usage, (int)model == view.model);
  call(state, f, &r, model, input);
  return cost.expected;
}

static void ten_turns(void **unused) {
  (void)unused;
  struct fixture f;
  fixture_init(&f);
  static const char needs[] = "EFEFEEEEEE";
  static const struct {
    enum policy policy;
    const char *takes;
    int64_t total;
  } cases[] = {{PINNED, "FFFFFFFFFF", 353000000},
               {PER_TURN, "EFEFEEEEEE", 440000000},
               {TIERD, "EFFFEEEEEE", 318500000}};
  for (size_t i = 0; i < 3; i++) {
    struct session_state state;
    int64_t total = 0;
    for (uint64_t number = 1; number <= 10; number++)
      total += take_turn(&f, cases[i].policy, number, needs[number - 1] == 'F' ? DEAR : CHEAP,
                         &state, cases[i].takes);
    assert_int_equal(total, cases[i].total);
    /* Equal quality: no turn gets less than it needs. */
    for (size_t k = 0; k < 10; k++)
      assert_true(cases[i].takes[k] >= needs[k]);
  }
}

/* ---- the table */

static struct session_state numbered(uint32_t number) {
  return (struct session_state){.calls = number, .turns = number, .tokens = number};
}

static void table_keeps_what_is_put(void **unused) {
  (void)unused;
  struct sessions *table = sessions_create(1 << 20, 42);
  struct session_state state;
  assert_int_equal(sessions_seed(table), 42);
  assert_false(sessions_find(table, 0, &state));
  for (uint32_t i = 0; i < 500; i++) {
    state = numbered(i);
    sessions_put(table, i * UINT64_C(0x9E3779B97F4A7C15), &state);
  }
  state = numbered(1000);
  sessions_put(table, 0, &state); /* again: in place */
  for (uint32_t i = 0; i < 500; i++) {
    assert_true(sessions_find(table, i * UINT64_C(0x9E3779B97F4A7C15), &state));
    assert_int_equal(state.tokens, i == 0 ? 1000 : i);
  }
  struct sessions_counts counts;
  sessions_counts(table, &counts);
  assert_int_equal(counts.sessions, 500);
  assert_int_equal(counts.evicted, 0);
  sessions_destroy(table);
}

static void the_oldest_goes(void **unused) {
  (void)unused;
  struct sessions *table = sessions_create(40 * sizeof(struct session_state), 0);
  struct sessions_counts counts;
  struct session_state state;
  sessions_counts(table, &counts);
  const uint64_t room = counts.capacity; /* of one stripe, so that the order is exact */
  assert_true(room >= 30 && room < 40);
  for (uint64_t key = 0; key < room; key++) {
    state = numbered((uint32_t)key);
    sessions_put(table, key, &state);
  }
  /* The first is put again, and looking at the second makes it no younger. */
  sessions_put(table, 0, &state);
  assert_true(sessions_find(table, 1, &state));
  sessions_put(table, room, &state);
  assert_true(sessions_find(table, 0, &state));
  assert_false(sessions_find(table, 1, &state));
  for (uint64_t key = 2; key <= room; key++)
    assert_true(sessions_find(table, key, &state));
  sessions_counts(table, &counts);
  assert_int_equal(counts.sessions, room);
  assert_int_equal(counts.evicted, 1);
  /* Many more, all in few buckets: the chains stay whole. */
  for (uint64_t key = 0; key < 100 * room; key++)
    sessions_put(table, key * room, &state);
  for (uint64_t key = 99 * room; key < 100 * room; key++)
    assert_true(sessions_find(table, key * room, &state));
  sessions_destroy(table);
}

static void memory_is_bounded(void **unused) {
  (void)unused;
  static const size_t sizes[] = {0, 1, 700, 4096, 65536, 1 << 20, 8 << 20};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct sessions *table = sessions_create(sizes[i], 0);
    struct sessions_counts counts;
    struct session_state state = numbered(1);
    sessions_counts(table, &counts);
    assert_true(counts.capacity * sizeof state <= sizes[i]);
    for (uint64_t key = 0; key < 2000; key++)
      sessions_put(table, key << 31 | key, &state);
    assert_int_equal(sessions_find(table, UINT64_C(1999) << 31 | 1999, &state),
                     counts.capacity > 0);
    sessions_counts(table, &counts);
    assert_true(counts.sessions <= counts.capacity);
    sessions_destroy(table);
  }
  sessions_destroy(NULL);
}

/* Several threads on few keys and little room. A state is copied as a whole or the numbers in
 * it would differ; ThreadSanitizer sees the rest. */
enum { THREADS = 4, ROUNDS = 20000 };

static void *use_table(void *argument) {
  struct sessions *table = argument;
  struct session_state state;
  uint64_t torn = 0;
  for (uint32_t i = 0; i < ROUNDS; i++) {
    const uint64_t key = i % 97 * UINT64_C(0x9E3779B97F4A7C15);
    if (sessions_find(table, key, &state))
      torn += state.calls != state.turns || state.tokens != state.calls;
    state = numbered(i);
    sessions_put(table, key, &state);
  }
  return torn == 0 ? table : NULL;
}

static void threads_share_the_table(void **unused) {
  (void)unused;
  static const size_t sizes[] = {16384, 2 << 20}; /* one stripe that evicts; many */
  for (size_t i = 0; i < 2; i++) {
    struct sessions *table = sessions_create(sizes[i], 0);
    pthread_t threads[THREADS];
    struct sessions_counts counts;
    for (size_t k = 0; k < THREADS; k++)
      assert_int_equal(pthread_create(&threads[k], NULL, use_table, table), 0);
    for (size_t k = 0; k < THREADS; k++) {
      void *whole;
      pthread_join(threads[k], &whole);
      assert_ptr_equal(whole, table);
    }
    sessions_counts(table, &counts);
    assert_int_equal(counts.sessions, counts.capacity < 97 ? counts.capacity : 97);
    assert_int_equal(counts.evicted > 0, counts.capacity < 97);
    sessions_destroy(table);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_prefixes_are_cached),
      cmocka_unit_test(roles_and_tools_are_part_of_the_prefix),
      cmocka_unit_test(caches_go_cold),
      cmocka_unit_test(only_known_caches_count),
      cmocka_unit_test(explicit_caches_hold_what_was_marked),
      cmocka_unit_test(marks_are_written_and_read),
      cmocka_unit_test(models_are_known_by_name),
      cmocka_unit_test(keys),
      cmocka_unit_test(only_what_grows_goes_on_without_a_name),
      cmocka_unit_test(calls_are_counted),
      cmocka_unit_test(staying_is_by_the_total),
      cmocka_unit_test(amounts_for_people),
      cmocka_unit_test(ten_turns),
      cmocka_unit_test(table_keeps_what_is_put),
      cmocka_unit_test(the_oldest_goes),
      cmocka_unit_test(memory_is_bounded),
      cmocka_unit_test(threads_share_the_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
