/* lean_head.c - margin = constant + features * (prior's features' part) + level *
 * (prior's level) + shift of the kind + weights . x, fitted in this order.
 *
 * A ridge regression finds constant and factors, the factors drawn to 1; each kind's
 * shift is the mean of what is left over its rows, drawn to 0; an epsilon-SVR learns the
 * rest, and its own penalty draws the weights to 0. So with no rows the head is the
 * prior's, and each step has less to explain than the one before. All terms are linear
 * in what the model file holds, hence lean_head_text(). How much a head may change is
 * for lean.c to choose. */
#include "classifier/train/lean_head.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/machine.h"
#include "classifier/train/random.h"

/* The prior speaks for factors of 1 as loudly as so many rows of the log that have its
 * own spread; and for shifts of 0 as so many of the kind. */
#define FACTOR_PRIOR_ROWS 50.0
#define SHIFT_PRIOR_ROWS 30.0

/* libsvm's time grows with the square of the rows, and weights that rest on more are
 * better learned without a prior. */
enum { MACHINE_ROWS_MAX = 2000, TERMS = 4 };

#define TUBE 0.1

/* Solves a small symmetric system in place by elimination; the ridge keeps it regular. */
static void solve(double a[TERMS][TERMS + 1], double out[TERMS]) {
  for (size_t i = 0; i < TERMS; i++)
    for (size_t r = i + 1; r < TERMS; r++) {
      double factor = a[r][i] / a[i][i];
      for (size_t c = i; c <= TERMS; c++)
        a[r][c] -= factor * a[i][c];
    }
  for (size_t i = TERMS; i-- > 0;) {
    out[i] = a[i][TERMS];
    for (size_t c = i + 1; c < TERMS; c++)
      out[i] -= a[i][c] * out[c];
    out[i] /= a[i][i];
  }
}

/* Is the row one without a kind where others have one? */
static bool is_bare(const struct lean_rows *rows, size_t example) {
  return rows->dataset->examples[example].bare && !rows->flat;
}

/* The variance of the prior's margins, the unit of the penalty on its factors; above 0,
 * since a log of one prompt over and over has none. */
static double spread(const struct lean_rows *rows, size_t machine, const size_t *index,
                     size_t count) {
  double sum = 0;
  double squares = 0;
  double weights = 0;
  for (size_t i = 0; i < count; i++) {
    const double weight = (double)rows->dataset->examples[index[i]].weight;
    double margin = (double)lean_rows_margin(rows, machine, index[i]);
    sum += weight * margin;
    squares += weight * (margin * margin);
    weights += weight;
  }
  double n = fmax(weights, 1);
  return fmax(squares / n - sum / n * (sum / n), 1e-6);
}

/* A log that speaks against the prior takes its part away, but never turns it round. */
static void fit_factors(struct lean_head *head, const struct lean_rows *rows, const size_t *index,
                        size_t count, const float *targets) {
  double a[TERMS][TERMS + 1] = {{0}};
  double found[TERMS];
  double penalty = FACTOR_PRIOR_ROWS * spread(rows, head->machine, index, count);
  for (size_t i = 0; i < count; i++) {
    const double weight = (double)rows->dataset->examples[index[i]].weight;
    double terms[TERMS] = {1, (double)rows->features[head->machine][index[i]],
                           (double)rows->levels[head->machine][index[i]],
                           is_bare(rows, index[i]) ? 1 : 0};
    for (size_t r = 0; r < TERMS; r++) {
      for (size_t c = 0; c < TERMS; c++)
        a[r][c] += weight * (terms[r] * terms[c]);
      a[r][TERMS] += weight * (terms[r] * (double)targets[index[i]]);
    }
  }
  for (size_t r = 1; r <= 2; r++) {
    a[r][r] += penalty;
    a[r][TERMS] += penalty;
  }
  a[0][0] += 1e-6;
  a[3][3] += 1;
  solve(a, found);
  head->features = fmax(found[1], 0);
  head->level = fmax(found[2], 0);
  head->bare = found[3];
}

/* Posterior shares stand for membership; rows without a kind say nothing of any. */
static void fit_shifts(struct lean_head *head, const struct lean_rows *rows, const size_t *index,
                       size_t count, const float *targets) {
  size_t kinds = rows->model->kinds.count;
  double sums[MODEL_KINDS_MAX] = {0};
  double shares[MODEL_KINDS_MAX] = {0};
  for (size_t i = 0; i < count; i++) {
    const struct example *example = &rows->dataset->examples[index[i]];
    const double weight = (double)example->weight;
    if (example->bare)
      continue;
    double left = (double)(targets[index[i]] - lean_head_margin(head, rows, index[i]));
    const float *posterior = rows->posteriors + index[i] * kinds;
    for (size_t k = 0; k < kinds; k++) {
      sums[k] += weight * ((double)posterior[k] * left);
      shares[k] += weight * (double)posterior[k];
    }
  }
  for (size_t k = 0; k < kinds; k++)
    head->shifts[k] = (float)(sums[k] / (shares[k] + SHIFT_PRIOR_ROWS));
}

/* Copies about MACHINE_ROWS_MAX of the rows at most, each as often as its weight says, and
 * what the head leaves of their targets. Returns how many. */
static size_t gather(const struct lean_head *head, const struct lean_rows *rows,
                     const size_t *index, size_t count, const float *targets, uint64_t seed,
                     float *x, float *left) {
  size_t used = 0;
  double chance = (double)MACHINE_ROWS_MAX / fmax((double)count, 1);
  for (size_t i = 0; i < count; i++) {
    if (random_unit(seed ^ UINT64_C(0x1EA4), index[i]) >= chance)
      continue;
    size_t copies = example_copies(&rows->dataset->examples[index[i]], index[i], seed);
    for (; copies > 0; copies--) {
      memcpy(x + used * rows->stride, rows->x + index[i] * rows->stride, rows->stride * sizeof *x);
      left[used++] = targets[index[i]] - lean_head_margin(head, rows, index[i]);
    }
  }
  return used;
}

/* The rows are not centred by task, as those of a plain fit are: the levels of the kinds
 * are the prior's, so what tasks of this log differ by can only be learned here. */
static bool fit_machine(struct lean_head *head, const struct lean_rows *rows, double c,
                        const size_t *index, size_t count, const float *targets, uint64_t seed) {
  const struct machine_options options = {
      .kind = MACHINE_REGRESSION, .kernel = SVM_LINEAR, .c = c, .epsilon = TUBE};
  const size_t most = examples_copies_max(rows->dataset, index, count);
  float *x = malloc((most + 1) * rows->stride * sizeof *x);
  float *left = malloc((most + 1) * sizeof *left);
  char *text = NULL;
  struct svm *svm = NULL;
  size_t line;
  char why[128];
  bool ok = x && left;
  size_t used = ok ? gather(head, rows, index, count, targets, seed, x, left) : 0;
  ok = ok && machine_train(&options, x, rows->stride, FEATURES_COUNT, left, used, 0, &text) &&
       svm_parse(text, strlen(text), FEATURES_COUNT, &svm, &line, why, sizeof why);
  if (ok) {
    memcpy(head->weights, svm_weights(svm), sizeof head->weights);
    head->constant += (double)svm_constant(svm);
  }
  svm_destroy(svm);
  free(text);
  free(x);
  free(left);
  return ok;
}

/* The constant for the factors as they are, since a factor may have been held at 0. */
static void centre(struct lean_head *head, const struct lean_rows *rows, const size_t *index,
                   size_t count, const float *targets) {
  double left = 0;
  double rows_weight = 0;
  for (size_t i = 0; i < count; i++) {
    const double weight = (double)rows->dataset->examples[index[i]].weight;
    left += weight * (double)(targets[index[i]] - lean_head_margin(head, rows, index[i]));
    rows_weight += weight;
  }
  head->constant += rows_weight > 0 ? left / rows_weight : 0;
}

bool lean_head_train(struct lean_head *head, const struct lean_rows *rows, size_t machine,
                     const struct lean_recipe *recipe, const size_t *index, size_t count,
                     const float *targets, uint64_t seed) {
  *head = (struct lean_head){.machine = machine, .features = 1, .level = 1};
  if (recipe->rescale) {
    fit_factors(head, rows, index, count, targets);
    centre(head, rows, index, count, targets);
  }
  if (recipe->levels)
    fit_shifts(head, rows, index, count, targets);
  return recipe->c <= 0 || fit_machine(head, rows, recipe->c, index, count, targets, seed);
}

/* In double precision, since single parts may cancel; the file's form agrees to 1e-4. */
float lean_head_margin(const struct lean_head *head, const struct lean_rows *rows, size_t example) {
  size_t kinds = rows->model->kinds.count;
  const float *posterior = rows->posteriors + example * kinds;
  const float *x = rows->x + example * rows->stride;
  double margin = head->constant + head->features * (double)rows->features[head->machine][example] +
                  head->level * (double)rows->levels[head->machine][example];
  if (is_bare(rows, example))
    margin += head->bare;
  for (size_t k = 0; k < kinds; k++)
    margin += (double)(posterior[k] * head->shifts[k]);
  for (size_t d = 0; d < FEATURES_COUNT; d++)
    margin += (double)(head->weights[d] * x[d]);
  return (float)margin;
}

static const struct svm *prior_machine(const struct lean_head *head, const struct lean_rows *rows) {
  const struct model *model = rows->model;
  return head->machine + 1 < model->tiers_count ? model->heads[head->machine].svm : model->output;
}

/* What the head makes of one of the prior's figures of a kind: its level or its slope. A
 * flat log has the mean of all kinds. */
static double prior_figure(const struct lean_head *head, const struct lean_rows *rows,
                           const float (*figures)[MODEL_SCALARS_MAX], size_t kind) {
  size_t count = rows->model->kinds.count;
  double factor =
      head->level * (double)svm_weights(prior_machine(head, rows))[FEATURES_COUNT + head->machine];
  double figure = (double)figures[kind][head->machine];
  if (rows->flat) {
    figure = 0;
    for (size_t k = 0; k < count; k++)
      figure += (double)figures[k][head->machine] / (double)count;
  }
  return factor * figure;
}

float lean_head_level(const struct lean_head *head, const struct lean_rows *rows, size_t kind) {
  return (float)(prior_figure(head, rows, rows->model->kinds.levels, kind) +
                 (double)head->shifts[kind]);
}

float lean_head_slope(const struct lean_head *head, const struct lean_rows *rows, size_t kind) {
  return (float)prior_figure(head, rows, rows->model->kinds.slopes, kind);
}

char *lean_head_text(const struct lean_head *head, const struct lean_rows *rows) {
  const struct svm *svm = prior_machine(head, rows);
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  if (!out)
    return NULL;
  double constant = head->constant + head->features * (double)svm_constant(svm);
  fprintf(out, "svm_type epsilon_svr\nkernel_type linear\nnr_class 2\ntotal_sv 1\nrho %.9g\nSV\n1",
          -constant);
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    double weight = head->features * (double)svm_weights(svm)[d] + (double)head->weights[d];
    if (weight != 0)
      fprintf(out, " %zu:%.9g", d + 1, weight);
  }
  fprintf(out, " %zu:1\n", FEATURES_COUNT + head->machine + 1);
  if (fclose(out) == 0)
    return text;
  free(text);
  return NULL;
}
