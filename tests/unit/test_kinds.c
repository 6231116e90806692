/* test_kinds.c - the machines that tell kinds apart: weights, posteriors, levels.
 *
 * Some datasets are made by hand, with buckets of n-grams chosen so that weights
 * can be worked out on paper; one is made of prompts on plainly different matters
 * that went through the features. What the daemon computes is held to what the
 * trainer computed throughout.
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

#include "classifier/train/kinds.h"

enum { EXAMPLES_MAX = 400, SUBJECTS = 3, ROWS_EACH = KIND_ROWS_MIN + 4 };

/* ---- datasets by hand */

/* An example has one or two n-grams, which live in the example's own slot. */
struct by_hand {
  struct dataset dataset;
  struct example examples[EXAMPLES_MAX];
  uint16_t ngrams[EXAMPLES_MAX][2];
  size_t index[EXAMPLES_MAX];
};

static struct by_hand *by_hand(size_t kinds) {
  struct by_hand *made = calloc(1, sizeof *made);
  assert_non_null(made);
  made->dataset.examples = made->examples;
  made->dataset.kinds_count = kinds;
  made->dataset.tiers_count = 2;
  return made;
}

/* Buckets of the table, of which the n-grams' are finer: each stands for sixteen. */
static void add(struct by_hand *made, uint32_t kind, size_t count, unsigned first,
                unsigned second) {
  size_t at = made->dataset.count++;
  assert_true(at < EXAMPLES_MAX);
  made->index[at] = at;
  made->ngrams[at][0] = (uint16_t)(first << (NGRAM_BITS - MODEL_KIND_BITS));
  made->ngrams[at][1] = (uint16_t)(second << (NGRAM_BITS - MODEL_KIND_BITS));
  made->examples[at].kind = kind;
  made->examples[at].ngrams = made->ngrams[at];
  made->examples[at].ngrams_count = (uint32_t)count;
}

static const float *posterior(const struct kinds *kinds, size_t example) {
  return kinds->posteriors + example * kinds->count;
}

/* The daemon's function on the trainer's table gives the trainer's numbers, to the bit. */
static void assert_daemon_agrees(const struct kinds *kinds, const struct dataset *dataset) {
  struct model_kinds *table = calloc(1, sizeof *table);
  float *served = malloc(kinds->count * sizeof *served);
  assert_true(table != NULL && served != NULL);
  table->count = kinds->count;
  table->temper = kinds->temper;
  table->weights = kinds->weights;
  for (size_t i = 0; i < dataset->count; i++) {
    double sum = 0;
    model_kinds_posterior(table, dataset->examples[i].ngrams, dataset->examples[i].ngrams_count,
                          served);
    assert_memory_equal(served, posterior(kinds, i), kinds->count * sizeof *served);
    for (size_t k = 0; k < kinds->count; k++) {
      assert_true(served[k] >= 0 && served[k] <= 1);
      sum += (double)served[k];
    }
    assert_true(fabs(sum - 1) < 1e-5);
  }
  free(served);
  free(table);
}

/* Two kinds with an n-gram each, in buckets 7 and 9. The squared-hinge SVM without a
 * bias has w = 2C (1 - w) along each, of opposite signs by symmetry: with C of 1 that
 * is 2 / 3. The greatest weight is 127 steps. Margins are 2/3 and -2/3, and 1.5 times
 * their difference is 2, more than 1: sparsemax leaves the other kind nothing. */
static void weights_by_hand(void **state) {
  struct by_hand *made = by_hand(2);
  struct kinds kinds;
  (void)state;
  add(made, 0, 1, 7, 0);
  add(made, 1, 1, 9, 0);
  add(made, 0, 0, 0, 0); /* nothing to count */
  assert_true(kinds_train(&kinds, &made->dataset, made->index, 3));
  assert_int_equal(kinds.count, 2);
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++) {
    int sign = bucket == 7 ? 1 : bucket == 9 ? -1 : 0;
    assert_int_equal(kinds.weights[2 * bucket], 127 * sign);
    assert_int_equal(kinds.weights[2 * bucket + 1], -127 * sign);
  }
  assert_float_equal(kinds.temper, 1.5f * 16 * 2 / 3 / 127, 1e-3f);
  assert_true(posterior(&kinds, 0)[0] == 1 && posterior(&kinds, 0)[1] == 0);
  assert_true(posterior(&kinds, 1)[1] == 1 && posterior(&kinds, 1)[0] == 0);
  /* No n-gram, no opinion. */
  assert_true(posterior(&kinds, 2)[0] == 0.5f && posterior(&kinds, 2)[1] == 0.5f);
  assert_daemon_agrees(&kinds, &made->dataset);
  kinds_deinit(&kinds);
  assert_true(kinds.weights == NULL && kinds.posteriors == NULL && kinds.count == 0);
  free(made);
}

/* Evidence for either side is none at all; and sparsemax of a table by hand: margins 0,
 * -0.4 and -2, of which the last is out, and the others' floor is (0 - 0.4 - 1) / 2. */
static void posterior_by_hand(void **state) {
  static const int8_t weights[MODEL_KIND_BUCKETS * 3] = {[3 * 5] = 100, [3 * 5 + 1] = 80};
  struct model_kinds *table = calloc(1, sizeof *table);
  uint16_t buckets[] = {5 << (NGRAM_BITS - MODEL_KIND_BITS), 6 << (NGRAM_BITS - MODEL_KIND_BITS)};
  float got[3];
  (void)state;
  assert_non_null(table);
  *table = (struct model_kinds){.count = 3, .temper = 0.32f, .weights = (int8_t *)weights};
  model_kinds_posterior(table, buckets, 1, got); /* 0.02 a step */
  assert_float_equal(got[0], 0.7, 1e-6);
  assert_float_equal(got[1], 0.3, 1e-6);
  assert_true(got[2] == 0);
  model_kinds_posterior(table, buckets, 2, got); /* a word that says nothing: over root 2 */
  assert_float_equal(got[0], (1 + 0.4 / sqrt(2)) / 2, 1e-6);
  free(table);
}

/* Only the examples in the index are counted, but all are judged. */
static void counts_the_index_alone(void **state) {
  struct by_hand *made = by_hand(2);
  struct kinds kinds;
  (void)state;
  add(made, 0, 1, 7, 0);
  add(made, 1, 1, 9, 0);
  add(made, 1, 1, 7, 0); /* would make bucket 7 say nothing */
  assert_true(kinds_train(&kinds, &made->dataset, made->index, 2));
  assert_true(posterior(&kinds, 2)[0] == 1);
  kinds_deinit(&kinds);
  assert_true(kinds_train(&kinds, &made->dataset, made->index, 3));
  assert_true(posterior(&kinds, 2)[0] < 0.9f);
  kinds_deinit(&kinds);
  /* A kind that no row was of is taken last. */
  assert_true(kinds_train(&kinds, &made->dataset, &made->index[2], 1)); /* the last alone */
  assert_true(posterior(&kinds, 0)[1] > posterior(&kinds, 0)[0]);
  kinds_deinit(&kinds);
  assert_true(kinds_train(&kinds, &made->dataset, made->index, 0));
  assert_true(posterior(&kinds, 0)[0] == 0.5f); /* nothing seen, no opinion */
  kinds_deinit(&kinds);
  free(made);
}

/* Kinds beyond the table's last column share it. */
static void too_many_kinds(void **state) {
  enum { KINDS = MODEL_KINDS_MAX + 44 };
  struct by_hand *made = by_hand(KINDS);
  struct kinds kinds;
  (void)state;
  for (uint32_t k = 0; k < KINDS; k++)
    add(made, k, 1, k + 1, 0);
  assert_true(kinds_train(&kinds, &made->dataset, made->index, KINDS));
  assert_int_equal(kinds.count, MODEL_KINDS_MAX);
  for (size_t i = 0; i < KINDS; i++) {
    size_t own = i < MODEL_KINDS_MAX ? i : MODEL_KINDS_MAX - 1;
    for (size_t k = 0; k < kinds.count; k++)
      assert_true(k == own || posterior(&kinds, i)[k] < posterior(&kinds, i)[own]);
  }
  assert_daemon_agrees(&kinds, &made->dataset);
  kinds_deinit(&kinds);
  free(made);
}

/* ---- prompts */

static const char *const subjects[SUBJECTS] = {"algebra", "cooking", "law"};
static const char *const words[SUBJECTS][8] = {
    {"integral", "matrix", "polynomial", "theorem", "derivative", "equation", "prime", "vector"},
    {"onion", "butter", "simmer", "oven", "garlic", "recipe", "flour", "whisk"},
    {"plaintiff", "court", "statute", "contract", "liability", "tenant", "appeal", "judge"},
};

struct fixture {
  struct tier_map map;
  struct labelled_log log;
  struct dataset dataset;
};

static void print_prompts(FILE *out) {
  for (size_t i = 0; i < (size_t)SUBJECTS * ROWS_EACH; i++) {
    const char *const *from = words[i % SUBJECTS];
    fprintf(out, "{\"prompt\":\"Explain the %s and the %s, then %s %s\",", from[i % 8],
            from[(i * 3 + 1) % 8], from[(i * 5 + 2) % 8], from[(i / 3 + 5) % 8]);
    fprintf(out, "\"task\":\"%s\",\"outcomes\":{\"m\":{\"score\":1}}}\n", subjects[i % SUBJECTS]);
  }
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  if (text)
    fputs(text, file);
  else
    print_prompts(file);
  assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  struct labelled_log_options options = {.strict = true, .diagnostics = stderr};
  char path[] = "/tmp/test_kinds_XXXXXX", why[256];
  int fd = mkstemp(path);
  assert_true(f != NULL && fd >= 0);
  (void)close(fd);
  write_file(path, "{\"tiers\": [\"a\", \"b\"], \"models\": {\"m\": \"b\"}}");
  assert_true(tier_map_read(&f->map, path, why, sizeof why));
  write_file(path, NULL);
  labelled_log_init(&f->log);
  assert_true(labelled_log_read(&f->log, path, &options));
  (void)unlink(path);
  assert_true(dataset_build(&f->dataset, &f->log, &f->map, NULL));
  assert_int_equal(f->dataset.count, SUBJECTS * ROWS_EACH);
  assert_int_equal(f->dataset.kinds_count, SUBJECTS);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  dataset_deinit(&f->dataset);
  labelled_log_deinit(&f->log);
  tier_map_deinit(&f->map);
  free(f);
  return 0;
}

/* Trains on the first rows and leaves the rest for the question. */
static void train_on(const struct fixture *f, size_t rows, struct kinds *kinds) {
  size_t index[SUBJECTS * ROWS_EACH];
  for (size_t i = 0; i < rows; i++)
    index[i] = i;
  assert_true(kinds_train(kinds, &f->dataset, index, rows));
}

/* Prompts that were never counted are recognised by their words all the same. */
static void right_kind_is_near_one(void **state) {
  struct fixture *f = *state;
  struct kinds kinds;
  train_on(f, f->dataset.count / 2, &kinds);
  for (size_t i = 0; i < f->dataset.count; i++) {
    assert_string_equal(f->dataset.kinds[f->dataset.examples[i].kind], subjects[i % SUBJECTS]);
    float right = posterior(&kinds, i)[f->dataset.examples[i].kind];
    if (!(right > 0.95f))
      fail_msg("row %zu is of kind %s by %g only", i, subjects[i % SUBJECTS], (double)right);
  }
  assert_daemon_agrees(&kinds, &f->dataset);
  kinds_deinit(&kinds);
}

/* A level is the mean of the kinds' levels under the posterior. */
static void levels_come_back(void **state) {
  struct fixture *f = *state;
  static const float levels[SUBJECTS] = {-2, 0.5f, 7}, same[SUBJECTS] = {3, 3, 3};
  struct kinds kinds;
  train_on(f, f->dataset.count, &kinds);
  for (size_t i = 0; i < f->dataset.count; i++) {
    const float *p = posterior(&kinds, i);
    float level = kinds_level(&kinds, i, levels);
    assert_float_equal(level, -2 * p[0] + 0.5f * p[1] + 7 * p[2], 1e-5);
    assert_float_equal(level, levels[f->dataset.examples[i].kind], 0.5);
    assert_true(level >= -2 && level <= 7);
    assert_float_equal(kinds_level(&kinds, i, same), 3, 1e-5);
  }
  kinds_deinit(&kinds);
}

static void training_repeats(void **state) {
  struct fixture *f = *state;
  struct kinds once, twice;
  train_on(f, f->dataset.count, &once);
  train_on(f, f->dataset.count, &twice);
  assert_memory_equal(once.weights, twice.weights, MODEL_KIND_BUCKETS * once.count);
  assert_memory_equal(once.posteriors, twice.posteriors,
                      f->dataset.count * once.count * sizeof(float));
  kinds_deinit(&once);
  kinds_deinit(&twice);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_by_hand),        cmocka_unit_test(posterior_by_hand),
      cmocka_unit_test(counts_the_index_alone), cmocka_unit_test(too_many_kinds),
      cmocka_unit_test(right_kind_is_near_one), cmocka_unit_test(levels_come_back),
      cmocka_unit_test(training_repeats),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
