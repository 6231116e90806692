/* model.h - the trained classifier: load once, predict for ever.
 *
 *   struct model *model;
 *   struct model_error err;
 *   if (model_load("models/default.tier", &model, &err) != MODEL_OK)
 *     fprintf(stderr, "%s\n", err.text);
 *   struct features f;                      // one per thread; large
 *   features_extract(&conversation, &f);
 *   struct prediction p;
 *   model_predict(model, &f, &p);
 *   model_destroy(model);
 *
 * A model is immutable after loading, so any number of threads may predict with
 * the same one. Prediction neither allocates nor fails.
 */
#ifndef TIERD_SVM_MODEL_H
#define TIERD_SVM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/features/features.h"

enum { MODEL_TIERS_MAX = 8, MODEL_TIER_NAME_MAX = 64, MODEL_CURVE_MAX = 64 };

enum model_status {
  MODEL_OK = 0,
  MODEL_IO,        /* cannot be opened or read */
  MODEL_TOO_LARGE, /* more than MODEL_FILE_BYTES_MAX */
  MODEL_TRUNCATED, /* ends before its checksum line */
  MODEL_CHECKSUM,  /* altered since it was written */
  MODEL_VERSION,   /* a format version that this program does not read */
  MODEL_SCHEMA,    /* trained on other features than this program extracts */
  MODEL_FORMAT,    /* a field is missing, misplaced, out of range or not a number */
  MODEL_MEMORY
};

struct model_error {
  enum model_status status;
  size_t line;    /* of the file, from 1; 0 when no line is to blame */
  char text[256]; /* what, where and what was expected; NUL-terminated */
};

struct model; /* opaque, immutable */

/* One point of the calibration table, measured out of fold on training data. */
struct model_curve_point {
  double quality; /* share of the top tier's quality that is kept, 0 to 1 */
  double lambda;  /* what the top tier's whole cost must add to a probability, see policy.h */
  double saving;  /* share of the always-top cost that is saved */
};

struct prediction {
  size_t tiers_count;
  /* good[t]: the probability that tier t is good enough; cheapest first, never
   * falling from one tier to the next, 1 for the top tier. */
  float good[MODEL_TIERS_MAX];
  float margin[MODEL_TIERS_MAX]; /* raw decision value of tier t's SVM; 0 for the top */
  float score;                   /* difficulty from 0 (easy) to 1, for ranking and display */
  float novelty;                 /* 0 usual, 1 at the model's limit, above it unlike training */
  bool abstain;                  /* novelty is above 1, or there was nothing to score */
  float output_tokens_p50;       /* expected length of the answer, tokens */
  float output_tokens_p90;
};

/* One feature's part in a decision. */
struct contribution {
  uint32_t feature; /* index into features_table(), or beyond: the level of the kind
                       of prompt that the words point to */
  float weight;     /* of the margin; positive speaks for the cheaper tier */
};

/* Reads and validates the file at path. On success *out is owned by the caller,
 * to be destroyed with model_destroy(). On failure *out is NULL and err says why;
 * err must not be NULL. Reads at most MODEL_FILE_BYTES_MAX bytes. */
enum { MODEL_FILE_BYTES_MAX = 64 * 1024 * 1024 };
enum model_status model_load(const char *path, struct model **out, struct model_error *err);

/* The same from memory. bytes need not outlive the call. */
enum model_status model_parse(const char *bytes, size_t len, struct model **out,
                              struct model_error *err);

/* model may be NULL. */
void model_destroy(struct model *model);

size_t model_tiers_count(const struct model *model);
const char *model_tier_name(const struct model *model, size_t tier); /* cheapest first */
const char *model_version(const struct model *model);                /* short, from the checksum */
size_t model_support_vectors(const struct model *model);             /* over all heads */

/* The calibration table, by rising quality. */
size_t model_curve(const struct model *model, const struct model_curve_point **points);

/* The lambda of policy.h that keeps this share of the top tier's quality, by the
 * calibration table, in straight lines between its points; 0 when the table promises
 * less. */
double model_lambda(const struct model *model, double quality);

/* What a call costs on tier, as a share of the top tier's, in the table's measurement. */
double model_cost_share(const struct model *model, size_t tier);

/* The tier that the policy takes at the costs of the table's measurement; the top one
 * when the model abstains. */
size_t model_choose(const struct model *model, const float *good, bool abstain, double lambda);

/* The chance that tier is not good enough: what its probability leaves, and no less than
 * the share that failed among all prompts where the probability is at least this, an
 * upper estimate by conformal risk control over rows that were held out. 0 for the top
 * tier, 1 where nothing bounds it. */
double model_risk(const struct model *model, size_t tier, float probability);

/* The least margin at which tier's probability reaches this; the greatest of the table
 * when none does. */
float model_margin_at(const struct model *model, size_t tier, double probability);

void model_predict(const struct model *model, const struct features *features,
                   struct prediction *out);

/* The features that moved tier's margin, largest first by magnitude; at most max
 * of them into out. Returns how many. Exact for a linear kernel: all parts and
 * *rest, the constant, sum to the margin. For other kernels each part is the
 * change of the margin when that feature alone is put at its training median. */
size_t model_explain(const struct model *model, const struct features *features, size_t tier,
                     struct contribution *out, size_t max, float *rest);

/* Where a feature's value lies among those seen in training: -1 the lowest, 0 the middle,
 * 1 the highest. feature is below FEATURES_COUNT. */
float model_feature_position(const struct model *model, const struct features *features,
                             uint32_t feature);

/* Quantiles of the feature among the training's values, at equal steps from the least to
 * the greatest, of which equal ones are given once. They rise, live as long as the model,
 * and are at most MODEL_FEATURE_KNOTS_MAX. Returns how many. feature as above. */
enum { MODEL_FEATURE_KNOTS_MAX = 64 };
size_t model_feature_knots(const struct model *model, uint32_t feature, const float **knots);

/* The kind of prompts that this one is most like, by the name of their source, task or
 * label in the training data, and how much it is like them, 0 to 1. The name lives as
 * long as the model. */
const char *model_kind(const struct model *model, const struct features *features, float *share);

/* The name of a contribution's feature and its meaning, for people. */
const char *model_feature_name(const struct model *model, uint32_t feature);
const char *model_feature_meaning(const struct model *model, uint32_t feature);

const char *model_status_text(enum model_status status);

#endif
