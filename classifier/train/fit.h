/* fit.h - from a dataset to a trained, calibrated model. */
#ifndef TIERD_TRAIN_FIT_H
#define TIERD_TRAIN_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "classifier/train/compare.h"
#include "classifier/train/dataset.h"
#include "classifier/train/head_fit.h"
#include "classifier/train/isotonic.h"
#include "classifier/train/lean_head.h"
#include "classifier/train/length_quantiles.h"
#include "classifier/train/prior.h"

/* Fewer rows than FIT_ROWS_MIN with a target teach a head nothing; fewer than
 * FIT_ISOTONIC_ROWS_MIN are calibrated by a curve of two parameters when there is a prior
 * to lean on: isotonic regression overfits below about 1,000 (A. Niculescu-Mizil,
 * R. Caruana: Predicting Good Probabilities With Supervised Learning, ICML 2005). */
enum {
  FIT_WORDS_BITS = DATASET_WORDS_BITS,
  FIT_FOLDS_MAX = 20,
  FIT_KNOTS = 33,
  FIT_ROWS_MIN = 40,
  FIT_ISOTONIC_ROWS_MIN = 1000
};

/* The bounds on the risk whose coverage is measured. */
enum { FIT_RISK_BOUNDS = 4 };
extern const double fit_risk_bounds[FIT_RISK_BOUNDS];

struct fit_options {
  enum svm_kernel kernel;
  enum machine_kind kind;
  uint64_t seed;
  size_t folds;         /* of the cross-validation, 2 to FIT_FOLDS_MAX */
  size_t rows_max;      /* for each machine */
  double length_weight; /* see head_fit.h */
  size_t threads;
  FILE *progress;            /* NULL for silence */
  const struct prior *prior; /* to lean on; NULL for none. Must outlive the fit */
};

enum fit_lean_winner {
  FIT_LEAN_PLAIN, /* learned from the log alone */
  FIT_LEAN_PRIOR, /* ranks as the prior does, with the log's probabilities */
  FIT_LEAN_BENT   /* the prior, bent towards the log */
};

/* How the contest went, see fit_lean.h. */
struct fit_lean_report {
  enum fit_lean_winner winner; /* FIT_LEAN_PLAIN without a prior */
  const char *prior_path;      /* NULL without a prior */
  struct lean_recipe recipe;   /* how far the prior was bent */
  bool flat;                   /* see struct lean_rows */
  struct comparison bent;      /* the bent prior against the prior */
  struct comparison plain;     /* the plain fit against the better of these */
};

/* What cross-validation said of one head. */
struct head_report {
  double c, gamma; /* chosen */
  double apgr;     /* mean over sources, out of fold */
  double ece;      /* expected calibration error, out of fold */
  double loss;     /* log loss of the probabilities, out of fold */
  size_t rows;     /* with a target */
  double coverage; /* output head: share of one half's answers below the other half's p90 */
  double risks[FIT_RISK_BOUNDS]; /* the share that failed under each of fit_risk_bounds, the
                                    table being from one half of the data and the rows from
                                    the other; NaN where nothing was let through */
};

struct fit {
  const struct dataset *dataset;
  struct inputs inputs;
  struct kinds kinds;                /* of all examples */
  struct kinds folds[FIT_FOLDS_MAX]; /* of all but one fold's */
  size_t folds_count;
  float spreads[FEATURES_COUNT];
  size_t knots_count[FEATURES_COUNT];
  float knots[FEATURES_COUNT][MODEL_KNOTS_MAX];
  struct head_fit heads[MODEL_TIERS_MAX]; /* a tier each below the top, then the output */
  struct isotonic calibration[MODEL_TIERS_MAX];
  struct model_risks risks[MODEL_TIERS_MAX];
  struct head_report reports[MODEL_TIERS_MAX];
  float *margins[MODEL_TIERS_MAX]; /* out of fold, an entry an example; NaN where unused */
  uint64_t *words;                 /* known words, 1 << FIT_WORDS_BITS bits */
  float novelty_limit;
  struct length_quantiles lengths;
  size_t curve_count;
  struct model_curve_point curve[MODEL_CURVE_MAX];
  struct fit_lean_report lean;
  const struct model *prior; /* whose scales and kinds these are; NULL: the log's own */
};

/* Trains everything. dataset and map must outlive fit. False with why filled when
 * the data does not suffice or memory is out; fit is then empty. */
bool fit_train(struct fit *fit, const struct dataset *dataset, const struct tier_map *map,
               const struct fit_options *options, char *why, size_t why_size);

void fit_deinit(struct fit *fit);

#endif
