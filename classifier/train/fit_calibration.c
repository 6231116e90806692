/* fit_calibration.c - from margins out of fold to what the model file promises of them.
 *
 *   margins → a table of probabilities a tier → as served, never falling from tier to tier
 *   → the table of risks, and the curve that a wished quality is looked up in
 *
 * All of it is judged on rows that it was not made from; what ships is from all rows. The
 * margins themselves are fit.c's and head_fit.c's. */
#include "classifier/train/fit_calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/curve.h"
#include "classifier/train/platt.h"
#include "classifier/train/random.h"
#include "classifier/train/risk.h"

const double fit_risk_bounds[FIT_RISK_BOUNDS] = {0.02, 0.05, 0.1, 0.2};

/* The table as the daemon applies it. */
static struct model_calibration table_of(const struct isotonic *isotonic) {
  struct model_calibration table = {.count = isotonic->count};
  memcpy(table.margin, isotonic->margin, sizeof isotonic->margin);
  memcpy(table.probability, isotonic->probability, sizeof isotonic->probability);
  return table;
}

/* Rows of one tier side by side, for isotonic_fit() and calibration_error(). */
struct calibration_rows {
  size_t count;
  float *values; /* margins, or probabilities */
  float *good;
  float *weights;
};

static void add_calibration_row(struct calibration_rows *rows, const struct fit *fit, size_t tier,
                                size_t example, float value) {
  rows->values[rows->count] = value;
  rows->good[rows->count] = fit->dataset->examples[example].good[tier];
  rows->weights[rows->count++] = fit->inputs.weights[example];
}

static size_t calibration_fold(const struct fit_options *options, size_t example) {
  return (size_t)(splitmix(options->seed + example * 7) % options->folds);
}

static bool calibrates(const struct fit *fit, size_t tier, size_t example) {
  return !isnan(fit->margins[tier][example]) && !isnan(fit->dataset->examples[example].good[tier]);
}

/* Fits the tier's table on all rows but those of one fold; on all when fold is
 * options->folds. */
static bool calibrate_without(struct fit *fit, size_t tier, const struct fit_options *options,
                              size_t fold, struct calibration_rows *rows) {
  rows->count = 0;
  for (size_t i = 0; i < fit->dataset->count; i++)
    if (calibrates(fit, tier, i) && calibration_fold(options, i) != fold)
      add_calibration_row(rows, fit, tier, i, fit->margins[tier][i]);
  if (fit->prior && rows->count < FIT_ISOTONIC_ROWS_MIN) {
    struct platt platt;
    platt_fit(&platt, rows->values, rows->good, rows->weights, rows->count);
    platt_table(&platt, &fit->calibration[tier]);
    return true;
  }
  return isotonic_fit(&fit->calibration[tier], rows->values, rows->good, rows->weights,
                      rows->count);
}

/* Isotonic calibration of a tier's margins, judged on folds of its own. */
bool fit_calibrate(struct fit *fit, size_t tier, const struct fit_options *options) {
  size_t count = fit->dataset->count;
  float *columns = malloc((6 * count + 1) * sizeof *columns);
  if (!columns)
    return false;
  struct calibration_rows used = {0, columns, columns + count, columns + 2 * count};
  struct calibration_rows tested = {0, columns + 3 * count, columns + 4 * count,
                                    columns + 5 * count};
  bool ok = true;
  for (size_t fold = 0; ok && fold < options->folds; fold++) {
    ok = calibrate_without(fit, tier, options, fold, &used);
    struct model_calibration table = table_of(&fit->calibration[tier]);
    for (size_t i = 0; ok && i < count; i++)
      if (calibrates(fit, tier, i) && calibration_fold(options, i) == fold)
        add_calibration_row(&tested, fit, tier, i, model_calibrate(&table, fit->margins[tier][i]));
  }
  /* The last one keeps all rows: that is the calibration that ships. */
  ok = ok && calibrate_without(fit, tier, options, options->folds, &used);
  fit->reports[tier].ece =
      ok ? calibration_error(tested.values, tested.good, tested.weights, tested.count) : NAN;
  fit->reports[tier].loss =
      ok ? log_loss(tested.values, tested.good, tested.weights, tested.count) : NAN;
  free(columns);
  return ok;
}

/* Out of fold, as the daemon would serve them: never falling from tier to tier. */
static bool serve_probabilities(const struct fit *fit, float **probabilities) {
  size_t count = fit->dataset->count;
  bool ok = true;
  for (size_t tier = 0; ok && tier + 1 < fit->dataset->tiers_count; tier++) {
    struct model_calibration table = table_of(&fit->calibration[tier]);
    probabilities[tier] = malloc((count + 1) * sizeof(float));
    ok = probabilities[tier] != NULL;
    for (size_t i = 0; ok && i < count; i++) {
      float margin = fit->margins[tier][i];
      float good = isnan(margin) ? NAN : model_calibrate(&table, margin);
      probabilities[tier][i] = tier > 0 ? fmaxf(good, probabilities[tier - 1][i]) : good;
    }
  }
  return ok;
}

/* The rows of one half of the folds, or of all when half is negative, that tell how
 * good the tier was. */
static void risk_rows_of(struct risk_rows *rows, const struct fit *fit, size_t tier,
                         const struct fit_options *options, const float *probabilities, int half) {
  rows->count = 0;
  for (size_t i = 0; i < fit->dataset->count; i++) {
    float good = fit->dataset->examples[i].good[tier];
    if (isnan(good) || isnan(probabilities[i]) ||
        (half >= 0 && calibration_fold(options, i) % 2 != (size_t)half))
      continue;
    rows->probability[rows->count] = probabilities[i];
    rows->good[rows->count] = good;
    rows->weight[rows->count++] = fit->inputs.weights[i];
  }
}

/* One half's table is judged on the other half's rows, both ways; the table that ships
 * is from all. */
static bool fit_risks(struct fit *fit, size_t tier, const struct fit_options *options,
                      const float *probabilities) {
  size_t count = fit->dataset->count;
  float *columns = malloc((3 * count + 1) * sizeof *columns);
  if (!columns)
    return false;
  struct risk_rows rows = {0, columns, columns + count, columns + 2 * count};
  double *realised = fit->reports[tier].risks;
  bool ok = true;
  for (int half = 0; ok && half < 2; half++) {
    risk_rows_of(&rows, fit, tier, options, probabilities, half);
    ok = risk_fit(&fit->risks[tier], &rows);
    risk_rows_of(&rows, fit, tier, options, probabilities, 1 - half);
    for (size_t b = 0; ok && b < FIT_RISK_BOUNDS; b++) {
      double share = risk_realised(&fit->risks[tier], &rows, fit_risk_bounds[b]);
      realised[b] = half == 0 ? share : (realised[b] + share) / 2;
    }
  }
  risk_rows_of(&rows, fit, tier, options, probabilities, -1);
  ok = ok && risk_fit(&fit->risks[tier], &rows);
  free(columns);
  return ok;
}

/* What the probabilities out of fold say of the policy: its table, and its risks. */
bool fit_policy(struct fit *fit, const struct tier_map *map, const struct fit_options *options) {
  size_t heads = fit->dataset->tiers_count - 1;
  float *probabilities[MODEL_TIERS_MAX] = {0};
  bool ok = serve_probabilities(fit, probabilities);
  if (ok)
    fit->curve_count =
        curve_measure(fit->dataset, map, probabilities, fit->inputs.weights, fit->curve);
  for (size_t tier = 0; ok && tier < heads; tier++)
    ok = fit_risks(fit, tier, options, probabilities[tier]);
  for (size_t tier = 0; tier < heads; tier++)
    free(probabilities[tier]);
  return ok;
}
