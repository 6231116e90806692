/* test_dataset.c - from lines of a labelled log to what the machines learn.
 *
 * Each case is a line or two of a log, read under a map of three tiers with two
 * models in each, and qualities, shares and targets worked out by hand.
 */
#include <math.h>
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

#include "classifier/svm/model_internal.h"
#include "classifier/train/dataset.h"
#include "classifier/train/lone_rows.h"

static const char tiers[] =
    "{\"tiers\": [\"low\", \"mid\", \"top\"], \"labels\": {\"SIMPLE\": \"low\", \"HARD\": \"top\"},"
    " \"models\": {\"l1\": \"low\", \"l2\": \"low\", \"m1\": \"mid\", \"m2\": \"mid\","
    " \"t1\": \"top\", \"t2\": \"top\"}}";

struct fixture {
  char dir[64];
  struct tier_map map;
  struct labelled_log log;
  struct dataset dataset;
};

static void write_file(const struct fixture *f, const char *name, const char *text,
                       char path[128]) {
  (void)snprintf(path, 128, "%s/%s", f->dir, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fputs(text, file) < 0, 0);
  assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  char path[128], why[256];
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_dataset_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  write_file(f, "tiers.json", tiers, path);
  bool ok = tier_map_read(&f->map, path, why, sizeof why);
  (void)unlink(path);
  labelled_log_init(&f->log);
  *state = f;
  return ok ? 0 : -1;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  dataset_deinit(&f->dataset);
  labelled_log_deinit(&f->log);
  tier_map_deinit(&f->map);
  (void)rmdir(f->dir);
  free(f);
  return 0;
}

static void read_log(struct fixture *f, const char *name, const char *text) {
  struct labelled_log_options options = {.strict = true, .diagnostics = stderr};
  char path[128];
  write_file(f, name, text, path);
  assert_true(labelled_log_read(&f->log, path, &options));
  (void)unlink(path);
}

static const struct example *build(struct fixture *f) {
  assert_true(dataset_build(&f->dataset, &f->log, &f->map, NULL));
  return f->dataset.examples;
}

/* One line to one example. */
static const struct example *example_of(struct fixture *f, const char *line) {
  read_log(f, "a.jsonl", line);
  build(f);
  assert_int_equal(f->dataset.count, 1);
  return &f->dataset.examples[0];
}

/* NAN stands for unknown. */
static void assert_values(const float *values, const float expected[3], const char *what) {
  for (size_t t = 0; t < 3; t++)
    if (isnan(expected[t]) ? !isnan(values[t]) : !(fabsf(values[t] - expected[t]) < 1e-6f))
      fail_msg("%s of tier %zu: %g instead of %g", what, t, (double)values[t], (double)expected[t]);
}

static void assert_targets(const struct example *example, const float expected[3]) {
  float targets[3];
  for (size_t t = 0; t < 3; t++)
    targets[t] = example_target(example, 3, t);
  assert_values(targets, expected, "target");
}

#define OUTCOMES(list) "{\"prompt\":\"p\",\"outcomes\":{" list "}}\n"
#define SCORE(model, score) "\"" model "\":{\"score\":" #score "}"

/* ---- outcomes */

/* Quality is the mean of a tier's models. Of the four pairs of a low and a top
 * model, l2 keeps up with t2 alone; m1 is 0.05 below t1, which is good enough. */
static void outcomes_of_every_tier(void **state) {
  const struct example *e =
      example_of(*state, OUTCOMES(SCORE("l1", 0.1) "," SCORE("l2", 0.5) "," SCORE(
                             "m1", 0.75) "," SCORE("t1", 0.8) "," SCORE("t2", 0.4)));
  assert_false(e->labelled);
  assert_values(e->quality, (float[]){0.3f, 0.75f, 0.6f}, "quality");
  assert_values(e->good, (float[]){0.25f, 1, NAN}, "share");
  /* Low: fails by 0.7 and the top gains 0.3. Mid: fails by 0.25, the top loses 0.15. */
  assert_targets(e, (float[]){-1.0f, -0.1f, NAN});
  assert_true(isnan(e->log_tokens));
}

/* The highest tier seen stands in for a top that is missing. */
static void top_is_missing(void **state) {
  const struct example *e = example_of(*state, OUTCOMES(SCORE("l1", 1) "," SCORE("m1", 0)));
  assert_values(e->quality, (float[]){1, 0, NAN}, "quality");
  assert_values(e->good, (float[]){1, NAN, NAN}, "share");
  assert_targets(e, (float[]){1, NAN, NAN}); /* no failure, and a step up would lose 1 */
}

static void middle_is_missing(void **state) {
  const struct example *e = example_of(*state, OUTCOMES(SCORE("l1", 0) "," SCORE("t1", 1)));
  assert_values(e->good, (float[]){0, NAN, NAN}, "share");
  assert_targets(e, (float[]){-2, NAN, NAN});
}

/* Outcomes of the cheapest tier alone compare with nothing; and unknown models do
 * not count at all. */
static void useless_rows(void **state) {
  struct fixture *f = *state;
  read_log(f, "a.jsonl",
           OUTCOMES(SCORE("l1", 1)) OUTCOMES(SCORE("x", 1) "," SCORE(
               "y", 0)) "{\"prompt\":\"p\"}\n{\"prompt\":\"p\",\"label\":\"PURPLE\"}\n");
  build(f);
  assert_int_equal(f->dataset.count, 0);
  assert_int_equal(f->dataset.unused_rows, 4);
  assert_int_equal(f->dataset.unmapped_models, 2);
}

static void unknown_models_are_left_out(void **state) {
  const struct example *e =
      example_of(*state, OUTCOMES(SCORE("l1", 0.5) "," SCORE("x", 0) "," SCORE("t1", 0.5)));
  assert_values(e->quality, (float[]){0.5f, NAN, 0.5f}, "quality");
  assert_values(e->good, (float[]){1, NAN, NAN}, "share");
  assert_targets(e, (float[]){-0.5f, NAN, NAN});
}

/* Lengths: tokens as given, else a quarter of the characters; the mean of logs. */
static void lengths(void **state) {
  const struct example *e =
      example_of(*state, OUTCOMES("\"l1\":{\"score\":1,\"output_tokens\":99,\"output_chars\":4},"
                                  "\"m1\":{\"score\":1,\"output_chars\":36},\"t1\":{\"score\":1},"
                                  "\"x\":{\"score\":1,\"output_tokens\":100000}"));
  assert_float_equal(e->log_tokens, (logf(100) + logf(10)) / 2, 1e-5);
}

/* ---- labels */

static void labels(void **state) {
  struct fixture *f = *state;
  static const float quality[][3] = {{1, 1, 1}, {0, 1, 1}, {0, 0, 1}, {0, 0, 1}};
  static const float targets[][3] = {{0, 0, NAN}, {-2, 0, NAN}, {-2, -2, NAN}, {-2, -2, NAN}};
  read_log(f, "a.jsonl",
           "{\"prompt\":\"a\",\"label\":\"SIMPLE\"}\n{\"prompt\":\"b\",\"label\":\"mid\"}\n"
           "{\"prompt\":\"c\",\"label\":\"HARD\"}\n{\"prompt\":\"d\",\"label\":\"top\"}\n");
  build(f);
  assert_int_equal(f->dataset.count, 4);
  for (size_t i = 0; i < 4; i++) {
    const struct example *e = &f->dataset.examples[i];
    assert_true(e->labelled);
    assert_values(e->quality, quality[i], "quality");
    assert_values(e->good, quality[i], "share");
    assert_targets(e, targets[i]);
  }
}

/* What models did is worth more than what a person thought they would do. */
static void outcomes_before_labels(void **state) {
  const struct example *e =
      example_of(*state, "{\"prompt\":\"p\",\"label\":\"SIMPLE\",\"outcomes\":{" SCORE(
                             "l1", 0) "," SCORE("t1", 1) "}}\n");
  assert_false(e->labelled);
  assert_targets(e, (float[]){-2, NAN, NAN});
}

static void label_beside_useless_outcomes(void **state) {
  const struct example *e = example_of(*state, "{\"prompt\":\"p\",\"label\":\"mid\",\"outcomes\":{"
                                               "\"l1\":{\"score\":0,\"output_tokens\":9}}}\n");
  assert_true(e->labelled);
  assert_values(e->quality, (float[]){0, 1, 1}, "quality");
  assert_targets(e, (float[]){-2, 0, NAN});
  assert_float_equal(e->log_tokens, logf(10), 1e-5); /* its length is known all the same */
}

/* ---- weights */

#define CHOSEN(propensity)                                                                         \
  "{\"prompt\":\"p\",\"propensity\":" propensity ",\"outcomes\":{\"l1\":{\"score\":0},"            \
  "\"t1\":{\"score\":1}}}\n"

/* A rare choice stands for those that were not made, up to a bound; a label holds
 * whichever tier was asked. */
static void weights_by_propensity(void **state) {
  struct fixture *f = *state;
  read_log(
      f, "a.jsonl",
      OUTCOMES(SCORE("l1", 0) "," SCORE("t1", 1)) CHOSEN("1") CHOSEN("0.25") CHOSEN("0.001") CHOSEN(
          "null") "{\"prompt\":\"p\",\"propensity\":0.25,\"outcomes\":{\"l1\":{\"score\":0.3,"
                  "\"score_from\":\"reasked\"},\"t1\":{\"score\":1}}}\n"
                  "{\"prompt\":\"p\",\"label\":\"mid\",\"propensity\":0.25}\n");
  const struct example *e = build(f);
  static const float expected[] = {1, 1, 4, (float)PROPENSITY_WEIGHT_MAX, 1, 1.2f, 1};
  assert_int_equal(f->dataset.count, sizeof expected / sizeof expected[0]);
  for (size_t i = 0; i < f->dataset.count; i++)
    assert_float_equal(e[i].weight, expected[i], 1e-6);
}

/* As often as the weight says, on average, and never but once for a weight of 1. */
static void copies_of_rows(void **state) {
  enum { ROWS = 10000 };
  static const float weights[] = {1, 0.25f, 2.5f, 4};
  (void)state;
  for (size_t w = 0; w < sizeof weights / sizeof weights[0]; w++) {
    const struct example example = {.weight = weights[w]};
    size_t copies = 0;
    for (size_t i = 0; i < ROWS; i++) {
      const size_t one = example_copies(&example, i, 7);
      assert_true(one >= (size_t)floorf(weights[w]) && one <= (size_t)ceilf(weights[w]));
      copies += one;
    }
    assert_float_equal((double)copies / ROWS, (double)weights[w], 0.02);
  }
}

/* ---- where a row belongs */

/* Appends so many lines of one task, judged by outcomes or by a label. */
static size_t add_lines(char *text, size_t size, const char *task, size_t count, bool labelled) {
  size_t len = 0;
  for (size_t i = 0; i < count; i++) {
    const char *rest =
        labelled ? "\"label\":\"mid\"}" : "\"outcomes\":{" SCORE("l1", 0) "," SCORE("t1", 1) "}}";
    len += (size_t)snprintf(text + len, size - len, "{\"prompt\":\"p\",\"task\":\"%s\",%s\n", task,
                            rest);
    assert_true(len < size);
  }
  return len;
}

/* What has enough rows, of whatever file, stands alone; what is left of a file stands
 * together. a.jsonl: "prose", a row too few; "sums", two rows too few; no task.
 * b.jsonl: the two other "sums"; "riddles", labelled; a single labelled "ode". */
static void read_tasks(struct fixture *f) {
  enum { SIZE = 128 * KIND_ROWS_MIN * 3 };
  char *text = malloc(SIZE);
  assert_non_null(text);
  size_t len = add_lines(text, SIZE, "prose", KIND_ROWS_MIN - 1, false);
  len += add_lines(text + len, SIZE - len, "sums", KIND_ROWS_MIN - 2, false);
  add_lines(text + len, SIZE - len, "", 1, false);
  read_log(f, "a.jsonl", text);
  len = add_lines(text, SIZE, "sums", 2, false);
  len += add_lines(text + len, SIZE - len, "riddles", KIND_ROWS_MIN, true);
  add_lines(text + len, SIZE - len, "ode", 1, true);
  read_log(f, "b.jsonl", text);
  free(text);
}

/* A large task is a group and a kind of its own, wherever it was logged. The kind of
 * a labelled row is its label. */
static void sources_groups_and_kinds(void **state) {
  struct fixture *f = *state;
  read_tasks(f);
  const struct example *e = build(f);
  size_t count = f->dataset.count;
  assert_int_equal(count, 3 * KIND_ROWS_MIN + 1);
  assert_int_equal(f->dataset.sources_count, 2);
  assert_int_equal(f->dataset.groups_count, 4); /* sums, riddles, the rest of either file */
  for (size_t i = 0; i < count; i++) {
    const struct labelled_row *row = &f->log.rows[e[i].row];
    const char *source = i < 2 * KIND_ROWS_MIN - 2 ? "a.jsonl" : "b.jsonl";
    bool sums = strcmp(row->task, "sums") == 0;
    assert_string_equal(f->dataset.sources[e[i].source], source);
    assert_true(e[i].labelled == (row->label != NULL));
    const char *kind = e[i].labelled ? row->label : sums ? "sums" : source;
    assert_string_equal(f->dataset.kinds[e[i].kind], kind);
    for (size_t k = 0; k < i; k++) {
      const struct labelled_row *other = &f->log.rows[e[k].row];
      bool large = sums || strcmp(row->task, "riddles") == 0;
      bool same = large ? strcmp(row->task, other->task) == 0
                        : e[i].source == e[k].source && strcmp(other->task, "sums") != 0 &&
                              strcmp(other->task, "riddles") != 0;
      assert_true((e[i].group == e[k].group) == same);
    }
  }
}

/* row counts the rows of the log, used or not. */
static void rows_point_into_the_log(void **state) {
  struct fixture *f = *state;
  read_log(f, "a.jsonl",
           "{\"prompt\":\"p\"}\n{\"prompt\":\"p\",\"label\":\"mid\"}\n{\"prompt\":\"p\"}\n"
           "{\"prompt\":\"p\",\"label\":\"top\"}\n");
  const struct example *e = build(f);
  assert_int_equal(f->dataset.count, 2);
  assert_int_equal(e[0].row, 1);
  assert_int_equal(e[1].row, 3);
}

static uint32_t word_bit(const char *word) {
  return model_word_bit(DATASET_WORDS_BITS, text_word_hash(span_of(word)));
}

/* Features are those of the daemon; numbers are left out of the known words. */
static void features_of_the_row(void **state) {
  static const char prompt[] = "Why is 2 + 2 = 4?";
  const struct example *e =
      example_of(*state, "{\"prompt\":\"Why is 2 + 2 = 4?\",\"label\":\"mid\"}\n");
  struct turn turn = {TURN_USER, true, span_of(prompt)};
  struct conversation conversation = {.turns = &turn, .turns_count = 1};
  struct features *features = malloc(sizeof *features);
  assert_non_null(features);
  features_init(features);
  features_extract(features, &conversation);
  assert_memory_equal(e->x, features->x, sizeof e->x);
  assert_int_equal(e->ngrams_count, features->ngrams.count);
  assert_memory_equal(e->ngrams, features->ngrams.buckets, e->ngrams_count * sizeof e->ngrams[0]);
  free(features);
  assert_int_equal(e->words_count, 2);
  assert_int_equal(e->words[0], word_bit("why"));
  assert_int_equal(e->words[1], word_bit("is"));
}

/* The dataset keeps nothing of the log. */
static void outlives_the_log(void **state) {
  struct fixture *f = *state;
  const struct example *e = example_of(f, "{\"prompt\":\"some words\",\"label\":\"mid\"}\n");
  labelled_log_deinit(&f->log);
  labelled_log_init(&f->log);
  assert_int_equal(e->words[0], word_bit("some"));
  assert_string_equal(f->dataset.sources[e->source], "a.jsonl");
}

static void empty_log(void **state) {
  struct fixture *f = *state;
  build(f);
  assert_int_equal(f->dataset.count, 0);
  assert_int_equal(f->dataset.tiers_count, 3);
}

/* A service's log: one tier a row. Where it was not the top one, that one would have done
 * well; a label beside it says more. */
static void one_answer_a_row(void **state) {
  struct fixture *f = *state;
  read_log(f, "a.jsonl",
           OUTCOMES(SCORE("l1", 0)) OUTCOMES(SCORE("m1", 0.95))
               OUTCOMES(SCORE("t1", 0)) "{"
                                        "\"prompt\":\"p\",\"label\":\"HARD\",\"outcomes\":{" SCORE(
                                            "l1", 1) "}}\n");
  assert_true(lone_rows_prevail(&f->log, &f->map));
  f->map.assume_top = true;
  build(f);
  assert_int_equal(f->dataset.count, 3);
  assert_values(f->dataset.examples[0].quality, (float[]){0, NAN, 1}, "quality");
  assert_values(f->dataset.examples[0].good, (float[]){0, NAN, NAN}, "share");
  assert_targets(&f->dataset.examples[0], (float[]){-2, NAN, NAN});
  assert_values(f->dataset.examples[1].good, (float[]){NAN, 1, NAN}, "share");
  assert_true(f->dataset.examples[2].labelled);
  assert_values(f->dataset.examples[2].quality, (float[]){0, 0, 1}, "quality");
}

/* Two tiers a row compare by themselves, and labels speak for themselves. */
static void rows_that_need_no_assumption(void **state) {
  struct fixture *f = *state;
  read_log(f, "a.jsonl",
           OUTCOMES(SCORE("l1", 0) "," SCORE("t1", 1))
               OUTCOMES(SCORE("l1", 1)) "{\"prompt\":\"p\","
                                        "\"label\":\"HARD\",\"outcomes\":{" SCORE("l1", 1) "}}\n");
  assert_false(lone_rows_prevail(&f->log, &f->map));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(outcomes_of_every_tier),
      TEST(top_is_missing),
      TEST(middle_is_missing),
      TEST(useless_rows),
      TEST(unknown_models_are_left_out),
      TEST(lengths),
      TEST(labels),
      TEST(outcomes_before_labels),
      TEST(label_beside_useless_outcomes),
      TEST(weights_by_propensity),
      TEST(copies_of_rows),
      TEST(sources_groups_and_kinds),
      TEST(rows_point_into_the_log),
      TEST(features_of_the_row),
      TEST(outlives_the_log),
      TEST(empty_log),
      TEST(one_answer_a_row),
      TEST(rows_that_need_no_assumption),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
