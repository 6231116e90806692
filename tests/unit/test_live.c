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

/* Two threads, and what was read last. */
struct fixture {
  struct live *live;
  struct live_worker *one, *two;
  struct live_view view;
};

static int setup(void **state) {
  static struct fixture f;
  f.live = live_create(2);
  f.one = live_worker(f.live, 1);
  f.two = live_worker(f.live, 2);
  *state = &f;
  return f.one && f.two ? 0 : -1;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  live_destroy(f->live);
  return 0;
}

/* As a browser that asks, some seconds after noon. */
static void look(struct fixture *f, uint64_t number, int64_t s) {
  live_read(f->live, number, (int64_t)NOON_S + s, &f->view);
}

/* ---- sums ---- */

static void sums_are_of_all_threads(void **state) {
  struct fixture *f = *state;
  assert_null(live_worker(f->live, 3));
  note_at(f->one, 0);
  struct live_decision other = decision_at(1);
  other.abstained = true;
  other.cost = 9000; /* dearer than the top tier: a saving may be negative */
  live_note(f->two, &other);
  other.cost = MONEY_UNKNOWN;
  live_note(f->two, &other);
  look(f, 1, 2);
  assert_int_equal(f->view.total.decisions, 3);
  assert_int_equal(f->view.total.abstained, 2);
  assert_int_equal(f->view.total.unpriced, 1);
  assert_int_equal(f->view.total.cost, 10000);
  assert_int_equal(f->view.total.saving, 4000 - 4000);
  assert_memory_equal(&f->view.today, &f->view.total, sizeof f->view.today);
}

static void a_new_day_begins_at_nothing(void **state) {
  struct fixture *f = *state;
  note_at(f->one, 0);
  note_at(f->two, 0);
  look(f, 1, DAY_S); /* nobody has decided since midnight */
  assert_int_equal(f->view.today.decisions, 0);
  assert_int_equal(f->view.total.decisions, 2);
  note_at(f->one, DAY_S);
  look(f, 1, DAY_S);
  assert_int_equal(f->view.today.decisions, 1);
  assert_int_equal(f->view.today.saving, 4000);
  assert_int_equal(f->view.total.saving, 3 * 4000);
}

static void seconds_are_counted_once_over(void **state) {
  struct fixture *f = *state;
  note_at(f->one, 0);
  note_at(f->one, 0);
  note_at(f->one, 1);
  look(f, 1, 1);
  assert_int_equal(f->view.seconds[LIVE_SECONDS - 1], 2); /* the current one is not over */
  look(f, 1, LIVE_SECONDS);
  assert_int_equal(f->view.seconds[0], 2);
  assert_int_equal(f->view.seconds[1], 1);
  look(f, 1, LIVE_SECONDS + 2);
  for (size_t i = 0; i < LIVE_SECONDS; i++)
    assert_int_equal(f->view.seconds[i], 0);
  note_at(f->one, 64); /* in the place of second 0 */
  look(f, 1, 65);
  assert_int_equal(f->view.seconds[LIVE_SECONDS - 1], 1);
}

/* ---- distributions ---- */

static void probabilities_fall_into_bins(void **state) {
  struct fixture *f = *state;
  const float edges[] = {0, 1, 1};
  struct live_decision decision = decision_at(0);
  live_note(f->one, &decision);
  decision.good = edges;
  decision.needed[0] = -0.5; /* of a policy that asks for nothing */
  decision.needed[1] = 1.5;  /* or for more than there is */
  live_note(f->one, &decision);
  look(f, 1, 0);
  assert_int_equal(f->view.tiers[1], 2);
  assert_int_equal(f->view.good[0][12], 1); /* 0.31 * 40 */
  assert_int_equal(f->view.good[0][0], 1);
  assert_int_equal(f->view.good[1][34], 1);
  assert_int_equal(f->view.good[1][LIVE_BINS - 1], 1);
  assert_int_equal(f->view.needed[0][36], 1);
  assert_int_equal(f->view.needed[0][0], 1);
  assert_int_equal(f->view.needed[1][20], 1);
  assert_int_equal(f->view.needed[1][LIVE_BINS - 1], 1);
  for (size_t i = 0; i < LIVE_BINS; i++)
    assert_int_equal(f->view.good[2][i], 0);
}

static void a_new_snapshot_has_new_tiers(void **state) {
  struct fixture *f = *state;
  note_at(f->one, 0);
  note_at(f->two, 0);
  struct live_decision decision = decision_at(1);
  decision.number = 2;
  decision.tier = 0;
  live_note(f->one, &decision);
  look(f, 2, 1); /* the other thread has not decided with it yet */
  assert_int_equal(f->view.tiers[0], 1);
  assert_int_equal(f->view.tiers[1], 0);
  assert_int_equal(f->view.good[0][12], 1);
  assert_int_equal(f->view.needed[0][36], 1);
  assert_int_equal(f->view.total.decisions, 3);
}

/* ---- latencies ---- */

static void quantiles_are_near(void **state) {
  struct fixture *f = *state;
  look(f, 1, 0);
  assert_true(live_quantile(&f->view.ever, 0.5) == 0);
  for (uint64_t us = 1; us <= 1000; us++)
    live_observe(f->one, us * 1000, NOON_S);
  look(f, 1, 0);
  assert_int_equal(f->view.ever.count, 1000);
  assert_int_equal(f->view.minute.count, 1000);
  for (int percent = 1; percent <= 100; percent++) {
    const double got = live_quantile(&f->view.minute, percent / 100.0), wanted = percent * 10000.0;
    if (got < wanted * 0.93 || got > wanted * 1.07)
      fail_msg("p%d is %.0f ns, not near %.0f", percent, got, wanted);
  }
}

static void durations_of_any_length_have_a_cell(void **state) {
  struct fixture *f = *state;
  live_observe(f->one, 0, NOON_S);
  live_observe(f->one, 2047, NOON_S);
  live_observe(f->one, 2048, NOON_S);
  live_observe(f->one, UINT64_MAX, NOON_S);
  look(f, 1, 0);
  assert_int_equal(f->view.ever.cells[0], 1);
  assert_int_equal(f->view.ever.cells[7], 1);
  assert_int_equal(f->view.ever.cells[8], 1);
  assert_int_equal(f->view.ever.cells[LIVE_LATENCY_CELLS - 1], 1);
}

static void a_minute_passes(void **state) {
  struct fixture *f = *state;
  live_observe(f->one, 1000, NOON_S);
  live_observe(f->one, 1000, NOON_S + 30);
  look(f, 1, 59);
  assert_int_equal(f->view.minute.count, 2);
  look(f, 1, 60);
  assert_int_equal(f->view.minute.count, 1);
  live_observe(f->one, 1000, NOON_S + 70); /* where the first one was */
  look(f, 1, 70);
  assert_int_equal(f->view.minute.count, 2);
  assert_int_equal(f->view.ever.count, 3);
}

/* ---- the last ones ---- */

static void the_newest_come_first(void **state) {
  struct fixture *f = *state;
  struct live_worker *workers[] = {f->one, f->two};
  struct live_entry last[LIVE_LAST_MAX];
  assert_int_equal(live_last(f->live, last, LIVE_LAST_MAX), 0);
  for (int i = 0; i < 100; i++) {
    struct live_decision decision = decision_at(i);
    decision.id_count = (uint64_t)i;
    live_note(workers[i % 2], &decision);
  }
  assert_int_equal(live_last(f->live, last, 1000), LIVE_LAST_MAX);
  for (int i = 0; i < LIVE_LAST_MAX; i++) {
    assert_int_equal(last[i].id_count, 99 - i);
    assert_int_equal(last[i].id_prefix, 1 + (99 - i) % 2);
  }
  assert_int_equal(live_last(f->live, last, 3), 3);
  assert_int_equal(last[2].id_count, 97);
}

static void entries_say_what_was_decided(void **state) {
  struct fixture *f = *state;
  struct live_entry entry;
  char name[200];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  struct live_decision decision = decision_at(3);
  decision.model_name = name;
  live_note(f->one, &decision);
  name[0] = 'y'; /* it has a copy */
  assert_int_equal(live_last(f->live, &entry, 1), 1);
  assert_int_equal(entry.time_ms, ((int64_t)NOON_S + 3) * 1000);
  assert_string_equal(entry.tier, "standard");
  assert_int_equal(strlen(entry.model), LIVE_MODEL_NAME_MAX - 1);
  assert_int_equal(entry.model[0], 'x');
  assert_true(entry.probability == good[1]);
  assert_int_equal(entry.cost, 1000);
  assert_int_equal(entry.baseline, 5000);
  assert_int_equal(entry.reasons_count, 1);
  assert_string_equal(entry.reasons[0], "good_enough");
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
    live_read(live, 1, (int64_t)NOON_S + 20, &view);
    assert_true(view.total.decisions >= before);
    before = view.total.decisions;
    for (size_t i = live_last(live, last, LIVE_LAST_MAX); i-- > 0;)
      assert_string_equal(last[i].tier, "standard");
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  live_read(live, 1, (int64_t)NOON_S + 20, &view);
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
  struct fixture *f = *state;
  const int rounds = 200000;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < rounds; i++)
    note_at(f->one, i / 10000);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double ns =
      (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
  printf("noting a decision takes %.0f ns\n", ns / rounds);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(sums_are_of_all_threads, setup, teardown),
      cmocka_unit_test_setup_teardown(a_new_day_begins_at_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(seconds_are_counted_once_over, setup, teardown),
      cmocka_unit_test_setup_teardown(probabilities_fall_into_bins, setup, teardown),
      cmocka_unit_test_setup_teardown(a_new_snapshot_has_new_tiers, setup, teardown),
      cmocka_unit_test_setup_teardown(quantiles_are_near, setup, teardown),
      cmocka_unit_test_setup_teardown(durations_of_any_length_have_a_cell, setup, teardown),
      cmocka_unit_test_setup_teardown(a_minute_passes, setup, teardown),
      cmocka_unit_test_setup_teardown(the_newest_come_first, setup, teardown),
      cmocka_unit_test_setup_teardown(entries_say_what_was_decided, setup, teardown),
      cmocka_unit_test(reading_disturbs_nobody),
      cmocka_unit_test(nobody_notes_nothing),
      cmocka_unit_test_setup_teardown(what_noting_costs, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
