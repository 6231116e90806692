/* model_internal.h - a loaded model's layout, and the grammar of its file.
 *
 * A *.tier file is text, one field a line, in this order:
 *
 *   tierd-model 3
 *   created 2026-01-31T12:00:00Z
 *   schema 0123456789abcdef 169          hash of the feature table; features
 *   tier NAME RELATIVE_COST              2 to 8 of them, cheapest first
 *   data PATH ROWS XXH128                any number
 *   option NAME TEXT                     any number; how it was trained
 *   metric NAME NUMBER                   any number; measured out of fold
 *   scale FEATURE SPREAD COUNT KNOT...   one a feature, in order; quantiles, which
 *                                        map to -SPREAD..SPREAD
 *   words BITS                           then BITS-sized set of known words in hex,
 *                                        64 bytes a line
 *   novelty LIMIT
 *   kinds COUNT TEMPER                   then COUNT lines "kind NAME LEVEL... SLOPE...",
 *                                        of each one for each machine, and
 *                                        MODEL_KIND_BUCKETS lines of COUNT signed bytes
 *                                        in hex
 *   head TIER                            one a tier below the top
 *   svm LINES                            then a machine in libsvm's text form
 *   calibration COUNT                    then COUNT lines "margin probability"
 *   risk COUNT                           then COUNT lines "probability risk", may be 0
 *   output                               the length of the answer
 *   svm LINES
 *   residuals COUNT                      then COUNT lines "P50 P90", one a kind: added to
 *                                        the machine's log1p(tokens)
 *   curve COUNT                          then COUNT lines "quality lambda saving"
 *   end
 *   checksum XXH128                      of everything before this line
 */
#ifndef TIERD_SVM_MODEL_INTERNAL_H
#define TIERD_SVM_MODEL_INTERNAL_H

#include "classifier/svm/model.h"
#include "classifier/svm/svm.h"

enum {
  MODEL_FORMAT_VERSION = 3,
  MODEL_KNOTS_MAX = MODEL_FEATURE_KNOTS_MAX,
  MODEL_SCALARS_MAX = MODEL_TIERS_MAX, /* one a machine: tiers below the top, output */
  MODEL_KINDS_MAX = 256,
  MODEL_KIND_BITS = 12, /* the high bits of an n-gram's bucket */
  MODEL_KIND_BUCKETS = 1 << MODEL_KIND_BITS,
  MODEL_CALIBRATION_MAX = 256,
  MODEL_RISKS_MAX = 64,
  MODEL_WORDS_BITS_MAX = 24,
  MODEL_DIMENSIONS_MAX = FEATURES_COUNT + MODEL_SCALARS_MAX,
  MODEL_STRIDE_MAX = (MODEL_DIMENSIONS_MAX + SVM_LANES - 1) / SVM_LANES * SVM_LANES
};

/* Quantile normalisation: knots rise; the first maps to -spread, the last to spread. */
struct model_scale {
  float spread;
  size_t count; /* 0 or 1: the feature did not vary in training and maps to 0 */
  float knots[MODEL_KNOTS_MAX];
};

/* Linear machines over the kinds of prompts seen in training: what kind a prompt is
 * like says at what level of difficulty it lies. */
struct model_kinds {
  size_t count;
  float temper;    /* sharpens the posterior: margins are temper times sum / sqrt(n) */
  int8_t *weights; /* [MODEL_KIND_BUCKETS][count], in 1/16 */
  /* By machine: a prompt's level is its kind's, and its slope times the prompt's scaled
   * length, for length says more of some kinds than of others. */
  float levels[MODEL_KINDS_MAX][MODEL_SCALARS_MAX];
  float slopes[MODEL_KINDS_MAX][MODEL_SCALARS_MAX];
  char names[MODEL_KINDS_MAX][MODEL_TIER_NAME_MAX];
};

/* Isotonic regression's steps as a polygon: margins rise, probabilities do not fall. */
struct model_calibration {
  size_t count;
  float margin[MODEL_CALIBRATION_MAX];
  float probability[MODEL_CALIBRATION_MAX];
};

/* How often a tier fails among all prompts where its probability is at least so much:
 * probabilities rise, risks fall. */
struct model_risks {
  size_t count;
  float probability[MODEL_RISKS_MAX];
  float risk[MODEL_RISKS_MAX];
};

struct model_head {
  struct svm *svm;
  struct model_calibration calibration;
  struct model_risks risks;
};

struct model {
  char version[17]; /* first 16 digits of the checksum */
  char created[32];
  size_t tiers_count;
  char tier_names[MODEL_TIERS_MAX][MODEL_TIER_NAME_MAX];
  double tier_costs[MODEL_TIERS_MAX];
  struct model_scale scales[FEATURES_COUNT];
  unsigned words_bits;
  uint64_t *words; /* a Bloom filter of one hash, 2^words_bits bits */
  float novelty_limit;
  struct model_kinds kinds;
  struct model_head heads[MODEL_TIERS_MAX];
  struct svm *output;
  float output_p50[MODEL_KINDS_MAX], output_p90[MODEL_KINDS_MAX];
  size_t curve_count;
  struct model_curve_point curve[MODEL_CURVE_MAX];
};

/* The scaled input of the machines: features, then a level a machine, then zeros up
 * to svm_stride(); x holds MODEL_STRIDE_MAX floats. The n-th level belongs to the
 * n-th machine, which is the only one that may see it. */
void model_input(const struct model *model, const struct features *features, float *x);

/* Shared with the trainer, so that both see the same numbers. */
float model_scale_apply(const struct model_scale *scale, float value);
float model_calibrate(const struct model_calibration *calibration, float margin);

/* The chance that a prompt with these distinct n-grams is of each kind, into
 * posterior (kinds->count floats, summing to 1). */
void model_kinds_posterior(const struct model_kinds *kinds, const uint16_t *buckets, size_t count,
                           float *posterior);

/* The share of words that training never saw, damped for short texts. */
float model_novelty_share(size_t unknown, size_t counted);

/* The bit of the set of known words that belongs to a token. */
uint32_t model_word_bit(unsigned words_bits, uint32_t token_hash);

/* Is the token in the set? */
bool model_knows_word(const uint64_t *words, unsigned words_bits, uint32_t token_hash);

#endif
