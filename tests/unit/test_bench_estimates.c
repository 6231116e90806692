/* test_bench_estimates.c - tokens and costs against figures worked by hand, labels, and
 * `tier-bench novelty` on files.
 *
 * Each row below has one answer of one model. Its prompt counts 100 tokens, the forecast
 * is 100 (p50) and 400 (p90), hence p10 is 25; a million tokens cost 1 USD in and 2 out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/estimates.h"
#include "bench/accuracy/labels.h"
#include "bench/accuracy/novelty.h"

enum { ROWS = 4 };

static const uint32_t every_row[ROWS] = {0, 1, 2, 3};

struct fixture {
  struct outcome outcomes[ROWS];
  struct labelled_row labelled[ROWS];
  struct bench_row rows[ROWS];
  struct catalog_model models[1];
  struct bench_data data;
  struct bench_options options;
};

static int setup(void **state) {
  static const double inputs[ROWS] = {100, 80, 125, -1};
  static const double outputs[ROWS] = {100, 400, 1000, 10};
  static const double costs[ROWS] = {0.0003, 0.00088, 0.002125, -1};
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->models[0] = (struct catalog_model){.name = "m", .price = price_set_unknown()};
  f->models[0].price_as_of_days = -1;
  f->models[0].price.input = NANO_PER_USD;
  f->models[0].price.output = 2 * NANO_PER_USD;
  for (int i = 0; i < ROWS; i++) {
    f->outcomes[i] = (struct outcome){.score = 1,
                                      .input_tokens = inputs[i],
                                      .output_tokens = outputs[i],
                                      .output_chars = -1,
                                      .cost_usd = costs[i]};
    f->labelled[i] = (struct labelled_row){.outcomes = &f->outcomes[i], .outcomes_count = 1};
    f->rows[i] = (struct bench_row){
        .labelled = &f->labelled[i], .output_p50 = 100, .output_p90 = 400, .label = i % 2};
    f->rows[i].good[1] = 1;
    /* 6,400 parts of 64 are a hundred tokens. */
    f->rows[i].counts.text[TOKENS_WORDS_ASCII] = 6400;
  }
  f->data = (struct bench_data){.rows = f->rows, .rows_count = ROWS, .tiers_count = 2};
  f->data.prices.models = f->models;
  *state = f;
  return 0;
}

static int teardown(void **state) {
  free(*state);
  return 0;
}

static void assert_measure(const struct estimates *estimates, enum estimate_measure measure,
                           size_t count, double value) {
  const struct rate_result *found = &estimates->measures[measure];
  if (found->count != count)
    fail_msg("%s is of %zu, expected %zu", estimate_names[measure], found->count, count);
  assert_float_equal(found->estimate.value, value, 1e-6);
}

static void tokens_are_compared(void **state) {
  struct fixture *f = *state;
  struct estimates found;
  estimates_measure(&f->data, every_row, ROWS, SIZE_MAX, &f->options, &found);
  assert_int_equal(found.answers, 4);
  assert_int_equal(found.lacking[LACK_INPUT], 1);
  assert_int_equal(found.lacking[LACK_OUTPUT], 0);
  assert_int_equal(found.lacking[LACK_FAMILY], 4);
  /* 0, 0.25 and 0.2; 300 tokens estimated where 305 were measured. */
  assert_measure(&found, ESTIMATE_INPUT_ERROR, 3, 0.2);
  assert_measure(&found, ESTIMATE_INPUT_BIAS, 3, -5.0 / 305);
  /* 0, 0.75, 0.9 and 9: the middle of the second and third. */
  assert_measure(&found, ESTIMATE_OUTPUT_ERROR, 4, 0.825);
  assert_measure(&found, ESTIMATE_OUTPUT_P50, 4, 0.5);
  assert_measure(&found, ESTIMATE_OUTPUT_P90, 4, 0.75);
  assert_measure(&found, ESTIMATE_OUTPUT_P10_P90, 4, 0.5);
}

static void costs_are_compared(void **state) {
  struct fixture *f = *state;
  struct estimates found;
  estimates_measure(&f->data, every_row, ROWS, SIZE_MAX, &f->options, &found);
  assert_int_equal(found.lacking[LACK_COST], 1);
  assert_int_equal(found.lacking[LACK_PRICE], 0);
  /* The logs' costs are their tokens at the very prices. */
  assert_measure(&found, ESTIMATE_PRICE_ERROR, 3, 0);
  /* The mean forecast is 100 exp(1.0817^2 / 2) = 179.52 tokens, rounded to 180: 0.00046
   * expected, against 0.0003, 0.00088 and 0.002125. */
  assert_measure(&found, ESTIMATE_COST_ERROR, 3, 0.16 / 0.3);
  assert_measure(&found, ESTIMATE_COST_BIAS, 3, (3 * 0.46 - 3.305) / 3.305);
  /* From 90 in and 25 out to 110 in and 400 out: 0.00014 to 0.00091. */
  assert_measure(&found, ESTIMATE_COST_P10_P90, 3, 2.0 / 3);
}

static void what_is_unknown_stays_unknown(void **state) {
  struct fixture *f = *state;
  struct estimates found;
  f->models[0].price.output = MONEY_UNKNOWN;
  f->data.tiers_count = 0; /* no model, no forecast */
  estimates_measure(&f->data, every_row, ROWS, SIZE_MAX, &f->options, &found);
  assert_int_equal(found.lacking[LACK_PRICE], 4);
  assert_int_equal(found.measures[ESTIMATE_OUTPUT_P50].count, 0);
  assert_int_equal(found.measures[ESTIMATE_COST_ERROR].count, 0);
  assert_int_equal(found.measures[ESTIMATE_PRICE_ERROR].count, 0);
  assert_true(estimates_present(&found)); /* input tokens need neither */
  estimates_measure(&f->data, every_row, ROWS, 7, &f->options, &found);
  assert_int_equal(found.answers, 0);
  assert_false(estimates_present(&found));
}

static void intervals_hold_the_value(void **state) {
  struct fixture *f = *state;
  struct estimates found;
  f->options.bootstrap = 200;
  f->options.seed = 1;
  estimates_measure(&f->data, every_row, ROWS, SIZE_MAX, &f->options, &found);
  const struct estimate *e = &found.measures[ESTIMATE_OUTPUT_P90].estimate;
  assert_true(e->low <= e->value && e->value <= e->high && e->low < e->high);
  e = &found.measures[ESTIMATE_INPUT_ERROR].estimate;
  assert_true(e->low <= e->value && e->value <= e->high && e->low < e->high);
}

static void labels_have_a_direction(void **state) {
  struct fixture *f = *state;
  struct label_result found;
  double replicates[1];
  f->rows[0].good[0] = 0.9; /* label 0, tier 0 */
  f->rows[1].good[0] = 0.9; /* label 1, tier 0: below */
  f->rows[2].good[0] = 0.1; /* label 0, tier 1: above */
  f->rows[3].good[0] = 0.1; /* label 1, tier 1 */
  f->rows[3].label = -1;    /* none after all */
  labels_measure(&f->data, every_row, ROWS, &f->options, replicates, &found);
  assert_int_equal(found.confusion.rows_count, 3);
  assert_int_equal(found.confusion.counts[1][0], 1);
  assert_float_equal(found.under.estimate.value, 1.0 / 3, 1e-9);
  assert_float_equal(found.over.estimate.value, 1.0 / 3, 1e-9);
}

/* Runs a command; what it prints goes into text. */
static int run(int (*command)(int, char **), const char *const *argv, char *text, size_t size) {
  char output[] = "/tmp/test_bench_estimates_XXXXXX";
  int argc = 0, file = mkstemp(output), kept = dup(STDOUT_FILENO);
  assert_true(file >= 0 && kept >= 0);
  while (argv[argc])
    argc++;
  (void)fflush(stdout);
  (void)dup2(file, STDOUT_FILENO);
  int code = command(argc, (char **)(uintptr_t)argv);
  (void)fflush(stdout);
  (void)dup2(kept, STDOUT_FILENO);
  (void)close(kept);
  ssize_t len = pread(file, text, size - 1, 0);
  text[len > 0 ? len : 0] = '\0';
  (void)close(file);
  (void)unlink(output);
  return code;
}

static int run_novelty(const char *known, const char *unseen, char *text, size_t size) {
  const char *const argv[] = {"novelty", "--model", TIERD_SOURCE_DIR "/models/default.tier",
                              "--known", known,     "--unseen",
                              unseen,    "--json",  NULL};
  return run(novelty_main, argv, text, size);
}

/* `tier-bench accuracy` with the shipped model on rows that have tokens and costs. */
static int run_accuracy(const char *option, const char *value) {
  static char text[262144];
  const char *const argv[] = {"accuracy",
                              "--model",
                              TIERD_SOURCE_DIR "/models/default.tier",
                              "--data",
                              TIERD_SOURCE_DIR "/tests/data/report/school.jsonl",
                              "--prices",
                              TIERD_SOURCE_DIR "/tests/data/report/prices.json",
                              "--bootstrap",
                              "0",
                              option,
                              value,
                              NULL};
  return run(accuracy_main, argv, text, sizeof text);
}

static void gates_know_the_estimates(void **state) {
  (void)state;
  assert_int_equal(run_accuracy("--fail-if", "all.output_p90_coverage<0"), 0);
  assert_int_equal(run_accuracy("--fail-if", "all.output_p90_coverage>=0"), 1);
  assert_int_equal(run_accuracy("--fail-if", "school.cost_error<1000"), 1);
  /* A third of the rows cost a tenth more than the prices say: the median one does not. */
  assert_int_equal(run_accuracy("--fail-if", "all.price_error>0.001"), 0);
  assert_int_equal(run_accuracy("--fail-if", "all.label_under>=0"), 1);
}

static void predictions_are_a_table(void **state) {
  (void)state;
  static const char head[] = "id\tdataset\ttask\tlang\tmargin\tgood:economy\tgood:standard\t";
  char path[] = "/tmp/test_bench_predictions_XXXXXX", text[16384];
  int file = mkstemp(path), lines = 0;
  assert_true(file >= 0);
  assert_int_equal(run_accuracy("--predictions", path), 0);
  ssize_t len = pread(file, text, sizeof text - 1, 0);
  text[len > 0 ? len : 0] = '\0';
  assert_memory_equal(text, head, sizeof head - 1);
  for (const char *c = text; *c; c++)
    lines += *c == '\n';
  assert_int_equal(lines, 31);
  assert_non_null(strstr(text, "\nschool-1\tschool\tarithmetic\ten\t"));
  assert_int_equal(run_accuracy("--predictions", "/nonexistent/file"), 2);
  (void)close(file);
  (void)unlink(path);
}

static void novelty_tells_sides_apart(void **state) {
  (void)state;
  char path[] = "/tmp/test_bench_unseen_XXXXXX", text[8192];
  int file = mkstemp(path);
  FILE *out = fdopen(file, "w");
  assert_non_null(out);
  /* Long enough: few words, though unknown, are not held against a prompt. */
  for (int i = 0; i < 20; i++)
    (void)fprintf(out,
                  "{\"id\":\"%d\",\"lang\":\"x\",\"prompt\":\"zqxv jjwkq vvbnq qqzxp wwxkz pqzzv "
                  "zzqwe xqzvj kkjqx vwqzz bbqxz qwvxj jzzqk xxvqw\"}\n",
                  i);
  (void)fclose(out);
  const char *known = TIERD_SOURCE_DIR "/tests/data/report/school.jsonl";
  assert_int_equal(run_novelty(known, path, text, sizeof text), 0);
  const char *unseen = strstr(text, "\"side\":\"unseen\",\"kind\":\"language\",\"name\":\"x\"");
  assert_non_null(unseen);
  assert_non_null(strstr(unseen, "\"rows\":20,\"abstained\":[1,1,1]"));
  /* A side against itself is a coin's toss. */
  assert_int_equal(run_novelty(known, known, text, sizeof text), 0);
  assert_non_null(
      strstr(text, "\"side\":\"unseen\",\"kind\":\"all\",\"name\":\"all\",\"rows\":30"));
  assert_non_null(strstr(text, "\"auroc\":[0.5,"));
  assert_int_equal(run_novelty("/nonexistent", path, text, sizeof text), 2);
  (void)unlink(path);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(tokens_are_compared),
      TEST(costs_are_compared),
      TEST(what_is_unknown_stays_unknown),
      TEST(intervals_hold_the_value),
      TEST(labels_have_a_direction),
      cmocka_unit_test(gates_know_the_estimates),
      cmocka_unit_test(predictions_are_a_table),
      cmocka_unit_test(novelty_tells_sides_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
