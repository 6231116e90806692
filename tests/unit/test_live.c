/* test_live.c - sums, distributions and the last decisions, over threads and time. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/ops/live.h"
#include "daemon/router/money.h"

enum { NOON_S = 20000 * 86400 + 43200, DAY_S = 86400, THREADS = 3, ROUNDS = 20000 };

static const float good[] = {0.31F, 0.86F, 1};

/* Of tier 1, at some second after noon. */
static struct live_decision decision_at(int64_t s) {
  return (struct live_decision){.now_ms = ((int64_t)NOON_S + s) * 1000,
                                .id_count = 7,
                                .number = 1,
                                .tiers_count = 3,
                                .tier = 1,
                                .tier_name = "standard",
                                .model_name = "some-model",
                                .good = good,
                                .needed = {0.9, 0.5},
                                .cost = 1000,
                                .baseline = 5000,
                                .reasons = {"good_enough"},
                                .reasons_count = 1};
}

static void note_at(struct live_worker *worker, int64_t s) {
  const struct live_decision decision = decision_at(s);
  live_note(worker, &decision);
}

static void look(struct live *live, uint64_t number, int64_t s, struct live_view *view) {
  live_read(live, number, (int64_t)NOON_S + s, view);
}

/* ---- sums ---- */

static void sums_are_of_all_threads(void **state) {
  (void)state;
  struct live *live = live_create(2);
  struct live_worker *one = live_worker(live, 1), *two = live_worker(live, 2);
  struct live_view view;
  assert_null(live_worker(live, 3));
  note_at(one, 0);
  struct live_decision other = decision_at(1);
  other.abstained = true;
  other.cost = 9000; /* dearer than the top tier: a saving may be negative */
  live_note(two, &other);
  other.cost = MONEY_UNKNOWN;
  live_note(two, &other);
  look(live, 1, 2, &view);
  assert_int_equal(view.total.decisions, 3);
  assert_int_equal(view.total.abstained, 2);
  assert_int_equal(view.total.unpriced, 1);
  assert_int_equal(view.total.cost, 10000);
  assert_int_equal(view.total.saving, 4000 - 4000);
  assert_memory_equal(&view.today, &view.total, sizeof view.today);
  live_destroy(live);
}

static void a_new_day_begins_at_nothing(void **state) {
  (void)state;
  struct live *live = live_create(2);
  struct live_worker *one = live_worker(live, 1), *two = live_worker(live, 2);
  struct live_view view;
  note_at(one, 0);
  note_at(two, 0);
  look(live, 1, DAY_S, &view); /* nobody has decided since midnight */
  assert_int_equal(view.today.decisions, 0);
  assert_int_equal(view.total.decisions, 2);
  note_at(one, DAY_S);
  look(live, 1, DAY_S, &view);
  assert_int_equal(view.today.decisions, 1);
  assert_int_equal(view.today.saving, 4000);
  assert_int_equal(view.total.saving, 3 * 4000);
  live_destroy(live);
}

static void seconds_are_counted_once_over(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  struct live_view view;
  note_at(worker, 0);
  note_at(worker, 0);
  note_at(worker, 1);
  look(live, 1, 1, &view);
  assert_int_equal(view.seconds[LIVE_SECONDS - 1], 2); /* the current one is not over */
  look(live, 1, LIVE_SECONDS, &view);
  assert_int_equal(view.seconds[0], 2);
  assert_int_equal(view.seconds[1], 1);
  look(live, 1, LIVE_SECONDS + 2, &view);
  for (size_t i = 0; i < LIVE_SECONDS; i++)
    assert_int_equal(view.seconds[i], 0);
  note_at(worker, 64); /* in the place of second 0 */
  look(live, 1, 65, &view);
  assert_int_equal(view.seconds[LIVE_SECONDS - 1], 1);
  live_destroy(live);
}

/* ---- distributions ---- */

static void probabilities_fall_into_bins(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  struct live_view view;
  const float edges[] = {0, 1, 1};
  struct live_decision decision = decision_at(0);
  live_note(worker, &decision);
  decision.good = edges;
  decision.needed[0] = -0.5; /* of a policy that asks for nothing */
  decision.needed[1] = 1.5;  /* or for more than there is */
  live_note(worker, &decision);
  look(live, 1, 0, &view);
  assert_int_equal(view.tiers[1], 2);
  assert_int_equal(view.good[0][12], 1); /* 0.31 * 40 */
  assert_int_equal(view.good[0][0], 1);
  assert_int_equal(view.good[1][34], 1);
  assert_int_equal(view.good[1][LIVE_BINS - 1], 1);
  assert_int_equal(view.needed[0][36], 1);
  assert_int_equal(view.needed[0][0], 1);
  assert_int_equal(view.needed[1][20], 1);
  assert_int_equal(view.needed[1][LIVE_BINS - 1], 1);
  for (size_t i = 0; i < LIVE_BINS; i++)
    assert_int_equal(view.good[2][i], 0);
  live_destroy(live);
}

static void a_new_snapshot_has_new_tiers(void **state) {
  (void)state;
  struct live *live = live_create(2);
  struct live_worker *one = live_worker(live, 1), *two = live_worker(live, 2);
  struct live_view view;
  note_at(one, 0);
  note_at(two, 0);
  struct live_decision decision = decision_at(1);
  decision.number = 2;
  decision.tier = 0;
  live_note(one, &decision);
  look(live, 2, 1, &view); /* the other thread has not decided with it yet */
  assert_int_equal(view.tiers[0], 1);
  assert_int_equal(view.tiers[1], 0);
  assert_int_equal(view.good[0][12], 1);
  assert_int_equal(view.needed[0][36], 1);
  assert_int_equal(view.total.decisions, 3);
  live_destroy(live);
}

/* ---- latencies ---- */

static void quantiles_are_near(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  struct live_view view;
  look(live, 1, 0, &view);
  assert_true(live_quantile(&view.ever, 0.5) == 0);
  for (uint64_t us = 1; us <= 1000; us++)
    live_observe(worker, us * 1000, NOON_S);
  look(live, 1, 0, &view);
  assert_int_equal(view.ever.count, 1000);
  assert_int_equal(view.minute.count, 1000);
  for (int percent = 1; percent <= 100; percent++) {
    const double got = live_quantile(&view.minute, percent / 100.0), wanted = percent * 10000.0;
    if (got < wanted * 0.93 || got > wanted * 1.07)
      fail_msg("p%d is %.0f ns, not near %.0f", percent, got, wanted);
  }
  live_destroy(live);
}

static void durations_of_any_length_have_a_cell(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  struct live_view view;
  live_observe(worker, 0, NOON_S);
  live_observe(worker, 2047, NOON_S);
  live_observe(worker, 2048, NOON_S);
  live_observe(worker, UINT64_MAX, NOON_S);
  look(live, 1, 0, &view);
  assert_int_equal(view.ever.cells[0], 1);
  assert_int_equal(view.ever.cells[7], 1);
  assert_int_equal(view.ever.cells[8], 1);
  assert_int_equal(view.ever.cells[LIVE_LATENCY_CELLS - 1], 1);
  live_destroy(live);
}

static void a_minute_passes(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  struct live_view view;
  live_observe(worker, 1000, NOON_S);
  live_observe(worker, 1000, NOON_S + 30);
  look(live, 1, 59, &view);
  assert_int_equal(view.minute.count, 2);
  look(live, 1, 60, &view);
  assert_int_equal(view.minute.count, 1);
  live_observe(worker, 1000, NOON_S + 70); /* where the first one was */
  look(live, 1, 70, &view);
  assert_int_equal(view.minute.count, 2);
  assert_int_equal(view.ever.count, 3);
  live_destroy(live);
}

/* ---- the last ones ---- */

static void the_newest_come_first(void **state) {
  (void)state;
  struct live *live = live_create(2);
  struct live_worker *workers[] = {live_worker(live, 1), live_worker(live, 2)};
  struct live_entry last[LIVE_LAST_MAX];
  assert_int_equal(live_last(live, last, LIVE_LAST_MAX), 0);
  for (int i = 0; i < 100; i++) {
    struct live_decision decision = decision_at(i);
    decision.id_count = (uint64_t)i;
    live_note(workers[i % 2], &decision);
  }
  assert_int_equal(live_last(live, last, 1000), LIVE_LAST_MAX);
  for (int i = 0; i < LIVE_LAST_MAX; i++) {
    assert_int_equal(last[i].id_count, 99 - i);
    assert_int_equal(last[i].id_prefix, 1 + (99 - i) % 2);
  }
  assert_int_equal(live_last(live, last, 3), 3);
  assert_int_equal(last[2].id_count, 97);
  live_destroy(live);
}

static void entries_say_what_was_decided(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 9);
  struct live_entry entry;
  char name[200];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  struct live_decision decision = decision_at(3);
  decision.model_name = name;
  live_note(worker, &decision);
  name[0] = 'y'; /* it has a copy */
  assert_int_equal(live_last(live, &entry, 1), 1);
  assert_int_equal(entry.time_ms, ((int64_t)NOON_S + 3) * 1000);
  assert_string_equal(entry.tier, "standard");
  assert_int_equal(strlen(entry.model), LIVE_MODEL_NAME_MAX - 1);
  assert_int_equal(entry.model[0], 'x');
  assert_true(entry.probability == good[1]);
  assert_int_equal(entry.cost, 1000);
  assert_int_equal(entry.baseline, 5000);
  assert_int_equal(entry.reasons_count, 1);
  assert_string_equal(entry.reasons[0], "good_enough");
  live_destroy(live);
}

/* ---- beside each other ---- */

static void *note_many(void *worker) {
  for (int i = 0; i < ROUNDS; i++) {
    note_at(worker, i / 1000);
    live_observe(worker, 5000, NOON_S + i / 1000);
  }
  return NULL;
}

/* While others write, what is read is of whole entries and never goes back. */
static void reading_disturbs_nobody(void **state) {
  (void)state;
  struct live *live = live_create(THREADS);
  pthread_t threads[THREADS];
  struct live_view view;
  struct live_entry last[LIVE_LAST_MAX];
  uint64_t before = 0;
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, note_many, live_worker(live, i)), 0);
  while (before < (uint64_t)THREADS * ROUNDS) {
    look(live, 1, 20, &view);
    assert_true(view.total.decisions >= before);
    before = view.total.decisions;
    for (size_t i = live_last(live, last, LIVE_LAST_MAX); i-- > 0;)
      assert_string_equal(last[i].tier, "standard");
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  look(live, 1, 20, &view);
  assert_int_equal(view.total.saving, (int64_t)THREADS * ROUNDS * 4000);
  assert_int_equal(view.ever.count, THREADS * ROUNDS);
  assert_int_equal(view.tiers[1], THREADS * ROUNDS);
  live_destroy(live);
}

static void nobody_notes_nothing(void **state) {
  (void)state;
  note_at(NULL, 0);
  live_observe(NULL, 1, 1);
  live_destroy(NULL);
}

/* Told, not asserted: machines differ. */
static void what_noting_costs(void **state) {
  (void)state;
  struct live *live = live_create(1);
  struct live_worker *worker = live_worker(live, 1);
  const int rounds = 200000;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < rounds; i++)
    note_at(worker, i / 10000);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double ns =
      (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
  printf("noting a decision takes %.0f ns\n", ns / rounds);
  live_destroy(live);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_are_of_all_threads),
      cmocka_unit_test(a_new_day_begins_at_nothing),
      cmocka_unit_test(seconds_are_counted_once_over),
      cmocka_unit_test(probabilities_fall_into_bins),
      cmocka_unit_test(a_new_snapshot_has_new_tiers),
      cmocka_unit_test(quantiles_are_near),
      cmocka_unit_test(durations_of_any_length_have_a_cell),
      cmocka_unit_test(a_minute_passes),
      cmocka_unit_test(the_newest_come_first),
      cmocka_unit_test(entries_say_what_was_decided),
      cmocka_unit_test(reading_disturbs_nobody),
      cmocka_unit_test(nobody_notes_nothing),
      cmocka_unit_test(what_noting_costs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
