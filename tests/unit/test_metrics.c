/* test_metrics.c - the table of metrics, the counters' blocks, and their text. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/metrics.h"
#include "daemon/ops/metrics_internal.h"
#include "daemon/ops/metrics_text.h"

enum { THREADS = 3, ROUNDS = 20000 };

static bool ends_in(const char *text, const char *end) {
  size_t len = strlen(text), end_len = strlen(end);
  return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void put(void *owner, const char *bytes, size_t len) {
  buffer_add(owner, bytes, len);
}

/* The text of all metrics; the caller's. */
static char *text_of(const struct metrics *metrics, const struct metrics_told *told) {
  struct buffer buffer = {0};
  metrics_write(metrics, told, put, &buffer);
  buffer_add(&buffer, "", 1);
  assert_false(buffer.failed);
  return buffer.data;
}

static void assert_line(const struct metrics *metrics, const char *line) {
  struct metrics_told told = {0};
  char *text = text_of(metrics, &told);
  char wanted[512];
  snprintf(wanted, sizeof wanted, "\n%s\n", line);
  if (!strstr(text, wanted))
    fail_msg("no line %s in\n%s", line, text);
  free(text);
}

static void assert_none(const struct metrics *metrics, const char *piece) {
  struct metrics_told told = {0};
  char *text = text_of(metrics, &told);
  if (strstr(text, piece))
    fail_msg("%s in\n%s", piece, text);
  free(text);
}

/* ---- the table ---- */

/* What dashboards rely on and promtool asks for, of every row. */
static void names_follow_the_rules(void **state) {
  (void)state;
  for (size_t i = 0; i < METRICS_COUNT; i++) {
    const struct metric_row *row = &metrics_rows[i];
    assert_memory_equal(row->name, "tierd_", 6);
    assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->name));
    assert_int_equal(row->type == METRIC_COUNTER, ends_in(row->name, "_total"));
    assert_int_equal(row->type == METRIC_HISTOGRAM,
                     ends_in(row->name, "_seconds") && row->source == METRIC_COUNTED);
    assert_true(ends_in(row->help, "."));
    assert_null(strpbrk(row->help, "\n\\"));
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(row->name, metrics_rows[j].name);
  }
}

static void every_series_has_a_cell_of_its_own(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(1);
  assert_non_null(metrics);
  size_t cells = 0;
  for (size_t i = 0; i < METRICS_COUNT; i++) {
    const struct metric_row *row = &metrics_rows[i];
    assert_int_equal(metrics->offsets[i], cells);
    if (row->source != METRIC_COUNTED)
      continue;
    unsigned a = metrics_room(row->dims[0]), b = metrics_room(row->dims[1]);
    unsigned c = metrics_room(row->dims[2]);
    size_t series = metrics_index((enum metric)i, a - 1, b - 1, c - 1) + 1;
    assert_int_equal(series, (size_t)a * b * c);
    cells += series * (row->type == METRIC_HISTOGRAM ? METRICS_HISTOGRAM_CELLS : 1);
  }
  assert_int_equal(metrics->cells, cells);
  metrics_destroy(metrics);
}

/* ---- labels ---- */

static void values_are_bounded(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(1);
  char name[16];
  assert_non_null(metrics);
  for (unsigned i = 1; i < metrics_room(DIM_TIER) + 10; i++) {
    snprintf(name, sizeof name, "t%u", i);
    unsigned slot = metrics_value(metrics, DIM_TIER, name);
    assert_int_equal(slot, i < metrics_room(DIM_TIER) ? i : 0);
    assert_int_equal(metrics_value(metrics, DIM_TIER, name), slot);
    assert_int_equal(metrics_find(metrics, DIM_TIER, name), slot);
  }
  assert_int_equal(metrics_find(metrics, DIM_TIER, "t"), 0);
  metrics_add(metrics_worker(metrics), METRIC_COST, 0, 5);
  assert_line(metrics, "tierd_cost_usd_total{tier=\"other\"} 0.000000005");
  metrics_destroy(metrics);
}

static void values_are_escaped(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(1);
  struct metrics_told told = {.info[METRIC_BUILD_INFO] = {{"version", "a\"b\\c\nd"}}};
  assert_non_null(metrics);
  (void)metrics_value(metrics, DIM_TIER, "a\"b\\c\nd");
  assert_line(metrics, "tierd_cost_usd_total{tier=\"a\\\"b\\\\c\\nd\"} 0.000000000");
  char *text = text_of(metrics, &told);
  assert_non_null(strstr(text, "\ntierd_build_info{version=\"a\\\"b\\\\c\\nd\"} 1\n"));
  free(text);
  metrics_destroy(metrics);
}

/* A model that is gone keeps its count, and one that is new does not inherit it. */
static void counts_survive_a_new_catalogue(void **state) {
  (void)state;
  struct catalog_model models[] = {{.name = "a", .tier = 0}, {.name = "b", .tier = 1}};
  struct catalog catalog = {.tiers = {{.name = "low"}, {.name = "high"}},
                            .tiers_count = 2,
                            .models = models,
                            .models_count = 2};
  struct metrics *metrics = metrics_create(1);
  struct metrics_worker *worker = metrics_worker(metrics);
  metrics_follow(worker, 1, &catalog);
  metrics_add(worker, METRIC_DECISIONS, metrics_model_slot(worker, 0), 3);
  models[0].name = "c";
  metrics_follow(worker, 1, &catalog); /* the same snapshot: nothing is read */
  metrics_add(worker, METRIC_DECISIONS, metrics_model_slot(worker, 0), 1);
  metrics_follow(worker, 2, &catalog);
  metrics_add(worker, METRIC_DECISIONS, metrics_model_slot(worker, 0), 2);
  assert_line(metrics, "tierd_decisions_total{tier=\"low\",model=\"a\"} 4");
  assert_line(metrics, "tierd_decisions_total{tier=\"high\",model=\"b\"} 0");
  assert_line(metrics, "tierd_decisions_total{tier=\"low\",model=\"c\"} 2");
  assert_none(metrics, "model=\"other\"");
  metrics_destroy(metrics);
}

/* daemon/api counts problems by their number. */
static void problems_have_the_slots_of_their_numbers(void **state) {
  (void)state;
  struct metrics *metrics = api_metrics_create(1);
  assert_non_null(metrics);
  for (int i = PROBLEM_NONE + 1; i < PROBLEM_TYPES; i++)
    assert_int_equal(metrics_find(metrics, DIM_PROBLEM, problem_name((enum problem_type)i)), i);
  assert_int_equal(metrics_find(metrics, DIM_STATUS, "200"), 1);
  assert_true(metrics_find(metrics, DIM_STATUS, "503") > 1);
  for (unsigned i = 1; api_endpoint_path(i); i++)
    assert_int_equal(metrics_find(metrics, DIM_ENDPOINT, api_endpoint_path(i)), i);
  metrics_destroy(metrics);
}

/* ---- counting ---- */

static void histograms_are_cumulative(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(2);
  struct metrics_worker *one = metrics_worker(metrics), *two = metrics_worker(metrics);
  metrics_observe(one, METRIC_STAGE_DURATION, TIMED_DECIDE, 5000); /* a bound belongs below it */
  metrics_observe(two, METRIC_STAGE_DURATION, TIMED_DECIDE, 5001);
  metrics_observe(two, METRIC_STAGE_DURATION, TIMED_DECIDE, 2000000000);
#define BUCKET "tierd_stage_duration_seconds_bucket{stage=\"decide\",le="
  assert_line(metrics, BUCKET "\"0.000005\"} 1");
  assert_line(metrics, BUCKET "\"0.00001\"} 2");
  assert_line(metrics, BUCKET "\"1\"} 2");
  assert_line(metrics, BUCKET "\"+Inf\"} 3");
  assert_line(metrics, "tierd_stage_duration_seconds_sum{stage=\"decide\"} 2.000010001");
  assert_line(metrics, "tierd_stage_duration_seconds_count{stage=\"decide\"} 3");
  assert_line(metrics, "tierd_stage_duration_seconds_count{stage=\"parse\"} 0");
  metrics_destroy(metrics);
}

/* The text says what the comparison does. */
static void bounds_rise_and_are_named_rightly(void **state) {
  (void)state;
  for (size_t i = 0; i + 1 < METRICS_BUCKETS; i++) {
    double seconds = strtod(metrics_buckets[i].text, NULL);
    assert_true((uint64_t)(seconds * 1e9 + 0.5) == metrics_buckets[i].ns);
    assert_true(i == 0 || metrics_buckets[i].ns > metrics_buckets[i - 1].ns);
  }
}

static void gauges_may_fall_on_another_thread_s_block(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(2);
  struct metrics_worker *one = metrics_worker(metrics), *two = metrics_worker(metrics);
  metrics_add(one, METRIC_CONNECTIONS, 0, 2);
  metrics_add(two, METRIC_CONNECTIONS, 0, (uint64_t)-1);
  assert_line(metrics, "tierd_connections_open 1");
  assert_null(metrics_worker(metrics));
  metrics_destroy(metrics);
}

static void one_decision_in_sixteen_is_timed(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(1);
  struct metrics_worker *worker = metrics_worker(metrics);
  struct metrics_watch watch = {0};
  for (int i = 0; i < 2 * METRICS_STAGES_EVERY; i++) {
    metrics_watch_start(&watch);
    metrics_watch_lap(worker, &watch, TIMED_PARSE);
  }
  assert_line(metrics, "tierd_stage_duration_seconds_count{stage=\"parse\"} 2");
  metrics_destroy(metrics);
}

static void nobody_counts_without_a_block(void **state) {
  (void)state;
  metrics_add(NULL, METRIC_DECISIONS, 0, 1);
  metrics_observe(NULL, METRIC_STAGE_DURATION, 0, 1);
  metrics_follow(NULL, 1, NULL);
  assert_int_equal(metrics_tier_slot(NULL, 0), 0);
  metrics_destroy(NULL);
}

static void *count_on(void *worker) {
  for (int i = 0; i < ROUNDS; i++) {
    metrics_add(worker, METRIC_RECEIVED, 0, 2);
    metrics_observe(worker, METRIC_STAGE_DURATION, TIMED_LOG, 10);
  }
  return NULL;
}

/* Sums made meanwhile never fall, and in the end nothing is lost. */
static void sums_rise_while_threads_count(void **state) {
  (void)state;
  struct metrics *metrics = metrics_create(THREADS);
  pthread_t threads[THREADS];
  uint64_t before = 0;
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, count_on, metrics_worker(metrics)), 0);
  for (int i = 0; i < 1000; i++) {
    uint64_t sum = metrics_sum(metrics, metrics->offsets[METRIC_RECEIVED]);
    assert_true(sum >= before);
    before = sum;
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(metrics_sum(metrics, metrics->offsets[METRIC_RECEIVED]),
                   (uint64_t)THREADS * ROUNDS * 2);
  assert_line(metrics, "tierd_stage_duration_seconds_count{stage=\"log\"} 60000");
  metrics_destroy(metrics);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_follow_the_rules),
      cmocka_unit_test(every_series_has_a_cell_of_its_own),
      cmocka_unit_test(values_are_bounded),
      cmocka_unit_test(values_are_escaped),
      cmocka_unit_test(counts_survive_a_new_catalogue),
      cmocka_unit_test(problems_have_the_slots_of_their_numbers),
      cmocka_unit_test(histograms_are_cumulative),
      cmocka_unit_test(bounds_rise_and_are_named_rightly),
      cmocka_unit_test(gauges_may_fall_on_another_thread_s_block),
      cmocka_unit_test(one_decision_in_sixteen_is_timed),
      cmocka_unit_test(nobody_counts_without_a_block),
      cmocka_unit_test(sums_rise_while_threads_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
