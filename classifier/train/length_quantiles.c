/* length_quantiles.c - residuals by kind, sorted once, and their quantiles.
 *
 * A residual is one answer's log1p(tokens) less the prompt's out-of-fold margin. They are
 * sorted by kind and value, so that a kind is a run of them. */
#include "classifier/train/length_quantiles.h"

#include <math.h>
#include <stdlib.h>

/* A kind's quantiles are drawn to those of all by so many rows; answers to one prompt
 * are too much alike to count. */
#define QUANTILE_PRIOR_ROWS 30.0f

struct residual {
  uint32_t kind;
  float value;
};

struct residuals {
  size_t count;
  size_t kinds;
  struct residual *all;
  float *values;                /* room for as many */
  size_t rows[MODEL_KINDS_MAX]; /* examples with answers, by kind */
};

static int by_kind_and_value(const void *a, const void *b) {
  const struct residual *x = a;
  const struct residual *y = b;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  return (x->value > y->value) - (x->value < y->value);
}

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a;
  const float y = *(const float *)b;
  return (x > y) - (x < y);
}

static bool has_length(const struct example *example) {
  return !isnan(example->log_tokens) && example->lengths_count > 0;
}

/* Of all examples when half is negative, else of those with an even (0) or odd (1)
 * number. */
static void collect(struct residuals *out, const struct dataset *dataset, const float *margins,
                    const struct kinds *const *fold_kinds, int half) {
  out->count = 0;
  out->kinds = fold_kinds && dataset->count > 0 ? fold_kinds[0]->count : 1;
  for (size_t k = 0; k < out->kinds; k++)
    out->rows[k] = 0;
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    if (!has_length(example) || (half >= 0 && i % 2 != (size_t)half))
      continue;
    const size_t kind = fold_kinds ? kinds_of(fold_kinds[i], example) : 0;
    out->rows[kind]++;
    for (size_t a = 0; a < example->lengths_count; a++)
      out->all[out->count++] = (struct residual){(uint32_t)kind, example->lengths[a] - margins[i]};
  }
  qsort(out->all, out->count, sizeof *out->all, by_kind_and_value);
}

static float quantile_of(const float *sorted, size_t count, double share) {
  return count ? sorted[(size_t)(share * (double)(count - 1))] : 0.0f;
}

static float drawn(float own, float all, size_t rows) {
  return ((float)rows * own + QUANTILE_PRIOR_ROWS * all) / ((float)rows + QUANTILE_PRIOR_ROWS);
}

static void take_quantiles(struct length_quantiles *out, const struct residuals *from) {
  for (size_t i = 0; i < from->count; i++)
    from->values[i] = from->all[i].value;
  qsort(from->values, from->count, sizeof *from->values, by_value);
  const float p50 = quantile_of(from->values, from->count, 0.5);
  const float p90 = quantile_of(from->values, from->count, 0.9);
  for (size_t k = 0, at = 0; k < from->kinds; k++) {
    size_t count = 0;
    while (at + count < from->count && from->all[at + count].kind == k) {
      from->values[count] = from->all[at + count].value;
      count++;
    }
    out->p50[k] = drawn(quantile_of(from->values, count, 0.5), p50, from->rows[k]);
    out->p90[k] = drawn(quantile_of(from->values, count, 0.9), p90, from->rows[k]);
    at += count;
  }
}

/* The share of the odd examples' answers that are no longer than the p90 that quantiles
 * and the kinds foretold make. */
static double covered(const struct length_quantiles *quantiles, const struct dataset *dataset,
                      const float *margins, const struct kinds *const *fold_kinds) {
  size_t answers = 0;
  size_t below = 0;
  for (size_t i = 1; i < dataset->count; i += 2) {
    const struct example *example = &dataset->examples[i];
    if (!has_length(example))
      continue;
    const float beyond =
        fold_kinds ? kinds_level(fold_kinds[i], i, quantiles->p90) : quantiles->p90[0];
    for (size_t a = 0; a < example->lengths_count; a++)
      below += example->lengths[a] <= margins[i] + beyond;
    answers += example->lengths_count;
  }
  return answers ? (double)below / (double)answers : NAN;
}

void length_quantiles_fill(struct length_quantiles *out, size_t kinds, float p50, float p90) {
  for (size_t k = 0; k < kinds; k++) {
    out->p50[k] = p50;
    out->p90[k] = p90;
  }
}

bool length_quantiles_fit(struct length_quantiles *out, const struct dataset *dataset,
                          const float *margins, const struct kinds *const *fold_kinds,
                          double *coverage) {
  size_t answers = 0;
  for (size_t i = 0; i < dataset->count; i++)
    answers += dataset->examples[i].lengths_count;
  struct residuals residuals = {.all = malloc((answers + 1) * sizeof *residuals.all),
                                .values = malloc((answers + 1) * sizeof *residuals.values)};
  const bool ok = residuals.all && residuals.values;
  if (ok) {
    collect(&residuals, dataset, margins, fold_kinds, 0);
    take_quantiles(out, &residuals);
    *coverage = residuals.count ? covered(out, dataset, margins, fold_kinds) : NAN;
    collect(&residuals, dataset, margins, fold_kinds, -1);
    take_quantiles(out, &residuals);
  }
  free(residuals.all);
  free(residuals.values);
  return ok;
}
