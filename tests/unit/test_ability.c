/* test_ability.c - scores of different pools of models on one scale.
 *
 * Each case is a little log, read under a map of three tiers. Some outcomes can be
 * worked out on paper; the others are held to the equations that an estimate of the
 * Rasch model with normal priors has to solve.
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

#include "classifier/train/ability.h"

enum { TIERS = 3, LOW = 0, MID = 1, TOP = 2 };

#define MODELS                                                                                     \
  "\"tiers\": [\"low\", \"mid\", \"top\"], \"models\": {\"l\": \"low\", \"l2\": \"low\","          \
  " \"m\": \"mid\", \"m-a\": \"mid\", \"m-b\": \"mid\", \"t\": \"top\"}"
#define PLAIN_MAP "{" MODELS "}"
#define ONE_MID_MAP "{" MODELS ", \"same_model\": {\"m\": [\"m-a\", \"m-b\"]}}"

struct fixture {
  char dir[64];
  struct tier_map map;
  struct labelled_log log;
  struct dataset dataset;
  double ability[MODEL_TIERS_MAX];
  char why[256];
};

static void write_file(const struct fixture *f, const char *name, const char *text,
                       char path[128]) {
  (void)snprintf(path, 128, "%s/%s", f->dir, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_ability_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  labelled_log_init(&f->log);
  *state = f;
  return 0;
}

static void forget(struct fixture *f) {
  dataset_deinit(&f->dataset);
  labelled_log_deinit(&f->log);
  labelled_log_init(&f->log);
  tier_map_deinit(&f->map);
}

static int teardown(void **state) {
  struct fixture *f = *state;
  forget(f);
  (void)rmdir(f->dir);
  free(f);
  return 0;
}

static void read_map(struct fixture *f, const char *text) {
  char path[128];
  write_file(f, "tiers.json", text, path);
  if (!tier_map_read(&f->map, path, f->why, sizeof f->why))
    fail_msg("%s", f->why);
  (void)unlink(path);
}

static void read_log(struct fixture *f, const char *name, const char *text) {
  struct labelled_log_options options = {.strict = true, .diagnostics = stderr};
  char path[128];
  write_file(f, name, text, path);
  assert_true(labelled_log_read(&f->log, path, &options));
  (void)unlink(path);
}

/* Builds the dataset anew and puts it on the common scale. */
static bool scale(struct fixture *f) {
  dataset_deinit(&f->dataset);
  assert_true(dataset_build(&f->dataset, &f->log, &f->map, NULL));
  (void)snprintf(f->why, sizeof f->why, "(none)");
  return ability_scale(&f->dataset, &f->log, &f->map, f->ability, f->why, sizeof f->why);
}

static void scale_well(struct fixture *f) {
  if (!scale(f))
    fail_msg("%s", f->why);
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

/* What must hold of every example, whatever the log. */
static void assert_sound(const struct fixture *f) {
  for (size_t t = 0; t < TIERS; t++)
    assert_true(isfinite(f->ability[t]) && (t == 0 || f->ability[t] >= f->ability[t - 1]));
  for (size_t i = 0; i < f->dataset.count; i++) {
    const struct example *e = &f->dataset.examples[i];
    for (size_t t = 0; t < TIERS; t++) {
      assert_true(e->quality[t] > 0 && e->quality[t] < 1);
      assert_true(t == 0 || e->quality[t] >= e->quality[t - 1]);
    }
    for (size_t t = 0; t < TOP; t++) {
      assert_true(e->good[t] >= 0 && e->good[t] <= 1);
      assert_true(t == 0 || e->good[t] >= e->good[t - 1]);
      assert_true(e->good[t] >= e->quality[t]); /* it may fail where all do */
    }
    assert_true(isnan(e->good[TOP]));
  }
}

#define ROW(outcomes) "{\"prompt\":\"p\",\"task\":\"x\",\"outcomes\":{" outcomes "}}\n"
#define SCORE(model, score) "\"" model "\":{\"score\":" #score "}"
#define THREE(rows) rows rows rows

/* ---- one pool */

/* All are right half of the time: abilities and difficulties of 0 solve it exactly. A
 * tier fails where the top does not with a chance of 1/4. */
static void nobody_is_better(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", THREE(ROW(SCORE("l", 0.5) "," SCORE("m", 0.5) "," SCORE("t", 0.5))));
  scale_well(f);
  assert_int_equal(f->dataset.count, 3);
  for (size_t t = 0; t < TIERS; t++)
    assert_float_equal(f->ability[t], 0, 1e-12);
  for (size_t i = 0; i < 3; i++) {
    const struct example *e = &f->dataset.examples[i];
    assert_float_equal(e->quality[LOW], 0.5, 1e-6);
    assert_float_equal(e->quality[TOP], 0.5, 1e-6);
    assert_float_equal(e->good[LOW], 0.75, 1e-6);
    assert_float_equal(e->good[MID], 0.75, 1e-6);
  }
  assert_sound(f);
}

static const char ladder[] = THREE(ROW(SCORE("l", 1) "," SCORE("m", 1) "," SCORE("t", 1)))
    THREE(ROW(SCORE("l", 0) "," SCORE("m", 1) "," SCORE("t", 1)))
        THREE(ROW(SCORE("l", 0) "," SCORE("m", 0) "," SCORE("t", 1)))
            ROW(SCORE("l", 0) "," SCORE("m", 0) "," SCORE("t", 0.5));

/* The estimate is the mode of a posterior: for each model the answers that it got
 * right beyond what was expected are its ability times the prior's precision, 0.05;
 * for each prompt those expected beyond what was right are its distance from the
 * task's mean over the prior's variance, 1.5; and the task's mean is that of its ten
 * prompts and two at 0. Difficulties are recovered from the qualities. */
static void solves_the_equations(void **state) {
  struct fixture *f = *state;
  double surplus[TIERS] = {0}, difficulty[10], mean = 0;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", ladder);
  scale_well(f);
  assert_int_equal(f->dataset.count, 10);
  for (size_t i = 0; i < 10; i++) {
    double q = (double)f->dataset.examples[i].quality[MID];
    difficulty[i] = f->ability[MID] - log(q / (1 - q));
    mean += difficulty[i] / 12;
  }
  for (size_t i = 0; i < 10; i++) {
    double missed = 0;
    for (size_t t = 0; t < TIERS; t++) { /* models came as l, m, t */
      double score = f->log.rows[i].outcomes[t].score;
      double expected = sigmoid(f->ability[t] - difficulty[i]);
      surplus[t] += score - expected;
      missed += expected - score;
      assert_float_equal(f->dataset.examples[i].quality[t], expected, 1e-5);
    }
    assert_true(fabs(missed - (difficulty[i] - mean) / 1.5) < 2e-3);
  }
  for (size_t t = 0; t < TIERS; t++)
    assert_true(fabs(surplus[t] - 0.05 * f->ability[t]) < 2e-3);
  assert_true(f->ability[MID] > f->ability[LOW] + 1 && f->ability[TOP] > f->ability[MID] + 1);
  assert_sound(f);
}

/* Harder prompts are those that fewer models got right. */
static void prompts_in_order(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", ladder);
  scale_well(f);
  for (size_t i = 1; i < 10; i++)
    for (size_t t = 0; t < TIERS; t++) {
      float before = f->dataset.examples[i - 1].quality[t],
            here = f->dataset.examples[i].quality[t];
      assert_true(i % 3 == 0 ? here < before : here == before);
    }
  for (size_t i = 0; i < 10; i++) {
    const struct example *e = &f->dataset.examples[i];
    assert_float_equal(e->good[LOW], 1 - (1 - e->quality[LOW]) * e->quality[TOP], 1e-6);
    assert_float_equal(e->good[MID], 1 - (1 - e->quality[MID]) * e->quality[TOP], 1e-6);
  }
}

/* Priors keep everything finite where every answer is right, or every one wrong. */
static void all_right_and_all_wrong(void **state) {
  static const char *const logs[] = {
      THREE(THREE(ROW(SCORE("l", 1) "," SCORE("m", 1) "," SCORE("t", 1)))),
      THREE(THREE(ROW(SCORE("l", 0) "," SCORE("m", 0) "," SCORE("t", 0))))};
  struct fixture *f = *state;
  for (size_t i = 0; i < 2; i++) {
    read_map(f, PLAIN_MAP);
    read_log(f, "a.jsonl", logs[i]);
    scale_well(f);
    assert_sound(f);
    float q = f->dataset.examples[0].quality[LOW];
    assert_true(i == 0 ? q > 0.8f : q < 0.2f);
    forget(f);
  }
}

/* A dearer tier that did worse in the data is taken as no worse. */
static void dearer_is_no_worse(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", THREE(THREE(ROW(SCORE("l", 1) "," SCORE("m", 0) "," SCORE("t", 0.5)))));
  scale_well(f);
  assert_sound(f);
  assert_true(f->ability[MID] == f->ability[LOW] && f->ability[TOP] == f->ability[LOW]);
  assert_true(f->ability[LOW] > 0);
}

/* ---- several pools */

/* Three times the same questions, an easy, a middling and a hard one: pool a is asked
 * of a weak and the shared model, pool b of the shared and a strong one. */
static const char pool_a[] = THREE(THREE(ROW(SCORE("l", 1) "," SCORE("m-a", 1)) ROW(
    SCORE("l", 0) "," SCORE("m-a", 1)) ROW(SCORE("l", 0) "," SCORE("m-a", 0))));
#define ROW_B(outcomes) "{\"prompt\":\"p\",\"task\":\"y\",\"outcomes\":{" outcomes "}}\n"
static const char pool_b[] = THREE(THREE(ROW_B(SCORE("m-b", 1) "," SCORE("t", 1)) ROW_B(
    SCORE("m-b", 1) "," SCORE("t", 1)) ROW_B(SCORE("m-b", 0) "," SCORE("t", 1))));

/* How much better tier does on source b than on source a. */
static double gap(const struct fixture *f, size_t tier) {
  double sums[2] = {0}, counts[2] = {0};
  for (size_t i = 0; i < f->dataset.count; i++) {
    sums[f->dataset.examples[i].source] += (double)f->dataset.examples[i].quality[tier];
    counts[f->dataset.examples[i].source] += 1;
  }
  assert_true(counts[0] == 27 && counts[1] == 27);
  return sums[1] / counts[1] - sums[0] / counts[0];
}

/* The shared model is right two times of three in both pools, so neither is harder,
 * though mean scores are 1/2 and 5/6: weak models do not make questions hard. */
static void pools_share_one_scale(void **state) {
  struct fixture *f = *state;
  read_map(f, ONE_MID_MAP);
  read_log(f, "a.jsonl", pool_a);
  read_log(f, "b.jsonl", pool_b);
  scale_well(f);
  assert_sound(f);
  for (size_t t = 0; t < TIERS; t++)
    if (fabs(gap(f, t)) > 0.03)
      fail_msg("tier %zu does better on b by %g", t, gap(f, t));
  assert_true(f->ability[LOW] + 1 < f->ability[MID] && f->ability[MID] + 1 < f->ability[TOP]);
}

/* Pool c's scores are those of pool a, yet by one step stronger models. Its questions
 * are harder: the shared model is right in a third instead of two. Nothing but the
 * shared model's two names being one tells so; without that, each pool is centred by
 * itself and they come out alike. */
static void same_scores_of_better_models(void **state) {
  static const char pool_c[] = THREE(THREE(ROW_B(SCORE("m-b", 1) "," SCORE("t", 1)) ROW_B(
      SCORE("m-b", 0) "," SCORE("t", 1)) ROW_B(SCORE("m-b", 0) "," SCORE("t", 0))));
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", pool_a);
  read_log(f, "c.jsonl", pool_c);
  scale_well(f);
  double apart = gap(f, MID);
  tier_map_deinit(&f->map);
  read_map(f, ONE_MID_MAP);
  scale_well(f);
  assert_sound(f);
  double together = gap(f, MID);
  if (!(fabs(apart) < 0.05 && together < -0.25 && together > -0.4))
    fail_msg("the pools differ by %g apart and by %g together", apart, together);
}

/* The tiers that a pool did not ask come out as in the pool that asked them. */
static void unseen_tiers_are_filled(void **state) {
  struct fixture *f = *state;
  double low = 0, top = 0;
  read_map(f, ONE_MID_MAP);
  read_log(f, "a.jsonl", pool_a);
  read_log(f, "b.jsonl", pool_b);
  scale_well(f);
  for (size_t i = 0; i < 27; i++) {
    top += (double)f->dataset.examples[i].quality[TOP] / 27;
    low += (double)f->dataset.examples[27 + i].quality[LOW] / 27;
  }
  assert_true(top > 0.8);               /* was right always, where it was asked */
  assert_true(low > 0.2 && low < 0.45); /* was right in a third */
}

/* ---- what stands for a tier */

/* l2 fails where l does not; a tier is the mean of its models, or its reference,
 * under any of the reference's names and whatever tier that is in. */
static void references(void **state) {
  static const char log[] =
      THREE(THREE(ROW(SCORE("l", 1) "," SCORE("l2", 0) "," SCORE("m", 1) "," SCORE("t", 1))
                      ROW(SCORE("l", 0) "," SCORE("l2", 0) "," SCORE("m", 0.5) "," SCORE("t", 1))));
  static const char *const maps[] = {
      PLAIN_MAP,
      "{" MODELS ", \"reference\": {\"low\": \"l\"}}",
      "{" MODELS ", \"reference\": {\"low\": \"l2\"}}",
      "{" MODELS ", \"same_model\": {\"L\": [\"l2\"]}, \"reference\": {\"low\": \"L\"}}",
      "{" MODELS ", \"reference\": {\"low\": \"not in the log\"}}",
      "{" MODELS ", \"reference\": {\"mid\": \"l\"}}"};
  double low[6], mid = 0;
  struct fixture *f = *state;
  read_log(f, "a.jsonl", log);
  for (size_t i = 0; i < 6; i++) {
    tier_map_deinit(&f->map);
    read_map(f, maps[i]);
    scale_well(f);
    assert_sound(f);
    low[i] = f->ability[LOW];
    mid = f->ability[MID];
  }
  assert_float_equal(low[0], (low[1] + low[2]) / 2, 1e-9);
  assert_true(low[1] > low[2] + 1);
  assert_float_equal(low[3], low[2], 1e-9);
  assert_float_equal(low[4], low[0], 1e-9);
  assert_float_equal(mid, low[1], 1e-9);
}

/* A tier that nothing in the data speaks for cannot be put on the scale. */
static void tier_without_models(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", THREE(ROW(SCORE("l", 1) "," SCORE("m", 1))));
  assert_false(scale(f));
  assert_non_null(strstr(f->why, "no model of tier \"top\" has outcomes"));
  tier_map_deinit(&f->map);
  read_map(f, "{" MODELS ", \"reference\": {\"top\": \"u\"}}");
  assert_false(scale(f));
  assert_non_null(strstr(f->why, "no model of tier \"top\" has outcomes"));
  /* A model of no tier may stand for one. */
  read_log(f, "b.jsonl", THREE(ROW(SCORE("l", 0) "," SCORE("m", 1) "," SCORE("u", 1))));
  scale_well(f);
  assert_sound(f);
}

/* Outcomes of rows that say nothing were not estimated from: l is in the log, yet its
 * ability is unknown, which is not the same as 0. */
static void model_of_unused_rows(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", ROW(SCORE("l", 1)) THREE(ROW(SCORE("m", 1) "," SCORE("t", 1))));
  assert_false(scale(f));
  assert_non_null(strstr(f->why, "no model of tier \"low\" has outcomes"));
}

static void labels_alone(void **state) {
  struct fixture *f = *state;
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", "{\"prompt\":\"p\",\"label\":\"mid\"}\n");
  assert_false(scale(f));
  assert_non_null(strstr(f->why, "no model of tier \"low\" has outcomes"));
}

/* ---- labels */

/* A label's difficulty lies half way between its tier's ability and the one's below;
 * for the cheapest tier, 4 below its ability. So the tiers that the person called
 * good enough are right more often than not, and no others. */
static void labels_become_soft(void **state) {
  struct fixture *f = *state;
  static const char labels[] = "{\"prompt\":\"p\",\"label\":\"low\"}\n"
                               "{\"prompt\":\"p\",\"label\":\"mid\"}\n"
                               "{\"prompt\":\"p\",\"label\":\"top\"}\n";
  read_map(f, PLAIN_MAP);
  read_log(f, "a.jsonl", ladder);
  scale_well(f);
  double without[TIERS];
  memcpy(without, f->ability, sizeof without);
  read_log(f, "b.jsonl", labels);
  scale_well(f);
  assert_sound(f);
  double difficulty[TIERS] = {f->ability[LOW] - 4, (f->ability[LOW] + f->ability[MID]) / 2,
                              (f->ability[MID] + f->ability[TOP]) / 2};
  for (size_t i = 0; i < TIERS; i++) {
    const struct example *e = &f->dataset.examples[10 + i];
    assert_true(e->labelled);
    assert_true(f->ability[i] == without[i]); /* labels say nothing of models */
    for (size_t t = 0; t < TIERS; t++) {
      assert_float_equal(e->quality[t], sigmoid(f->ability[t] - difficulty[i]), 1e-6);
      if (t < TOP)
        assert_float_equal(e->good[t], 1 - (1 - e->quality[t]) * e->quality[TOP], 1e-6);
      assert_true((e->quality[t] > 0.5f) == (t >= i));
    }
  }
  assert_float_equal(f->dataset.examples[10].quality[LOW], 0.982014, 1e-5);
}

/* A label that is said to be like a source is as hard as that source's rows on average;
 * the others stay where they were, and so does one whose source has no rows. */
static void labels_like_sources(void **state) {
  struct fixture *f = *state;
  static const char labels[] = "{\"prompt\":\"p\",\"label\":\"mid\"}\n"
                               "{\"prompt\":\"p\",\"label\":\"top\"}\n";
  read_map(f, "{" MODELS ", \"label_like\": {\"mid\": \"a.jsonl\", \"top\": \"none.jsonl\"}}");
  read_log(f, "a.jsonl", ladder);
  read_log(f, "b.jsonl", labels);
  scale_well(f);
  double sum = 0;
  for (size_t i = 0; i < 10; i++) { /* quality is the sigmoid of ability less difficulty */
    double quality = f->dataset.examples[i].quality[LOW];
    sum += f->ability[LOW] - log(quality / (1 - quality));
  }
  double mid = sigmoid(f->ability[LOW] - sum / 10);
  double top = sigmoid(f->ability[LOW] - (f->ability[MID] + f->ability[TOP]) / 2);
  assert_float_equal(f->dataset.examples[10].quality[LOW], mid, 1e-4);
  assert_float_equal(f->dataset.examples[11].quality[LOW], top, 1e-4);
}

/* ---- the whole */

static void repeats_to_the_bit(void **state) {
  struct fixture *f = *state;
  float kept[54][TIERS];
  double abilities[TIERS];
  read_map(f, ONE_MID_MAP);
  read_log(f, "a.jsonl", pool_a);
  read_log(f, "b.jsonl", pool_b);
  scale_well(f);
  memcpy(abilities, f->ability, sizeof abilities);
  for (size_t i = 0; i < 54; i++)
    memcpy(kept[i], f->dataset.examples[i].quality, sizeof kept[i]);
  scale_well(f);
  assert_memory_equal(abilities, f->ability, sizeof abilities);
  for (size_t i = 0; i < 54; i++)
    assert_memory_equal(kept[i], f->dataset.examples[i].quality, sizeof kept[i]);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(nobody_is_better),
      TEST(solves_the_equations),
      TEST(prompts_in_order),
      TEST(all_right_and_all_wrong),
      TEST(dearer_is_no_worse),
      TEST(pools_share_one_scale),
      TEST(same_scores_of_better_models),
      TEST(unseen_tiers_are_filled),
      TEST(references),
      TEST(tier_without_models),
      TEST(model_of_unused_rows),
      TEST(labels_alone),
      TEST(labels_become_soft),
      TEST(labels_like_sources),
      TEST(repeats_to_the_bit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
