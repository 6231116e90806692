/* test_cost.c - what a call costs, in nano-dollars done by hand.
 *
 * First calls to models of the shipped catalogue, with the sums written out: the same
 * are in daemon/router/README.md. Then each rule by itself, on a model whose prices
 * are round. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/catalog_load.h"
#include "daemon/router/cost.h"

#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)
#define MONDAY INT64_C(1795392000)   /* 2026-11-23 00:00 UTC */
#define NEW_YEAR INT64_C(1798761600) /* 2027-01-01 00:00 UTC */
#define NOON (MONDAY + 12 * HOUR)
#define NONE MONEY_UNKNOWN

struct call {
  const char *what;
  const char *model;
  double output;
  struct usage_estimate usage; /* without the output */
  struct cost_breakdown lines;
  int64_t expected;
  int64_t batch_saving;
};

static const struct call calls[] = {
    /* 5,000 x 4,000 = 20,000,000; 800 x 20,000 = 16,000,000; half of it in a batch */
    {"plain",
     "claude-opus-5-5",
     800,
     {.now_s = NOON, .input = 5000},
     {20000000, 0, 0, 16000000},
     36000000,
     18000000},
    /* 5,000 x 2,000 = 10,000,000; 800 x 10,000 = 8,000,000 */
    {"batch",
     "claude-opus-5-5",
     800,
     {.now_s = NOON, .input = 5000, .batch = true},
     {10000000, 0, 0, 8000000},
     18000000,
     NONE},
    /* 1,234 x 680 = 839,120; 567 x 2,090 = 1,185,030; in a batch 419,560 + 592,515 */
    {"a sale's crooked prices",
     "mistral-large-4",
     567,
     {.now_s = NOON, .input = 1234},
     {839120, 0, 0, 1185030},
     2024150,
     1012075},
    /* 2,000 - 1,024 = 976 = 7 x 128 + 80, so 1,920 are read: 86 x 150 = 12,900; 1,920 x 75 =
     * 144,000; 300 x 600 = 180,000. A batch has no cached reads here: 2,006 x 75 + 300 x 300 =
     * 240,450, which is 96,450 less */
    {"cached in steps of 128",
     "gpt-4o-mini",
     300,
     {.now_s = NOON, .input = 2006, .cached = 2000},
     {12900, 144000, 0, 180000},
     336900,
     96450},
    /* 1,500 x 250 = 375,000; 100 x 2,000 = 200,000 */
    {"cached, one token too few",
     "gpt-5-mini",
     100,
     {.now_s = NOON, .input = 1500, .cached = 1023},
     {375000, 0, 0, 200000},
     575000,
     287500},
    /* 476 x 250 = 119,000; 1,024 x 25 = 25,600; 200,000; all of it halves */
    {"cached, just enough",
     "gpt-5-mini",
     100,
     {.now_s = NOON, .input = 1500, .cached = 1024},
     {119000, 25600, 0, 200000},
     344600,
     172300},
    /* 4,480 are read: 520 x 375 = 195,000; 4,480 x 37.5 = 168,000; 300 x 2,250 = 675,000 */
    {"batch and cache, both discounts",
     "gpt-5.4-mini",
     300,
     {.now_s = NOON, .input = 5000, .cached = 4500, .batch = true},
     {195000, 168000, 0, 675000},
     1038000,
     NONE},
    /* 2,000 x 1,000 = 2,000,000; 8,000 x 200 = 1,600,000; 1,000 x 6,000 = 6,000,000 */
    {"batch and cache, the cache's discount",
     "gemini-3.1-pro-preview",
     1000,
     {.now_s = NOON, .input = 10000, .cached = 8000, .batch = true},
     {2000000, 1600000, 0, 6000000},
     9600000,
     NONE},
    /* 2,000 x 75 = 150,000; 8,000 x 75 = 600,000; 500 x 300 = 150,000 */
    {"batch and cache, the batch's discount",
     "openai/gpt-oss-120b",
     500,
     {.now_s = NOON, .input = 10000, .cached = 8000, .batch = true},
     {150000, 600000, 0, 150000},
     900000,
     NONE},
    /* as without: 1,000 x 150 = 150,000; 200 x 600 = 120,000 */
    {"no batch price",
     "deepseek-flash",
     200,
     {.now_s = NOON, .input = 1000, .batch = true},
     {150000, 0, 0, 120000},
     270000,
     NONE},
    /* 2,000 x 2,000 = 4,000,000; 10,000 x 2,500 = 25,000,000; 500 x 10,000 = 5,000,000 */
    {"written for 5 minutes",
     "claude-sonnet-5-5",
     500,
     {.now_s = NOON, .input = 12000, .cache_write = 10000},
     {4000000, 0, 25000000, 5000000},
     34000000,
     17000000},
    /* 10,000 x 4,000 = 40,000,000 */
    {"written for an hour",
     "claude-sonnet-5-5",
     500,
     {.now_s = NOON, .input = 12000, .cache_write = 10000, .cache_lifetime_s = 3600},
     {4000000, 0, 40000000, 5000000},
     49000000,
     24500000},
    /* 10,000 x 100 = 1,000,000 */
    {"read",
     "claude-sonnet-5-5",
     500,
     {.now_s = NOON, .input = 12000, .cached = 10000},
     {4000000, 1000000, 0, 5000000},
     10000000,
     5000000},
    /* 1,000 x 1,000 = 1,000,000; 8,000 x 50 = 400,000; 3,000 x 2,000 = 6,000,000; 500 x 5,000 =
     * 2,500,000 */
    {"read, written for an hour, in a batch",
     "claude-sonnet-5-5",
     500,
     {.now_s = NOON,
      .input = 12000,
      .cached = 8000,
      .cache_write = 3000,
      .cache_lifetime_s = 3600,
      .batch = true},
     {1000000, 400000, 6000000, 2500000},
     9900000,
     NONE},
    /* 975 x 50 = 48,750; 1,025 x 62.5 = 64,062.5; 101 x 250 = 25,250 */
    {"half a nano-dollar is rounded up",
     "claude-haiku-5-5",
     101,
     {.now_s = NOON, .input = 2000, .cache_write = 1025, .batch = true},
     {48750, 0, 64063, 25250},
     138063,
     NONE},
    /* 16,384 x 100 = 1,638,400; 3,616 x 2,500 = 9,040,000; 1,000 x 10,000 = 10,000,000 */
    {"an automatic cache writes what it did not read",
     "gpt-6.2-sol",
     1000,
     {.now_s = NOON, .input = 20000, .cached = 16384},
     {0, 1638400, 9040000, 10000000},
     20678400,
     10339200},
    /* 20,000 x 5,000 = 100,000,000 */
    {"written for 12 hours",
     "gpt-6.2-sol",
     1000,
     {.now_s = NOON, .input = 20000, .cache_lifetime_s = 12 * 3600},
     {0, 0, 100000000, 10000000},
     110000000,
     55000000},
    /* 262,144 x 100 = 26,214,400; 9,856 x 2,500 = 24,640,000; 2,000 x 10,000 */
    {"at the threshold",
     "gpt-6.2-sol",
     2000,
     {.now_s = NOON, .input = 272000, .cached = 262144},
     {0, 26214400, 24640000, 20000000},
     70854400,
     35427200},
    /* 262,144 x 200 = 52,428,800; 9,857 x 5,000 = 49,285,000; 2,000 x 15,000 */
    {"one token above the threshold",
     "gpt-6.2-sol",
     2000,
     {.now_s = NOON, .input = 272001, .cached = 262144},
     {0, 52428800, 49285000, 30000000},
     131713800,
     65856900},
    /* 100,000 x 100 = 10,000,000; 1,000 x 500 = 500,000 */
    {"at the threshold",
     "claude-haiku-5-5",
     1000,
     {.now_s = NOON, .input = 100000},
     {10000000, 0, 0, 500000},
     10500000,
     5250000},
    /* 100,001 x 500 = 50,000,500; 1,000 x 2,500 = 2,500,000 */
    {"one token above the threshold",
     "claude-haiku-5-5",
     1000,
     {.now_s = NOON, .input = 100001},
     {50000500, 0, 0, 2500000},
     52500500,
     26250250},
    /* 4,000 x 660 = 2,640,000; 4,000 x 22 = 88,000; 600 x 1,980 = 1,188,000 */
    {"the second before the peak",
     "deepseek-v4-pro",
     600,
     {.now_s = MONDAY + HOUR - 1, .input = 8000, .cached = 4000},
     {2640000, 88000, 0, 1188000},
     3916000,
     NONE},
    /* 4,000 x 1,320 = 5,280,000; 4,000 x 44 = 176,000; 600 x 3,960 = 2,376,000 */
    {"the peak",
     "deepseek-v4-pro",
     600,
     {.now_s = MONDAY + HOUR, .input = 8000, .cached = 4000},
     {5280000, 176000, 0, 2376000},
     7832000,
     NONE},
    {"its last second",
     "deepseek-v4-pro",
     600,
     {.now_s = MONDAY + 4 * DAY + 10 * HOUR - 1, .input = 8000, .cached = 4000},
     {5280000, 176000, 0, 2376000},
     7832000,
     NONE},
    {"after the peak",
     "deepseek-v4-pro",
     600,
     {.now_s = MONDAY + 4 * DAY + 10 * HOUR, .input = 8000, .cached = 4000},
     {2640000, 88000, 0, 1188000},
     3916000,
     NONE},
    {"the same hour on a Saturday",
     "deepseek-v4-pro",
     600,
     {.now_s = MONDAY + 5 * DAY + HOUR, .input = 8000, .cached = 4000},
     {2640000, 88000, 0, 1188000},
     3916000,
     NONE},
    /* 5,000 x 750 = 3,750,000; 5,000 x 75 = 375,000; 1,000 x 3,750 = 3,750,000; in a batch 5,000
     * x 375 + 375,000 + 1,000 x 1,875 = 4,125,000 */
    {"the last second of 2026",
     "gemini-3.8-flash",
     1000,
     {.now_s = NEW_YEAR - 1, .input = 10000, .cached = 5000},
     {3750000, 375000, 0, 3750000},
     7875000,
     3750000},
    /* 5,000 x 1,500 = 7,500,000; 5,000 x 150 = 750,000; 1,000 x 7,500 = 7,500,000 */
    {"the first second of 2027",
     "gemini-3.8-flash",
     1000,
     {.now_s = NEW_YEAR, .input = 10000, .cached = 5000},
     {7500000, 750000, 0, 7500000},
     15750000,
     7500000},
};

static int load_shipped(void **state) {
  static struct catalog catalog;
  struct catalog_error err;
  if (!catalog_load(TIERD_SOURCE_DIR "/models/catalog.json", &catalog, &err)) {
    print_error("%s\n", err.text);
    return -1;
  }
  *state = &catalog;
  return 0;
}

static int unload_shipped(void **state) {
  catalog_unload(*state);
  return 0;
}

static const struct catalog_model *shipped(const struct catalog *catalog, const char *name) {
  const int index = catalog_find_model(catalog, span_of(name));
  if (index < 0)
    fail_msg("the catalogue has no %s", name);
  return &catalog->models[index];
}

static void expect(const struct call *call, const char *line, int64_t got, int64_t expected) {
  if (got != expected)
    fail_msg("%s, %s: %s is %lld, expected %lld", call->model, call->what, line, (long long)got,
             (long long)expected);
}

static void calls_priced_by_hand(void **state) {
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    const struct call *call = &calls[i];
    struct usage_estimate usage = call->usage;
    usage.output_p50 = usage.output_p90 = call->output;
    const struct cost cost = cost_estimate(shipped(*state, call->model), &usage);
    expect(call, "input", cost.breakdown.input, call->lines.input);
    expect(call, "cache read", cost.breakdown.cache_read, call->lines.cache_read);
    expect(call, "cache write", cost.breakdown.cache_write, call->lines.cache_write);
    expect(call, "output", cost.breakdown.output, call->lines.output);
    expect(call, "the total", cost.expected, call->expected);
    expect(call, "the batch's saving", cost.batch_saving, call->batch_saving);
    assert_true(money_known(cost.batch_saving) == (cost.batch_saving_unknown == NULL));
    assert_null(cost.unknown_reason);
  }
}

/* A price that is needed and not published makes the cost unknown, and says which. */
static void unpublished_prices(void **state) {
  static const struct {
    const char *model;
    uint64_t cached, cache_write;
    const char *reason;
  } cases[] = {
      {"gpt-6.2-astra", 0, 0, NULL},
      {"gpt-6.2-astra", 1023, 0, NULL}, /* too short to be read at all */
      {"gpt-6.2-astra", 1024, 0, "cached read price is not published"},
      {"qwen4-max", 4096, 0, NULL},
      {"qwen4-max", 0, 4096, "cache write price is not published"},
      {"qwen4-max", 0, 1023, NULL},
      {"meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", 4096, 4096, NULL}, /* no cache known */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct usage_estimate usage = {.now_s = NOON,
                                         .input = 10000,
                                         .cached = cases[i].cached,
                                         .cache_write = cases[i].cache_write,
                                         .output_p50 = 100,
                                         .output_p90 = 100};
    const struct cost cost = cost_estimate(shipped(*state, cases[i].model), &usage);
    if (cases[i].reason == NULL) {
      assert_null(cost.unknown_reason);
      assert_true(money_known(cost.expected));
    } else {
      assert_string_equal(cost.unknown_reason, cases[i].reason);
      assert_true(cost.expected == MONEY_UNKNOWN && cost.batch_saving == MONEY_UNKNOWN);
    }
  }
}

/* 3 USD in and 15 USD out a million tokens: 3,000 and 15,000 nano a token. */
static struct catalog_model model(void) {
  return (struct catalog_model){
      .name = "m",
      .price = {.input = 3 * NANO_PER_USD,
                .output = 15 * NANO_PER_USD,
                .cache_read = NANO_PER_USD * 3 / 10,
                .batch_input = NANO_PER_USD * 3 / 2,
                .batch_output = NANO_PER_USD * 15 / 2,
                .batch_cache_read = MONEY_UNKNOWN},
  };
}

/* 1,000 tokens in and exactly 200 out, so that there is no spread. */
static struct usage_estimate usage(void) {
  return (struct usage_estimate){.input = 1000, .output_p50 = 200, .output_p90 = 200};
}

static void assert_cost(struct cost cost, int64_t low, int64_t expected, int64_t high) {
  assert_int_equal(cost.low, low);
  assert_int_equal(cost.expected, expected);
  assert_int_equal(cost.high, high);
}

static void plain(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  struct cost cost = cost_estimate(&m, &u);
  /* 1000 * 3000 + 200 * 15000, and the input a tenth less and more. */
  assert_cost(cost, 5700000, 6000000, 6300000);
  assert_int_equal(cost.cached, 0);
  assert_false(cost.batch);
}

static void cached_prefix(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.cached = 400;
  /* 600 * 3000 + 400 * 300 + 200 * 15000. */
  assert_cost(cost_estimate(&m, &u), 4620000, 4920000, 5220000);
  u.cached = 5000; /* no more than there is: 1000 * 300 + 3000000 */
  struct cost cost = cost_estimate(&m, &u);
  assert_int_equal(cost.cached, 1000);
  assert_cost(cost, 3270000, 3300000, 3330000); /* 900, 1,000 and 1,100 tokens are read */
}

static void prefix_that_is_cached(void **state) {
  (void)state;
  static const struct {
    uint64_t min, step, cached, read;
  } cases[] = {
      {0, 0, 400, 400},     {401, 0, 400, 0},     {400, 0, 400, 400},  {100, 0, 399, 399},
      {100, 1, 399, 399},   {100, 50, 399, 350},  {100, 50, 400, 400}, {100, 50, 99, 0},
      {0, 128, 127, 0},     {0, 128, 128, 128},   {0, 128, 999, 896},  {1024, 128, 5000, 0},
      {64, 1000, 1000, 64}, {64, 1000, 1063, 64},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct catalog_model m = model();
    struct usage_estimate u = usage();
    m.cache_tokens_min = cases[i].min;
    m.cache_tokens_step = cases[i].step;
    u.cached = cases[i].cached;
    assert_int_equal(cost_estimate(&m, &u).cached, cases[i].read);
  }
}

/* Where nothing is known of a cache, cached tokens cost as much as others. Where one
 * is known but not its price, the cost is not known. */
static void no_read_price(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.cached = 400;
  m.cache_mode = CACHE_NONE;
  assert_int_equal(cost_estimate(&m, &u).expected, 6000000);
  m.cache_mode = CACHE_UNSTATED;
  m.price.cache_read = MONEY_UNKNOWN;
  assert_int_equal(cost_estimate(&m, &u).expected, 6000000);
  assert_int_equal(cost_estimate(&m, &u).cached, 0);
  assert_null(cost_estimate(&m, &u).unknown_reason);
  m.cache_mode = CACHE_EXPLICIT;
  assert_true(cost_estimate(&m, &u).expected == MONEY_UNKNOWN);
  u.batch = true; /* the cache has no part in it, so its price is not needed */
  assert_int_equal(cost_estimate(&m, &u).expected, 3000000);
}

/* 3.75 USD for 5 minutes and 6 for an hour. */
static void set_write_prices(struct catalog_model *m) {
  m->price.cache_writes[0] = (struct cache_write_price){300, NANO_PER_USD * 15 / 4, MONEY_UNKNOWN};
  m->price.cache_writes[1] = (struct cache_write_price){3600, 6 * NANO_PER_USD, MONEY_UNKNOWN};
  m->price.cache_writes_count = 2;
}

static void lifetimes_of_the_cache(void **state) {
  (void)state;
  static const struct {
    uint32_t lifetime_s;
    int64_t write;
  } cases[] = {{0, 375000},   {1, 375000},    {300, 375000},
               {301, 600000}, {3600, 600000}, {7200, 600000}};
  struct catalog_model m = model();
  set_write_prices(&m);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct usage_estimate u = usage();
    u.cache_write = 100;
    u.cache_lifetime_s = cases[i].lifetime_s;
    const struct cost cost = cost_estimate(&m, &u);
    assert_int_equal(cost.breakdown.cache_write, cases[i].write);
    assert_int_equal(cost.breakdown.input, 900 * 3000);
  }
}

/* Read, written and the rest are the input, whatever was asked for. */
static void written_tokens(void **state) {
  (void)state;
  static const struct {
    enum cache_mode mode;
    uint64_t min, cached, cache_write, read, written;
  } cases[] = {
      {CACHE_EXPLICIT, 0, 0, 0, 0, 0},         {CACHE_EXPLICIT, 0, 0, 2000, 0, 1000},
      {CACHE_EXPLICIT, 0, 400, 300, 400, 300}, {CACHE_EXPLICIT, 0, 400, UINT64_MAX, 400, 600},
      {CACHE_EXPLICIT, 500, 0, 499, 0, 0},     {CACHE_EXPLICIT, 500, 0, 500, 0, 500},
      {CACHE_EXPLICIT, 500, 400, 100, 0, 500}, {CACHE_AUTOMATIC, 0, 0, 0, 0, 1000},
      {CACHE_AUTOMATIC, 0, 400, 0, 400, 600},  {CACHE_AUTOMATIC, 1000, 400, 0, 0, 1000},
      {CACHE_AUTOMATIC, 1001, 400, 0, 0, 0},   {CACHE_NONE, 0, 400, 300, 0, 0},
      {CACHE_UNSTATED, 0, 400, 300, 400, 300},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct catalog_model m = model();
    struct usage_estimate u = usage();
    set_write_prices(&m);
    m.cache_mode = cases[i].mode;
    m.cache_tokens_min = cases[i].min;
    u.cached = cases[i].cached;
    u.cache_write = cases[i].cache_write;
    const struct cost cost = cost_estimate(&m, &u);
    assert_int_equal(cost.cached, cases[i].read);
    assert_int_equal(cost.cache_written, cases[i].written);
    assert_int_equal(cost.breakdown.input,
                     (int64_t)(1000 - cases[i].read - cases[i].written) * 3000);
  }
}

static void writing_without_a_price(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.cache_write = 500;
  m.cache_mode = CACHE_AUTOMATIC; /* it writes at no premium */
  assert_int_equal(cost_estimate(&m, &u).expected, 6000000);
  m.cache_mode = CACHE_EXPLICIT;
  assert_true(cost_estimate(&m, &u).expected == MONEY_UNKNOWN);
  set_write_prices(&m);
  m.price.batch_cache_read = NANO_PER_USD * 3 / 20;
  assert_true(money_known(cost_estimate(&m, &u).expected));
  u.batch = true; /* there the write price is unknown again */
  assert_string_equal(cost_estimate(&m, &u).unknown_reason, "cache write price is not published");
}

static void batch(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  u.batch = true;
  u.cached = 400; /* without a price for both, the cache has no part in it */
  struct cost cost = cost_estimate(&m, &u);
  assert_true(cost.batch);
  assert_int_equal(cost.cached, 0);
  assert_cost(cost, 2850000, 3000000, 3150000);
  m.price.batch_cache_read = NANO_PER_USD * 3 / 20; /* 600 x 1500 + 400 x 150 + 1500000 */
  cost = cost_estimate(&m, &u);
  assert_int_equal(cost.cached, 400);
  assert_int_equal(cost.expected, 2460000);
  m.price.batch_output = MONEY_UNKNOWN;
  cost = cost_estimate(&m, &u);
  assert_false(cost.batch);
  assert_int_equal(cost.expected, 4920000);
}

/* A batch without the cache can cost more than single calls with it. */
static void batching_that_does_not_save(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = 1000, .cached = 1000};
  assert_int_equal(cost_estimate(&m, &u).expected, 300000);
  assert_int_equal(cost_estimate(&m, &u).batch_saving, 300000 - 1500000);
}

/* Where the saving is unknown, the first thing that stands in its way is named. */
static void batch_saving_says_why_it_is_unknown(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  assert_null(cost_estimate(&m, &u).batch_saving_unknown);
  u.batch = true;
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown, "batch prices are used already");
  m.price.batch_output = MONEY_UNKNOWN;
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown, "no batch price is published");
  u.batch = false;
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown, "no batch price is published");
  m.price.input = MONEY_UNKNOWN;
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown, "input price is not published");

  m = model();
  set_write_prices(&m); /* singly alone, while a batch has the cache's part too */
  m.price.batch_cache_read = NANO_PER_USD * 3 / 20;
  u.cache_write = 400;
  assert_true(money_known(cost_estimate(&m, &u).expected));
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown,
                      "batch price of writing to the cache is not published");
  u.output_p50 = NAN;
  assert_string_equal(cost_estimate(&m, &u).batch_saving_unknown,
                      "the length of the answer was not estimated");
}

static void spread_of_the_output(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = 1000, .output_p50 = 100, .output_p90 = 400};
  /* sigma = ln 4 / 1.28155 = 1.08173, mean = 100 * exp(0.58507) = 179.5 -> 180;
   * p10 = 100 * 100 / 400 = 25. */
  assert_cost(cost_estimate(&m, &u), 2700000 + 25 * 15000, 3000000 + 180 * 15000,
              3300000 + 400 * 15000);
  /* The mean of a heavy tail would be 6,000 tokens; p90 is the most that is promised. */
  u = (struct usage_estimate){.input = 0, .output_p50 = 10, .output_p90 = 1000};
  assert_cost(cost_estimate(&m, &u), 0, 15000000, 15000000);
}

static void limits_of_the_output(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = 0, .output_p50 = 100, .output_p90 = 400, .output_limit = 50};
  struct cost cost = cost_estimate(&m, &u);
  assert_cost(cost, 25 * 15000, 50 * 15000, 50 * 15000);
  assert_true(cost.output_p50 == 50 && cost.output_p90 == 50);
  m.output_max = 30;
  assert_int_equal(cost_estimate(&m, &u).expected, 30 * 15000);
  u.output_limit = 0;
  assert_int_equal(cost_estimate(&m, &u).expected, 30 * 15000);
}

static void unknown_stays_unknown(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  m.price.output = MONEY_UNKNOWN;
  assert_cost(cost_estimate(&m, &u), MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN);
  assert_string_equal(cost_estimate(&m, &u).unknown_reason, "output price is not published");
  assert_true(cost_estimate(&m, &u).breakdown.output == MONEY_UNKNOWN);
  assert_int_equal(cost_estimate(&m, &u).breakdown.input, 3000000);
  u.output_p50 = u.output_p90 = 0; /* no tokens do not make it free */
  assert_true(cost_estimate(&m, &u).expected == MONEY_UNKNOWN);
  m = model();
  m.price.input = MONEY_UNKNOWN;
  assert_cost(cost_estimate(&m, &u), MONEY_UNKNOWN, MONEY_UNKNOWN, MONEY_UNKNOWN);
  assert_string_equal(cost_estimate(&m, &u).unknown_reason, "input price is not published");
}

static void price_that_has_run_out(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  m.price_from_s = 1000;
  m.price_until_s = 2000;
  static const struct {
    int64_t now_s;
    bool known;
  } cases[] = {{999, false}, {1000, true}, {1999, true}, {2000, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    u.now_s = cases[i].now_s;
    const struct cost cost = cost_estimate(&m, &u);
    assert_int_equal(money_known(cost.expected), cases[i].known);
    if (!cases[i].known)
      assert_string_equal(cost.unknown_reason, "no price is in force at this time");
  }
}

static void free_is_zero(void **state) {
  (void)state;
  struct catalog_model m = {.price = price_set_unknown()};
  struct usage_estimate u = usage();
  m.price.input = m.price.output = 0;
  assert_cost(cost_estimate(&m, &u), 0, 0, 0);
  assert_null(cost_estimate(&m, &u).unknown_reason);
}

static void long_context(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = usage();
  struct context_tier tiers[2] = {{1000, m.price}, {2000, m.price}};
  tiers[0].price.input = 6 * NANO_PER_USD;
  tiers[1].price = price_set_unknown();
  m.context_tiers = tiers;
  m.context_tiers_count = 2;
  /* 10 % more would be over it: 900 x 3000, 1000 x 3000, but 1100 x 6000 */
  assert_cost(cost_estimate(&m, &u), 5700000, 6000000, 9600000);
  u.input = 1001; /* then all of it is dearer: 1001 * 6000 + 3000000, less a tenth cheaper */
  assert_cost(cost_estimate(&m, &u), 901 * 3000 + 3000000, 9006000, 1101 * 6000 + 3000000);
  u.input = 2000; /* 10 % more has no published price */
  assert_cost(cost_estimate(&m, &u), 1800 * 6000 + 3000000, 15000000, MONEY_UNKNOWN);
  assert_string_equal(cost_estimate(&m, &u).unknown_reason, "input price is not published");
  /* A cheaper rate above: the bounds still contain what is expected. */
  tiers[0].price.input = NANO_PER_USD;
  m.context_tiers_count = 1;
  u.input = 1000;
  assert_cost(cost_estimate(&m, &u), 5700000, 6000000, 6000000);
}

static void huge_amounts_saturate(void **state) {
  (void)state;
  struct catalog_model m = model();
  struct usage_estimate u = {.input = UINT64_C(1) << 60, .output_p50 = 1e15, .output_p90 = 1e18};
  struct cost cost = cost_estimate(&m, &u);
  assert_true(cost.expected > 0 && cost.expected <= MONEY_MAX);
  assert_true(cost.high >= cost.expected && cost.high <= MONEY_MAX);
  u.input = UINT64_MAX;
  u.cached = u.cache_write = UINT64_MAX / 2;
  cost = cost_estimate(&m, &u);
  assert_true(cost.expected == MONEY_MAX && cost.high == MONEY_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(calls_priced_by_hand, load_shipped, unload_shipped),
      cmocka_unit_test_setup_teardown(unpublished_prices, load_shipped, unload_shipped),
      cmocka_unit_test(plain),
      cmocka_unit_test(cached_prefix),
      cmocka_unit_test(prefix_that_is_cached),
      cmocka_unit_test(no_read_price),
      cmocka_unit_test(lifetimes_of_the_cache),
      cmocka_unit_test(written_tokens),
      cmocka_unit_test(writing_without_a_price),
      cmocka_unit_test(batch),
      cmocka_unit_test(batching_that_does_not_save),
      cmocka_unit_test(batch_saving_says_why_it_is_unknown),
      cmocka_unit_test(spread_of_the_output),
      cmocka_unit_test(limits_of_the_output),
      cmocka_unit_test(unknown_stays_unknown),
      cmocka_unit_test(price_that_has_run_out),
      cmocka_unit_test(free_is_zero),
      cmocka_unit_test(long_context),
      cmocka_unit_test(huge_amounts_saturate),
  };
  return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
