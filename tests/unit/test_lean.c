/* test_lean.c - leaning on a prior, on made-up rows whose truth is known.
 *
 * The shipped model is the prior. Rows are vectors drawn between its knots, with n-grams
 * that point to its kinds, and qualities that follow from its margins, from something
 * else, or from both. What is learned is then held to that, on rows it has not seen.
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

#include <cmocka.h>

#include "classifier/train/apgr.h"
#include "classifier/train/fit.h"
#include "classifier/train/fit_lean.h"
#include "classifier/train/lean.h"
#include "classifier/train/random.h"

enum { TIERS = 3, NGRAMS = 30 };

static const char prior_path[] = TIERD_SOURCE_DIR "/models/default.tier";

struct fixture {
  struct tier_map map;
  struct prior prior;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  char why[256];
  assert_non_null(f);
  f->map = (struct tier_map){
      .names = {"economy", "standard", "frontier"}, .costs = {1, 20, 40}, .tiers_count = TIERS};
  if (!prior_load(&f->prior, prior_path, &f->map, why, sizeof why))
    fail_msg("%s", why);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  prior_deinit(&f->prior);
  free(f);
  return 0;
}

/* ---- rows */

/* A normal number, nearly. */
static double normal(uint64_t seed, uint64_t index) {
  double sum = -6;
  for (uint64_t i = 0; i < 12; i++)
    sum += random_unit(seed, index * 12 + i);
  return sum;
}

static void fill_example(struct example *example, const struct model *model, uint64_t seed,
                         size_t i, bool bare) {
  *example = (struct example){.log_tokens = NAN, .weight = 1, .bare = bare};
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    const struct model_scale *scale = &model->scales[d];
    size_t at = (size_t)(random_unit(seed, i * FEATURES_COUNT + d) * (double)scale->count);
    example->x[d] = scale->count ? scale->knots[at] : 0;
  }
  example->ngrams = malloc(NGRAMS * sizeof *example->ngrams);
  assert_non_null(example->ngrams);
  for (size_t n = 0; !bare && n < NGRAMS; n++)
    example->ngrams[example->ngrams_count++] = (uint16_t)splitmix(seed * 7919 + i % 5 * NGRAMS + n);
}

/* Rows of one source; qualities are still unknown. */
static struct dataset make_rows(const struct fixture *f, size_t count, uint64_t seed, bool bare) {
  struct dataset dataset = {.count = count, .tiers_count = TIERS, .groups_count = 1};
  dataset.examples = calloc(count, sizeof *dataset.examples);
  dataset.sources = calloc(1, sizeof *dataset.sources);
  dataset.kinds = calloc(1, sizeof *dataset.kinds);
  assert_true(dataset.examples && dataset.sources && dataset.kinds);
  dataset.sources[0] = strdup("log");
  dataset.kinds[0] = strdup("log");
  dataset.sources_count = dataset.kinds_count = 1;
  for (size_t i = 0; i < count; i++)
    fill_example(&dataset.examples[i], f->prior.model, seed, i, bare);
  return dataset;
}

/* Both lower tiers fail the more, the lower the truth; the top never fails. */
static void set_truth(struct dataset *dataset, size_t i, double truth) {
  struct example *example = &dataset->examples[i];
  double right = 1 / (1 + exp(-truth));
  for (size_t t = 0; t + 1 < TIERS; t++) {
    bool good = random_unit(4711 + t, i + dataset->count) < right;
    example->quality[t] = example->good[t] = good ? 1.0f : 0.0f;
  }
  example->quality[TIERS - 1] = 1;
  example->good[TIERS - 1] = NAN;
}

/* Margins of the prior as standard scores, which is what truths are made of. */
static double *standard_margins(const struct lean_rows *rows, size_t machine) {
  size_t count = rows->dataset->count;
  double *z = malloc(count * sizeof *z), mean = 0, squares = 0;
  assert_non_null(z);
  for (size_t i = 0; i < count; i++) {
    z[i] = (double)lean_rows_margin(rows, machine, i);
    mean += z[i] / (double)count;
  }
  for (size_t i = 0; i < count; i++)
    squares += (z[i] - mean) * (z[i] - mean) / (double)count;
  for (size_t i = 0; i < count; i++)
    z[i] = (z[i] - mean) / sqrt(squares);
  return z;
}

/* Truths of strength times the prior's own standard margin. */
static void follow_prior(const struct fixture *f, struct dataset *dataset, double strength) {
  struct lean_rows rows;
  assert_true(lean_rows_init(&rows, dataset, f->prior.model));
  double *z = standard_margins(&rows, 0);
  for (size_t i = 0; i < dataset->count; i++)
    set_truth(dataset, i, strength * z[i]);
  free(z);
  lean_rows_deinit(&rows);
}

static double apgr(const struct dataset *dataset, const float *margins) {
  struct gap_row *ranked = malloc(dataset->count * sizeof *ranked);
  assert_non_null(ranked);
  size_t count = gap_rows(dataset, 0, 0, margins, ranked);
  gap_sort(ranked, count);
  double found = gap_recovered(ranked, count, NULL, TIES_SHARED);
  free(ranked);
  return found;
}

/* APGR of the cheapest tier's written machine, and of the prior, on rows unseen. Only
 * for fits that keep the prior's scales and kinds. */
static void judge(const struct fixture *f, const struct fit *fit, const struct dataset *unseen,
                  double *ours, double *theirs) {
  struct lean_rows rows;
  struct svm *svm;
  char why[128];
  size_t line;
  size_t kinds = f->prior.model->kinds.count;
  float *margins = malloc(unseen->count * sizeof *margins);
  assert_non_null(margins);
  assert_true(lean_rows_init(&rows, unseen, f->prior.model));
  assert_true(svm_parse(fit->heads[0].text, strlen(fit->heads[0].text), FEATURES_COUNT + TIERS,
                        &svm, &line, why, sizeof why));
  for (size_t i = 0; i < unseen->count; i++) {
    float x[MODEL_STRIDE_MAX] = {0};
    memcpy(x, rows.x + i * rows.stride, rows.stride * sizeof *x);
    for (size_t k = 0; k < kinds; k++)
      x[FEATURES_COUNT] +=
          rows.posteriors[i * kinds + k] *
          (fit->heads[0].levels[k] + fit->heads[0].slopes[k] * x[FEATURE_INDEX_words_log]);
    margins[i] = svm_score(svm, x);
  }
  *ours = apgr(unseen, margins);
  for (size_t i = 0; i < unseen->count; i++)
    margins[i] = lean_rows_margin(&rows, 0, i);
  *theirs = apgr(unseen, margins);
  svm_destroy(svm);
  free(margins);
  lean_rows_deinit(&rows);
}

static struct fit *train(const struct fixture *f, const struct dataset *dataset) {
  const struct fit_options options = {.kind = MACHINE_REGRESSION,
                                      .seed = 1,
                                      .folds = 3,
                                      .rows_max = 1000,
                                      .length_weight = 0.3,
                                      .threads = 2,
                                      .prior = &f->prior};
  struct fit *fit = malloc(sizeof *fit);
  char why[256] = "";
  assert_non_null(fit);
  if (!fit_train(fit, dataset, &f->map, &options, why, sizeof why))
    fail_msg("training: %s", why);
  return fit;
}

static void release(struct fit *fit, struct dataset *a, struct dataset *b) {
  fit_deinit(fit);
  free(fit);
  dataset_deinit(a);
  if (b)
    dataset_deinit(b);
}

/* ---- one head */

/* Targets that are a known bending of the prior give its factors back, and the written
 * form scores as the head does. */
static void known_bending_comes_back(void **state) {
  const struct fixture *f = *state;
  enum { COUNT = 1500 };
  const struct lean_recipe recipe = {.rescale = true};
  struct dataset dataset = make_rows(f, COUNT, 5, false);
  struct lean_rows rows;
  struct lean_head head;
  float *targets = malloc(COUNT * sizeof *targets);
  size_t *index = malloc(COUNT * sizeof *index);
  assert_true(targets && index && lean_rows_init(&rows, &dataset, f->prior.model));
  assert_false(rows.flat);
  for (size_t i = 0; i < COUNT; i++) {
    targets[i] =
        0.4f + 0.5f * rows.features[1][i] + 2.0f * rows.levels[1][i] + 0.05f * (float)normal(9, i);
    index[i] = i;
  }
  assert_true(lean_head_train(&head, &rows, 1, &recipe, index, COUNT, targets, 1));
  assert_float_equal(head.features, 0.5, 0.05);
  assert_float_equal(head.level, 2.0, 0.25);
  char *text = lean_head_text(&head, &rows);
  struct svm *svm;
  size_t line, kinds = f->prior.model->kinds.count;
  char why[128];
  assert_true(svm_parse(text, strlen(text), FEATURES_COUNT + TIERS, &svm, &line, why, sizeof why));
  for (size_t i = 0; i < COUNT; i += 97) {
    float x[MODEL_STRIDE_MAX] = {0};
    memcpy(x, rows.x + i * rows.stride, rows.stride * sizeof *x);
    for (size_t k = 0; k < kinds; k++)
      x[FEATURES_COUNT + 1] += rows.posteriors[i * kinds + k] *
                               (lean_head_level(&head, &rows, k) +
                                lean_head_slope(&head, &rows, k) * x[FEATURE_INDEX_words_log]);
    assert_float_equal(svm_score(svm, x), lean_head_margin(&head, &rows, i), 2e-4);
    assert_float_equal(lean_head_margin(&head, &rows, i), targets[i], 0.4);
  }
  svm_destroy(svm);
  free(text);
  free(targets);
  free(index);
  lean_rows_deinit(&rows);
  dataset_deinit(&dataset);
}

/* A row that weighs three says as much as three rows, and bends the head otherwise than one. */
static void weights_are_rows(void **state) {
  const struct fixture *f = *state;
  enum { COUNT = 200 };
  const struct lean_recipe recipe = {.rescale = true, .levels = true};
  struct dataset dataset = make_rows(f, COUNT, 8, false);
  struct lean_rows rows;
  struct lean_head once, thrice, weighed;
  float *targets = malloc(COUNT * sizeof *targets);
  size_t *index = malloc(2 * COUNT * sizeof *index), count = 0;
  assert_true(targets && index && lean_rows_init(&rows, &dataset, f->prior.model));
  for (size_t i = 0; i < COUNT; i++) {
    targets[i] = (float)normal(11, i) + (i % 2 ? rows.levels[0][i] : -rows.features[0][i]);
    index[count++] = i;
  }
  assert_true(lean_head_train(&once, &rows, 0, &recipe, index, COUNT, targets, 1));
  for (size_t i = 0; i < COUNT / 2; i++)
    index[count++] = 2 * (i / 2);
  assert_true(lean_head_train(&thrice, &rows, 0, &recipe, index, count, targets, 1));
  for (size_t i = 0; i < COUNT / 2; i++)
    dataset.examples[2 * (i / 2)].weight = 3;
  assert_true(lean_head_train(&weighed, &rows, 0, &recipe, index, COUNT, targets, 1));
  assert_true(fabs(weighed.features - thrice.features) < 1e-6);
  assert_true(fabs(weighed.level - thrice.level) < 1e-6);
  assert_true(fabs(weighed.constant - thrice.constant) < 1e-5);
  assert_true(fabs(weighed.constant - once.constant) > 1e-4);
  free(targets);
  free(index);
  lean_rows_deinit(&rows);
  dataset_deinit(&dataset);
}

/* Few rows against the prior barely move it; many take its part away, never below 0. */
static void factors_are_drawn_to_one(void **state) {
  const struct fixture *f = *state;
  enum { COUNT = 1500 };
  const struct lean_recipe recipe = {.rescale = true};
  struct dataset dataset = make_rows(f, COUNT, 6, false);
  struct lean_rows rows;
  struct lean_head few, many;
  float *targets = malloc(COUNT * sizeof *targets);
  size_t *index = malloc(COUNT * sizeof *index);
  assert_true(targets && index && lean_rows_init(&rows, &dataset, f->prior.model));
  for (size_t i = 0; i < COUNT; i++) {
    targets[i] = -lean_rows_margin(&rows, 0, i);
    index[i] = i;
  }
  assert_true(lean_head_train(&few, &rows, 0, &recipe, index, 5, targets, 1));
  assert_true(lean_head_train(&many, &rows, 0, &recipe, index, COUNT, targets, 1));
  assert_true(few.features > 0.6);
  assert_true(many.features < 0.01 && many.features >= 0);
  free(targets);
  free(index);
  lean_rows_deinit(&rows);
  dataset_deinit(&dataset);
}

/* What the rows of some kinds have in common goes to these kinds' levels alone. */
static void shifts_find_their_kind(void **state) {
  const struct fixture *f = *state;
  enum { COUNT = 1500 };
  const struct lean_recipe recipe = {.levels = true};
  struct dataset dataset = make_rows(f, COUNT, 7, false);
  struct lean_rows rows;
  struct lean_head head;
  float *targets = malloc(COUNT * sizeof *targets);
  size_t *index = malloc(COUNT * sizeof *index);
  size_t kinds = f->prior.model->kinds.count, moved = 0;
  assert_true(targets && index && lean_rows_init(&rows, &dataset, f->prior.model));
  for (size_t k = 1; k < kinds; k++)
    if (rows.posteriors[k] > rows.posteriors[moved])
      moved = k; /* the likeliest kind of the first row */
  for (size_t i = 0; i < COUNT; i++) {
    targets[i] = lean_rows_margin(&rows, 0, i) + 0.5f * rows.posteriors[i * kinds + moved];
    index[i] = i;
  }
  assert_true(lean_head_train(&head, &rows, 0, &recipe, index, COUNT, targets, 1));
  assert_true(head.shifts[moved] > 0.1);
  for (size_t k = 0; k < kinds; k++)
    assert_true(k == moved || head.shifts[k] <= head.shifts[moved]);
  free(targets);
  free(index);
  lean_rows_deinit(&rows);
  dataset_deinit(&dataset);
}

/* Vectors have no kind: their rows alone give a model whose kinds are all alike. */
static void vectors_flatten_the_kinds(void **state) {
  const struct fixture *f = *state;
  struct dataset dataset = make_rows(f, 120, 8, true);
  struct lean_rows rows;
  const struct lean_head head = {.machine = 0, .features = 1, .level = 1};
  assert_true(lean_rows_init(&rows, &dataset, f->prior.model));
  assert_true(rows.flat);
  float level = lean_head_level(&head, &rows, 0);
  float slope = lean_head_slope(&head, &rows, 0);
  for (size_t k = 1; k < f->prior.model->kinds.count; k++) {
    assert_float_equal(lean_head_level(&head, &rows, k), level, 1e-6);
    assert_float_equal(lean_head_slope(&head, &rows, k), slope, 1e-6);
  }
  float length = rows.x[3 * rows.stride + FEATURE_INDEX_words_log];
  assert_float_equal(rows.levels[0][3], level + slope * length, 1e-4);
  lean_rows_deinit(&rows);
  dataset_deinit(&dataset);
}

/* ---- the contest */

/* The prior is right and rows are few: on unseen rows the result is no worse. */
static void right_prior_is_kept(void **state) {
  const struct fixture *f = *state;
  for (uint64_t seed = 20; seed < 22; seed++) {
    struct dataset log = make_rows(f, 200, seed, false);
    struct dataset unseen = make_rows(f, 3000, seed + 100, false);
    double ours, theirs;
    follow_prior(f, &log, 1.0);
    follow_prior(f, &unseen, 1.0);
    struct fit *fit = train(f, &log);
    assert_int_not_equal(fit->lean.winner, FIT_LEAN_PLAIN);
    assert_ptr_equal(fit->prior, f->prior.model);
    judge(f, fit, &unseen, &ours, &theirs);
    if (!(ours >= theirs - 0.005) || !(theirs > 0.6))
      fail_msg("APGR %.3f against the prior's %.3f", ours, theirs);
    release(fit, &log, &unseen);
  }
}

/* Half of the truth is the prior's, half a feature that it hardly looks at. */
static void prior_is_bent(void **state) {
  const struct fixture *f = *state;
  struct dataset sets[2] = {make_rows(f, 250, 31, false), make_rows(f, 3000, 32, false)};
  double ours, theirs;
  for (size_t s = 0; s < 2; s++) {
    struct lean_rows rows;
    assert_true(lean_rows_init(&rows, &sets[s], f->prior.model));
    double *z = standard_margins(&rows, 0);
    for (size_t i = 0; i < sets[s].count; i++)
      set_truth(&sets[s], i, z[i] + 3 * (double)rows.x[i * rows.stride + FEATURE_INDEX_words_log]);
    free(z);
    lean_rows_deinit(&rows);
  }
  struct fit *fit = train(f, &sets[0]);
  assert_int_equal(fit->lean.winner, FIT_LEAN_BENT);
  assert_true(fit->lean.bent.ours > fit->lean.bent.theirs);
  judge(f, fit, &sets[1], &ours, &theirs);
  if (!(ours > theirs + 0.03))
    fail_msg("APGR %.3f against the prior's %.3f", ours, theirs);
  release(fit, &sets[0], &sets[1]);
}

/* Many rows that say the contrary: whatever wins, it no longer ranks as the prior. */
static void contradicted_prior_is_left(void **state) {
  const struct fixture *f = *state;
  struct dataset log = make_rows(f, 700, 41, false);
  follow_prior(f, &log, -1.5);
  struct fit *fit = train(f, &log);
  assert_int_not_equal(fit->lean.winner, FIT_LEAN_PRIOR);
  assert_true(fit->lean.bent.theirs < 0.45); /* the prior ranks worse than chance */
  if (!(apgr(&log, fit->margins[0]) > 0.55))
    fail_msg("APGR %.3f out of fold", apgr(&log, fit->margins[0]));
  release(fit, &log, NULL);
}

/* A tier that the log says nothing of stays the prior's, probabilities included. */
static void unknown_tier_stays(void **state) {
  const struct fixture *f = *state;
  struct dataset log = make_rows(f, 200, 51, false);
  follow_prior(f, &log, 1.0);
  for (size_t i = 0; i < log.count; i++)
    log.examples[i].quality[1] = log.examples[i].good[1] = NAN;
  struct fit *fit = train(f, &log);
  const struct model_calibration *theirs = &f->prior.model->heads[1].calibration;
  assert_int_not_equal(fit->lean.winner, FIT_LEAN_PLAIN);
  assert_int_equal(fit->reports[1].rows, 0);
  assert_int_equal(fit->calibration[1].count, theirs->count);
  for (size_t i = 0; i < theirs->count; i++)
    assert_true(fit->calibration[1].margin[i] == theirs->margin[i]);
  for (size_t k = 0; k < f->prior.model->kinds.count; k++)
    assert_true(fit->lengths.p90[k] == f->prior.model->output_p90[k]);
  release(fit, &log, NULL);
}

/* The same rows and seed give the same heads, with however many threads. */
static void threads_do_not_matter(void **state) {
  const struct fixture *f = *state;
  struct dataset log = make_rows(f, 150, 61, false);
  struct lean_rows rows;
  struct lean one, two;
  follow_prior(f, &log, 1.0);
  assert_true(lean_rows_init(&rows, &log, f->prior.model));
  struct lean_options options = {.first = 0, .last = 1, .folds = 3, .threads = 1, .seed = 3};
  for (size_t m = 0; m < 2; m++) {
    options.targets[m] = malloc(log.count * sizeof(float));
    assert_non_null(options.targets[m]);
    for (size_t i = 0; i < log.count; i++)
      options.targets[m][i] = example_target(&log.examples[i], TIERS, m);
  }
  assert_true(lean_train(&one, &rows, &options));
  options.threads = 3;
  assert_true(lean_train(&two, &rows, &options));
  for (size_t m = 0; m < 2; m++) {
    assert_memory_equal(one.margins[m], two.margins[m], log.count * sizeof(float));
    assert_memory_equal(one.heads[m].weights, two.heads[m].weights, sizeof one.heads[m].weights);
    free(options.targets[m]);
  }
  lean_deinit(&one);
  lean_deinit(&two);
  lean_rows_deinit(&rows);
  dataset_deinit(&log);
}

/* ---- what cannot be leaned on */

static void unfit_priors(void **state) {
  const struct fixture *f = *state;
  struct tier_map map = f->map;
  struct prior prior;
  char why[256];
  map.tiers_count = 2;
  assert_false(prior_load(&prior, prior_path, &map, why, sizeof why));
  assert_null(prior.model);
  assert_non_null(strstr(why, "it has 3 tiers, but --tiers names 2"));
  assert_false(prior_load(&prior, "/nonexistent.tier", &f->map, why, sizeof why));
  assert_non_null(strstr(why, "/nonexistent.tier: cannot open"));
  map.tiers_count = TIERS;
  (void)snprintf(map.names[1], sizeof map.names[1], "middle");
  assert_true(prior_load(&prior, prior_path, &map, why, sizeof why));
  assert_true(prior.renamed && !f->prior.renamed);
  prior_deinit(&prior);
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(known_bending_comes_back),   TEST(factors_are_drawn_to_one),
      TEST(weights_are_rows),           TEST(factors_are_drawn_to_one),
      TEST(shifts_find_their_kind),     TEST(vectors_flatten_the_kinds),
      TEST(right_prior_is_kept),        TEST(prior_is_bent),
      TEST(contradicted_prior_is_left), TEST(unknown_tier_stays),
      TEST(threads_do_not_matter),      TEST(unfit_priors),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
