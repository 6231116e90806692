/* fit.c - the course of a training: normalise, cross-validate each head, train it
 * on everything, calibrate (fit_calibration.c), measure novelty, answer length and the
 * policy's curve.
 *
 * Each step is a function that fills its part of struct fit and says in words what
 * went wrong. Writing the file is left to model_write.c. */
#include "classifier/train/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/cross_validate.h"
#include "classifier/train/fit_calibration.h"
#include "classifier/train/fit_lean.h"
#include "classifier/train/random.h"

enum { CANDIDATES_MAX = 32 };

#define NOVELTY_QUANTILE 0.995

/* Words of a subject hardly carry over from one source to another as a measure of
 * difficulty within a kind; sizes and numbers do. The latter get three times the
 * room. */
#define SPREAD_CARRIES_OVER 1.0f
#define SPREAD_OTHERS 0.3f

static bool fail(char *why, size_t why_size, const char *what) {
  snprintf(why, why_size, "%s", what);
  return false;
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a;
  float y = *(const float *)b;
  return (x > y) - (x < y);
}

/* A classifier learns kinds and their difficulty at once, so it needs all words. */
static float spread_of(enum feature_group group, enum machine_kind kind) {
  if (kind == MACHINE_CLASSIFICATION || group == GROUP_SIZE || group == GROUP_NUMBERS)
    return SPREAD_CARRIES_OVER;
  return SPREAD_OTHERS;
}

/* Knots at equal shares of the rows; repeated values collapse into one knot. */
static bool fit_knots(struct fit *fit, const struct fit_options *options) {
  const struct dataset *dataset = fit->dataset;
  float *column = malloc((dataset->count + 1) * sizeof *column);
  if (!column)
    return false;
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    for (size_t i = 0; i < dataset->count; i++)
      column[i] = dataset->examples[i].x[d];
    qsort(column, dataset->count, sizeof *column, by_value);
    size_t used = 0;
    for (size_t k = 0; k < FIT_KNOTS; k++) {
      float value = column[k * (dataset->count - 1) / (FIT_KNOTS - 1)];
      if (used == 0 || value > fit->knots[d][used - 1])
        fit->knots[d][used++] = value;
    }
    fit->knots_count[d] = used;
    fit->spreads[d] = spread_of(features_table()[d].group, options->kind);
  }
  free(column);
  return true;
}

/* Heavy tasks must not drown the others: a row weighs the inverse root of its
 * group's size, times what its propensity makes of it. */
static bool fit_weights(struct fit *fit) {
  const struct dataset *dataset = fit->dataset;
  size_t *counts = calloc(dataset->groups_count + 1, sizeof *counts);
  fit->inputs.weights = malloc((dataset->count + 1) * sizeof(float));
  if (!counts || !fit->inputs.weights) {
    free(counts);
    return false;
  }
  for (size_t i = 0; i < dataset->count; i++)
    counts[dataset->examples[i].group]++;
  for (size_t i = 0; i < dataset->count; i++)
    fit->inputs.weights[i] =
        dataset->examples[i].weight / sqrtf((float)counts[dataset->examples[i].group]);
  free(counts);
  return true;
}

static bool fit_inputs(struct fit *fit, const struct fit_options *options) {
  const struct dataset *dataset = fit->dataset;
  fit->inputs.dataset = dataset;
  fit->inputs.levels_count = dataset->tiers_count; /* a tier each below the top, and the output */
  fit->inputs.stride = svm_stride(FEATURES_COUNT + fit->inputs.levels_count);
  fit->inputs.rows = calloc(dataset->count * fit->inputs.stride + 1, sizeof(float));
  if (!fit->inputs.rows || !fit_knots(fit, options) || !fit_weights(fit))
    return false;
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    struct model_scale scale = {.spread = fit->spreads[d], .count = fit->knots_count[d]};
    memcpy(scale.knots, fit->knots[d], scale.count * sizeof(float));
    for (size_t i = 0; i < dataset->count; i++)
      fit->inputs.rows[i * fit->inputs.stride + d] =
          model_scale_apply(&scale, dataset->examples[i].x[d]);
  }
  return true;
}

/* The grid: linear machines want little freedom, RBF ones a width near the inverse
 * of the number of inputs. */
static size_t candidates(const struct fit_options *options, bool output, struct head_options *out) {
  static const double regression_c[] = {0.005, 0.05};
  static const double classification_c[] = {0.03, 0.3};
  static const double rbf_c[] = {0.3, 1, 4};
  static const double widths[] = {0.5, 4};
  bool linear = options->kernel == SVM_LINEAR;
  const double *linear_c =
      options->kind == MACHINE_CLASSIFICATION && !output ? classification_c : regression_c;
  size_t count = 0;
  for (size_t c = 0; c < (linear ? 2u : 3u); c++)
    for (size_t w = 0; w < (linear ? 1u : 2u); w++)
      out[count++] = (struct head_options){
          .machine = {.kind = output ? MACHINE_REGRESSION : options->kind,
                      .kernel = options->kernel,
                      .c = linear ? linear_c[c] : rbf_c[c],
                      .gamma = widths[w] / FEATURES_COUNT,
                      .epsilon = 0.1},
          .centre = linear && !output && options->kind == MACHINE_REGRESSION,
          .length_weight =
              linear && !output && options->kind == MACHINE_REGRESSION ? options->length_weight : 0,
          .rows_max = options->rows_max,
          .seed = options->seed};
  return count;
}

/* Cross-validates head number at, then trains it on every row that has a target. */
static bool fit_head(struct fit *fit, size_t at, bool output, const struct fit_options *options,
                     const float *targets) {
  struct head_options grid[CANDIDATES_MAX];
  size_t grid_count = candidates(options, output, grid);
  size_t count = fit->dataset->count;
  struct head_report *report = &fit->reports[at];
  size_t best = 0;
  double score = 0;
  fit->margins[at] = malloc((count + 1) * sizeof(float));
  size_t *index = malloc((count + 1) * sizeof *index);
  bool ok =
      fit->margins[at] && index &&
      cross_validate(&fit->inputs, fit->folds, at, grid, grid_count, options, targets,
                     output ? score_by_error : score_by_apgr, fit->margins[at], &best, &score);
  for (size_t i = 0; ok && i < count; i++)
    if (!isnan(targets[i]))
      index[report->rows++] = i;
  ok = ok && head_fit_train(&fit->heads[at], &fit->inputs, &fit->kinds, at, &grid[best], index,
                            report->rows, targets);
  free(index);
  report->c = grid[best].machine.c;
  report->gamma = grid[best].machine.gamma;
  report->apgr = output ? NAN : score;
  return ok;
}

static size_t count_targets(const float *targets, size_t count) {
  size_t known = 0;
  for (size_t i = 0; i < count; i++)
    known += isnan(targets[i]) ? 0 : 1;
  return known;
}

static bool fit_tiers(struct fit *fit, const struct fit_options *options, char *why,
                      size_t why_size) {
  size_t count = fit->dataset->count;
  float *targets = malloc((count + 1) * sizeof *targets);
  bool ok = targets != NULL || fail(why, why_size, "out of memory");
  for (size_t tier = 0; ok && tier + 1 < fit->dataset->tiers_count; tier++) {
    for (size_t i = 0; i < count; i++)
      targets[i] = example_target(&fit->dataset->examples[i], fit->dataset->tiers_count, tier);
    if (options->kind == MACHINE_CLASSIFICATION)
      for (size_t i = 0; i < count; i++)
        targets[i] += 0.5f; /* a row is positive when it falls short by less than half */
    if (count_targets(targets, count) < FIT_ROWS_MIN) {
      snprintf(why, why_size,
               "only %zu rows say whether tier %zu (from the cheapest) is good enough; at least %d "
               "are needed: are the models of both this and a higher tier in --tiers?",
               count_targets(targets, count), tier + 1, FIT_ROWS_MIN);
      ok = false;
      break;
    }
    if (options->progress)
      fprintf(options->progress, "head %zu of %zu: cross-validating on %zu rows\n", tier + 1,
              fit->dataset->tiers_count - 1, count_targets(targets, count));
    ok = (fit_head(fit, tier, false, options, targets) && fit_calibrate(fit, tier, options)) ||
         fail(why, why_size, "training a machine failed: out of memory or of space in /tmp");
  }
  free(targets);
  return ok;
}

static float quantile(float *values, size_t count, double share) {
  qsort(values, count, sizeof *values, by_value);
  return values[(size_t)(share * (double)(count - 1))];
}

/* How far single answers lie from the head's out-of-fold value, by kind. The log's kinds
 * are not the prior's: for those there is one pair of quantiles. */
static bool fit_quantiles(struct fit *fit, const struct fit_options *options) {
  const size_t at = fit->dataset->tiers_count - 1;
  if (fit->prior) {
    const bool done = length_quantiles_fit(&fit->lengths, fit->dataset, fit->margins[at], NULL,
                                           &fit->reports[at].coverage);
    length_quantiles_fill(&fit->lengths, fit->kinds.count, fit->lengths.p50[0],
                          fit->lengths.p90[0]);
    return done;
  }
  const struct kinds **fold_kinds = malloc((fit->dataset->count + 1) * sizeof *fold_kinds);
  for (size_t i = 0; fold_kinds && i < fit->dataset->count; i++)
    fold_kinds[i] = &fit->folds[cross_validate_fold(options, i)];
  const bool ok = fold_kinds && length_quantiles_fit(&fit->lengths, fit->dataset, fit->margins[at],
                                                     fold_kinds, &fit->reports[at].coverage);
  free(fold_kinds);
  return ok;
}

/* The length of the answer, in log1p(tokens), and the quantiles of what the machine
 * misses. Without lengths in the data it is a constant that says so little: p50 of
 * 200 tokens, p90 of 800. */
static bool fit_output(struct fit *fit, const struct fit_options *options) {
  size_t at = fit->dataset->tiers_count - 1;
  size_t count = fit->dataset->count;
  float *targets = malloc((count + 1) * sizeof *targets);
  bool ok = targets != NULL;
  for (size_t i = 0; ok && i < count; i++)
    targets[i] = fit->dataset->examples[i].log_tokens;
  if (ok && count_targets(targets, count) < FIT_ROWS_MIN) {
    fit->heads[at].text = strdup("svm_type epsilon_svr\nkernel_type linear\nnr_class 2\n"
                                 "total_sv 1\nrho 0\nSV\n1\n");
    length_quantiles_fill(&fit->lengths, fit->kinds.count, log1pf(200), log1pf(800));
    fit->reports[at].coverage = NAN;
    ok = fit->heads[at].text != NULL;
  } else if (ok) {
    if (options->progress)
      fprintf(options->progress, "output length: cross-validating\n");
    ok = fit_head(fit, at, true, options, targets) && fit_quantiles(fit, options);
  }
  free(targets);
  return ok;
}

static float novelty_of(const uint64_t *words, const struct example *example) {
  size_t unknown = 0;
  for (size_t i = 0; i < example->words_count; i++)
    unknown += !(words[example->words[i] / 64] >> (example->words[i] % 64) & 1);
  return model_novelty_share(unknown, example->words_count);
}

static void know_words(uint64_t *words, const struct example *example) {
  for (size_t i = 0; i < example->words_count; i++)
    words[example->words[i] / 64] |= UINT64_C(1) << (example->words[i] % 64);
}

/* The set of known words, and how many unknown ones are usual: measured on rows
 * whose fold was left out of the set. */
static bool fit_novelty(struct fit *fit, const struct fit_options *options) {
  const struct dataset *dataset = fit->dataset;
  size_t bytes = ((size_t)1 << FIT_WORDS_BITS) / 8;
  float *novelty = malloc((dataset->count + 1) * sizeof *novelty);
  size_t used = 0;
  fit->words = malloc(bytes);
  bool ok = novelty && fit->words;
  for (size_t fold = 0; ok && fold < options->folds; fold++) {
    memset(fit->words, 0, bytes);
    for (size_t i = 0; i < dataset->count; i++)
      if (splitmix(options->seed ^ (i * 13)) % options->folds != fold)
        know_words(fit->words, &dataset->examples[i]);
    for (size_t i = 0; i < dataset->count; i++)
      if (splitmix(options->seed ^ (i * 13)) % options->folds == fold && !dataset->examples[i].bare)
        novelty[used++] = novelty_of(fit->words, &dataset->examples[i]);
  }
  if (ok) {
    memset(fit->words, 0, bytes);
    for (size_t i = 0; i < dataset->count; i++)
      know_words(fit->words, &dataset->examples[i]);
    /* Where no row has words nothing can be called novel. */
    fit->novelty_limit = used ? fmaxf(quantile(novelty, used, NOVELTY_QUANTILE), 0.05f) : 1.0f;
  }
  free(novelty);
  return ok;
}

static bool fit_kinds(struct fit *fit, const struct fit_options *options) {
  size_t count = fit->dataset->count;
  size_t *index = malloc((count + 1) * sizeof *index);
  for (size_t i = 0; index && i < count; i++)
    index[i] = i;
  bool ok = index && kinds_train(&fit->kinds, fit->dataset, index, count) &&
            cross_validate_kinds(fit->dataset, options, fit->folds);
  fit->folds_count = ok ? options->folds : 0;
  free(index);
  return ok;
}

/* Lets the prior have its say; plain: the heads were trained on the log alone. */
static bool lean_on_prior(struct fit *fit, const struct fit_options *options, bool plain, char *why,
                          size_t why_size) {
  bool ok = fit_lean(fit, options, plain, why, why_size);
  if (!ok || fit->lean.winner == FIT_LEAN_PLAIN)
    return ok;
  fit->prior = options->prior->model;
  fit_lean_words(fit, options);
  for (size_t tier = 0; ok && tier + 1 < fit->dataset->tiers_count; tier++) {
    if (fit->reports[tier].rows == 0)
      fit_lean_calibration(fit, options, tier);
    else
      ok = fit_calibrate(fit, tier, options) || fail(why, why_size, "out of memory");
  }
  if (ok && fit->reports[fit->dataset->tiers_count - 1].rows > 0)
    ok = fit_quantiles(fit, options) || fail(why, why_size, "out of memory");
  return ok;
}

bool fit_train(struct fit *fit, const struct dataset *dataset, const struct tier_map *map,
               const struct fit_options *options, char *why, size_t why_size) {
  memset(fit, 0, sizeof *fit);
  fit->dataset = dataset;
  bool ok = dataset->count >= FIT_ROWS_MIN ||
            fail(why, why_size, "too few rows with a known label or outcomes of mapped models");
  ok = ok && ((fit_inputs(fit, options) && fit_kinds(fit, options)) ||
              fail(why, why_size, "out of memory"));
  /* Too few rows of some tier are no reason to fail where the prior knows that tier. */
  bool plain = ok && fit_tiers(fit, options, why, why_size);
  ok = plain || (ok && options->prior);
  ok = ok && ((fit_output(fit, options) && fit_novelty(fit, options)) ||
              fail(why, why_size, "out of memory"));
  ok = ok && (!options->prior || lean_on_prior(fit, options, plain, why, why_size));
  ok = ok && (fit_policy(fit, map, options) || fail(why, why_size, "out of memory"));
  if (!ok)
    fit_deinit(fit);
  return ok;
}

void fit_deinit(struct fit *fit) {
  for (size_t i = 0; i < MODEL_TIERS_MAX; i++) {
    head_fit_deinit(&fit->heads[i]);
    free(fit->margins[i]);
  }
  for (size_t i = 0; i < fit->folds_count; i++)
    kinds_deinit(&fit->folds[i]);
  kinds_deinit(&fit->kinds);
  free(fit->inputs.rows);
  free(fit->inputs.weights);
  free(fit->words);
  memset(fit, 0, sizeof *fit);
}
