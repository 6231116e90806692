/* test_share_cap.c - the rule, the cut by hand, and streams that the share is held on. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/ops/tier_shares.h"

enum { CHEAP, DEAR };

static void rules(void **state) {
  static const struct {
    const char *text;
    bool ok;
    const char *tier;
    double share;
  } cases[] = {{"", true, "", 1},          {"frontier=0.2", true, "frontier", 0.2},
               {"a=0", true, "a", 0},      {"a=1", true, "a", 1},
               {"frontier", false, "", 0}, {"=0.2", false, "", 0},
               {"a=", false, "", 0},       {"a=1.5", false, "", 0},
               {"a=-0.1", false, "", 0},   {"a=nan", false, "", 0},
               {"a=0.2x", false, "", 0}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct share_rule rule;
    char why[128];
    if (share_rule_parse(span_of(cases[i].text), &rule, why, sizeof why) != cases[i].ok)
      fail_msg("\"%s\"", cases[i].text);
    if (!cases[i].ok)
      continue;
    assert_true(span_is(rule.tier, cases[i].tier));
    assert_true(rule.share >= cases[i].share && rule.share <= cases[i].share);
  }
}

/* Masses 10, 20 and 30 in bins 5, 7 and 9: 30 fit above bin 7, 29.9 do not. */
static void cuts_by_hand(void **state) {
  double mass[SHARE_BINS] = {[0] = 40, [5] = 10, [7] = 20, [9] = 30};
  struct share_cut cut = {.on = true, .bin = 7};
  (void)state;
  assert_int_equal(share_cut_bin(mass, 60), 0);
  assert_int_equal(share_cut_bin(mass, 59.9), 5);
  assert_int_equal(share_cut_bin(mass, 30), 7);
  assert_int_equal(share_cut_bin(mass, 29.9), 9);
  assert_int_equal(share_cut_bin(mass, 0), SHARE_BINS);
  assert_true(share_cut_allows(&cut, 8));
  assert_false(share_cut_allows(&cut, 7) || share_cut_allows(&cut, 6));
  cut.room = true;
  assert_true(share_cut_allows(&cut, 7));
  assert_false(share_cut_allows(&cut, 6));
  assert_int_equal(share_bin(-0.3), 0);
  assert_int_equal(share_bin(0), 0);
  assert_int_equal(share_bin(1e-9), 1);
  assert_int_equal(share_bin(0.9), SHARE_BINS - 1);
}

/* A stream of decisions whose gains are drawn from 0 to spread, less offset; of which one in
 * forced_every asks for the dear tier itself. Returns how many went there. */
struct stream {
  struct tier_shares *shares;
  struct share_cap cap;
  double spread, offset;
  unsigned forced_every; /* 0: never */
  double gains;          /* of those that took the dear tier */
};

static size_t run(struct stream *stream, size_t decisions) {
  size_t dear = 0;
  for (size_t i = 0; i < decisions; i++) {
    const double gain = stream->spread * rand() / RAND_MAX - stream->offset;
    const struct share_cut cut = tier_shares_cut(stream->shares, &stream->cap);
    const unsigned bin = share_bin(gain);
    const bool forced = stream->forced_every && i % stream->forced_every == 0;
    const bool take = forced || (gain > 0 && share_cut_allows(&cut, bin));
    const struct share_note note = {.tier = take ? DEAR : CHEAP, .free = !forced, .bin = bin};
    tier_shares_note(stream->shares, &stream->cap, &note);
    dear += take;
    stream->gains += take && !forced ? gain : 0;
  }
  return dear;
}

static double share_of(struct stream *stream, size_t decisions) {
  return (double)run(stream, decisions) / (double)decisions;
}

static struct stream begin(double share) {
  return (struct stream){
      .shares = tier_shares_create(), .cap = {true, DEAR, share}, .spread = 0.3, .offset = 0.1};
}

/* Two thirds would take the dear tier; a fifth may, and it is the fifth with most to gain:
 * their mean is that of the upper fifth of 0 to 0.3, less 0.1. */
static void a_stationary_stream(void **state) {
  struct stream stream = begin(0.2);
  (void)state;
  srand(1);
  assert_non_null(stream.shares);
  assert_true(share_of(&stream, 1000) < 0.21); /* from the start */
  stream.gains = 0;
  const size_t dear = run(&stream, 40000);
  const double share = (double)dear / 40000;
  assert_true(share > 0.19 && share <= 0.202);
  assert_true(stream.gains / (double)dear > 0.165 && stream.gains / (double)dear < 0.175);
  tier_shares_destroy(stream.shares);
}

/* Where the policy wants less than the wish allows, nothing is taken away. */
static void a_wish_that_does_not_bind(void **state) {
  struct stream stream = begin(0.9);
  (void)state;
  srand(2);
  run(&stream, 5000);
  const double share = share_of(&stream, 20000);
  assert_true(share > 0.65 && share < 0.68);
  tier_shares_destroy(stream.shares);
}

/* Harder traffic, then easier: after some half-lives the share is held again. */
static void a_change_is_followed(void **state) {
  struct stream stream = begin(0.2);
  (void)state;
  srand(3);
  run(&stream, 10000);
  stream.offset = 0;
  run(&stream, 6 * TIER_SHARES_EPOCH);
  double share = share_of(&stream, 20000);
  assert_true(share > 0.19 && share < 0.21);
  stream.spread = 0.15;
  stream.offset = 0.05;
  run(&stream, 6 * TIER_SHARES_EPOCH);
  share = share_of(&stream, 20000);
  assert_true(share > 0.19 && share < 0.21);
  tier_shares_destroy(stream.shares);
}

/* One in ten is forced, so that only another tenth of all is left to be earned. */
static void forced_ones_count(void **state) {
  struct stream stream = begin(0.2);
  (void)state;
  srand(4);
  stream.forced_every = 10;
  run(&stream, 10000);
  const double share = share_of(&stream, 40000);
  assert_true(share > 0.19 && share <= 0.205);
  tier_shares_destroy(stream.shares);
}

/* All gains are the same: no threshold can part them, so every fifth is taken. */
static void ties_are_shared_out(void **state) {
  struct stream stream = begin(0.2);
  (void)state;
  stream.spread = 0;
  stream.offset = -0.1;
  run(&stream, 1000);
  const double share = share_of(&stream, 20000);
  assert_true(share > 0.19 && share <= 0.202);
  tier_shares_destroy(stream.shares);
}

static void the_same_stream_decides_the_same(void **state) {
  size_t dear[2];
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct stream stream = begin(0.3);
    srand(5);
    dear[i] = run(&stream, 20000);
    tier_shares_destroy(stream.shares);
  }
  assert_int_equal(dear[0], dear[1]);
}

static void *note_many(void *argument) {
  struct stream *stream = argument;
  for (size_t i = 0; i < 50000; i++) {
    const struct share_note note = {.tier = i % 4 == 0 ? DEAR : CHEAP, .free = true};
    (void)tier_shares_cut(stream->shares, &stream->cap);
    tier_shares_note(stream->shares, &stream->cap, &note);
  }
  return NULL;
}

/* Epochs end while others count; the shares come out right all the same. */
static void threads_count_together(void **state) {
  struct stream stream = begin(0.2);
  pthread_t threads[3];
  double shares[2];
  (void)state;
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, note_many, &stream), 0);
  for (size_t i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  tier_shares_read(stream.shares, shares, 2);
  assert_true(shares[DEAR] > 0.24 && shares[DEAR] < 0.26);
  assert_true(shares[CHEAP] + shares[DEAR] > 0.999);
  tier_shares_destroy(stream.shares);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules),
      cmocka_unit_test(cuts_by_hand),
      cmocka_unit_test(a_stationary_stream),
      cmocka_unit_test(a_wish_that_does_not_bind),
      cmocka_unit_test(a_change_is_followed),
      cmocka_unit_test(forced_ones_count),
      cmocka_unit_test(ties_are_shared_out),
      cmocka_unit_test(the_same_stream_decides_the_same),
      cmocka_unit_test(threads_count_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
