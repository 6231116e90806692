/* model.c - prediction and explanation with a loaded model.
 *
 * Features are normalised by their training quantiles, n-grams condensed to the
 * trained scalars, and both go through one machine a tier below the top. Margins
 * become probabilities by isotonic calibration and are made to rise over the
 * tiers. Reading the file is left to model_parse.c. */
#include "classifier/svm/model_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/features/token_hash.h"
#include "classifier/svm/model_kernel.h"
#include "classifier/svm/policy.h"

enum { NOVELTY_DAMPING = 4 };

/* Where value lies among points that rise: between points[i] and the next one, a
 * part of 0 to 1 on the way, for the i that is returned. Beyond either end it is at
 * that end. count is at least 2. */
static size_t locate(const float *points, size_t count, float value, float *part) {
  size_t low = 0;
  size_t high = count - 1;
  if (value <= points[low] || value >= points[high]) {
    *part = value <= points[low] ? 0.0f : 1.0f;
    return value <= points[low] ? 0 : count - 2;
  }
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (points[middle] <= value)
      low = middle;
    else
      high = middle;
  }
  float step = points[high] - points[low];
  *part = step > 0.0f ? (value - points[low]) / step : 0.0f;
  return low;
}

float model_scale_apply(const struct model_scale *scale, float value) {
  float out;
  model_kernel_generic.scale(scale, &value, 1, &out);
  return out;
}

/* Sparsemax (A. Martins, R. Astudillo: From Softmax to Sparsemax, ICML 2016): the
 * point of the simplex that is nearest to z. Kinds that lie far behind get nothing at
 * all, where a softmax would leave each a little and the sum of them much noise. */
static void sparsemax(float *z, size_t count) {
  float floor = -INFINITY;
  size_t kept = 0;
  for (;;) { /* the floor rises until it drops none of those that are left */
    float sum = 0.0f;
    size_t above = 0;
    for (size_t k = 0; k < count; k++)
      if (z[k] > floor) {
        sum += z[k];
        above++;
      }
    floor = (sum - 1.0f) / (float)above;
    if (above == kept)
      break;
    kept = above;
  }
  float total = 0.0f;
  for (size_t k = 0; k < count; k++) {
    z[k] = z[k] > floor ? z[k] - floor : 0.0f;
    total += z[k];
  }
  for (size_t k = 0; k < count; k++)
    z[k] /= total;
}

void model_kinds_posterior(const struct model_kinds *kinds, const uint16_t *buckets, size_t count,
                           float *posterior) {
  int32_t sums[MODEL_KINDS_MAX] = {0};
  const struct model_kernel *kernel = model_kernel_best();
  for (size_t first = 0; first < kinds->count; first += MODEL_KERNEL_LANES)
    for (size_t i = 0; i < count; i += MODEL_KERNEL_ROWS) {
      int16_t some[MODEL_KERNEL_LANES];
      size_t rows = count - i < MODEL_KERNEL_ROWS ? count - i : MODEL_KERNEL_ROWS;
      kernel->add_rows(kinds, first, buckets + i, rows, some);
      for (size_t k = 0; k < MODEL_KERNEL_LANES && first + k < kinds->count; k++)
        sums[first + k] += some[k];
    }
  int32_t best = sums[0];
  for (size_t k = 1; k < kinds->count; k++)
    best = sums[k] > best ? sums[k] : best;
  /* The machines were trained on vectors of length one. */
  float scale = count ? kinds->temper / (16.0f * sqrtf((float)count)) : 0.0f;
  for (size_t k = 0; k < kinds->count; k++)
    posterior[k] = scale * (float)(sums[k] - best);
  sparsemax(posterior, kinds->count);
}

uint32_t model_word_bit(unsigned words_bits, uint32_t token_hash) {
  return token_mix(token_hash ^ UINT32_C(0x9E3779B9)) >> (32 - words_bits);
}

bool model_knows_word(const uint64_t *words, unsigned words_bits, uint32_t token_hash) {
  uint32_t bit = model_word_bit(words_bits, token_hash);
  return words[bit / 64] >> (bit % 64) & 1;
}

float model_novelty_share(size_t unknown, size_t counted) {
  return (float)unknown / (float)(counted + NOVELTY_DAMPING);
}

static float novelty(const struct model *model, const struct text_scan *scan) {
  size_t counted = 0;
  size_t unknown = 0;
  for (size_t i = 0; i < scan->tokens_count; i++) {
    if (scan->tokens[i].kind == TOKEN_NUMBER)
      continue;
    counted++;
    unknown += !model_knows_word(model->words, model->words_bits, scan->tokens[i].hash);
  }
  return model_novelty_share(unknown, counted);
}

/* model_input(), which leaves the chances of the kinds in posterior. */
static void input_and_kinds(const struct model *model, const struct features *features, float *x,
                            float *posterior) {
  model_kernel_best()->scale(model->scales, features->x, FEATURES_COUNT, x);
  for (size_t i = FEATURES_COUNT; i < MODEL_STRIDE_MAX; i++)
    x[i] = 0.0f;
  model_kinds_posterior(&model->kinds, features->ngrams.buckets, features->ngrams.count, posterior);
  float length = x[FEATURE_INDEX_words_log];
  for (size_t k = 0; k < model->kinds.count; k++)
    for (size_t machine = 0; posterior[k] > 0.0f && machine < model->tiers_count; machine++)
      x[FEATURES_COUNT + machine] += posterior[k] * (model->kinds.levels[k][machine] +
                                                     model->kinds.slopes[k][machine] * length);
}

void model_input(const struct model *model, const struct features *features, float *x) {
  float posterior[MODEL_KINDS_MAX];
  input_and_kinds(model, features, x, posterior);
}

/* The decision value of one machine: a tier's, or the last for the answer's length.
 * Each was trained with its own scalar, the others' columns being 0. That makes no
 * difference to a linear machine, whose weights there are 0, but it does to an RBF
 * one. all is what model_input() gave; x, as long, takes what the machine sees. */
static float machine_score(const struct model *model, const struct svm *svm, size_t machine,
                           const float *all, float *x) {
  memcpy(x, all, svm_stride(FEATURES_COUNT + model->tiers_count) * sizeof *x);
  for (size_t i = 0; i < model->tiers_count; i++)
    if (i != machine)
      x[FEATURES_COUNT + i] = 0.0f;
  return svm_score(svm, x);
}

/* Straight lines between the steps' middles, so that margins that differ give
 * probabilities that differ. */
float model_calibrate(const struct model_calibration *calibration, float margin) {
  float part;
  if (calibration->count < 2)
    return calibration->probability[0];
  size_t at = locate(calibration->margin, calibration->count, margin, &part);
  float low = calibration->probability[at];
  return low + part * (calibration->probability[at + 1] - low);
}

static float bounded_tokens(float log_tokens) {
  float tokens = expm1f(fminf(log_tokens, 14.0f));
  return tokens < 1.0f ? 1.0f : tokens;
}

/* Answers to some kinds of prompts differ more in length than to others. */
static void predict_length(const struct model *model, const float *posterior, float log_tokens,
                           struct prediction *out) {
  float p50 = 0.0f;
  float p90 = 0.0f;
  for (size_t k = 0; k < model->kinds.count; k++) {
    p50 += posterior[k] * model->output_p50[k];
    p90 += posterior[k] * model->output_p90[k];
  }
  out->output_tokens_p50 = bounded_tokens(log_tokens + p50);
  out->output_tokens_p90 = bounded_tokens(log_tokens + p90);
}

void model_predict(const struct model *model, const struct features *features,
                   struct prediction *out) {
  float all[MODEL_STRIDE_MAX];
  float x[MODEL_STRIDE_MAX];
  float posterior[MODEL_KINDS_MAX];
  size_t top = model->tiers_count - 1;
  float least = 0.0f;
  float sum = 0.0f;
  input_and_kinds(model, features, all, posterior);
  out->tiers_count = model->tiers_count;
  for (size_t tier = 0; tier < top; tier++) {
    out->margin[tier] = machine_score(model, model->heads[tier].svm, tier, all, x);
    float good = model_calibrate(&model->heads[tier].calibration, out->margin[tier]);
    least = good > least ? good : least;
    out->good[tier] = least;
    sum += least;
  }
  out->margin[top] = 0.0f;
  out->good[top] = 1.0f;
  out->score = 1.0f - sum / (float)top;
  out->novelty = novelty(model, &features->scan) / model->novelty_limit;
  out->abstain = out->novelty > 1.0f || features->scan.tokens_seen == 0;
  predict_length(model, posterior, machine_score(model, model->output, top, all, x), out);
}

/* Of equal ones the earlier feature is first, so that the order is always the same. */
static bool weighs_more(const struct contribution *a, const struct contribution *b) {
  float x = fabsf(a->weight), y = fabsf(b->weight);
  return x > y || (x == y && a->feature < b->feature);
}

/* Brings the greatest wanted parts to the front, in order. qsort() would take memory from
 * the heap, and only a few of them are asked for. */
static void greatest_first(struct contribution *parts, size_t count, size_t wanted) {
  for (size_t place = 0; place < wanted; place++) {
    size_t best = place;
    for (size_t i = place + 1; i < count; i++)
      if (weighs_more(&parts[i], &parts[best]))
        best = i;
    struct contribution kept = parts[place];
    parts[place] = parts[best];
    parts[best] = kept;
  }
}

/* Each input's part in the margin: exact for a linear machine; else what changes
 * when that input alone is put to 0, the middle of its training range. */
static void all_contributions(const struct svm *svm, float *x, size_t dimensions, float margin,
                              struct contribution *parts) {
  const float *weights = svm_weights(svm);
  for (size_t i = 0; i < dimensions; i++) {
    parts[i] = (struct contribution){.feature = (uint32_t)i};
    if (weights) {
      parts[i].weight = weights[i] * x[i];
    } else if (x[i] != 0.0f) {
      float kept = x[i];
      x[i] = 0.0f;
      parts[i].weight = margin - svm_score(svm, x);
      x[i] = kept;
    }
  }
}

size_t model_explain(const struct model *model, const struct features *features, size_t tier,
                     struct contribution *out, size_t max, float *rest) {
  float all[MODEL_STRIDE_MAX];
  float x[MODEL_STRIDE_MAX];
  struct contribution parts[MODEL_DIMENSIONS_MAX];
  size_t dimensions = FEATURES_COUNT + model->tiers_count;
  *rest = 0.0f;
  if (tier + 1 >= model->tiers_count)
    return 0;
  const struct svm *svm = model->heads[tier].svm;
  model_input(model, features, all);
  float margin = machine_score(model, svm, tier, all, x);
  all_contributions(svm, x, dimensions, margin, parts);
  size_t count = max < dimensions ? max : dimensions;
  greatest_first(parts, dimensions, count);
  while (count > 0 && parts[count - 1].weight == 0.0f)
    count--;
  *rest = margin;
  for (size_t i = 0; i < count; i++) {
    out[i] = parts[i];
    *rest -= parts[i].weight;
  }
  return count;
}

float model_feature_position(const struct model *model, const struct features *features,
                             uint32_t feature) {
  struct model_scale scale = model->scales[feature];
  scale.spread = 1.0f;
  return model_scale_apply(&scale, features->x[feature]);
}

size_t model_feature_knots(const struct model *model, uint32_t feature, const float **knots) {
  *knots = model->scales[feature].knots;
  return model->scales[feature].count;
}

const char *model_kind(const struct model *model, const struct features *features, float *share) {
  float posterior[MODEL_KINDS_MAX];
  size_t most = 0;
  model_kinds_posterior(&model->kinds, features->ngrams.buckets, features->ngrams.count, posterior);
  for (size_t k = 1; k < model->kinds.count; k++)
    if (posterior[k] > posterior[most])
      most = k;
  *share = posterior[most];
  return model->kinds.names[most];
}

const char *model_feature_name(const struct model *model, uint32_t feature) {
  (void)model;
  return feature < FEATURES_COUNT ? features_table()[feature].name : "kind";
}

const char *model_feature_meaning(const struct model *model, uint32_t feature) {
  (void)model;
  if (feature < FEATURES_COUNT)
    return features_table()[feature].meaning;
  return "how hard prompts of such words, and of such length, were in training";
}

size_t model_tiers_count(const struct model *model) {
  return model->tiers_count;
}

const char *model_tier_name(const struct model *model, size_t tier) {
  return model->tier_names[tier];
}

const char *model_version(const struct model *model) {
  return model->version;
}

size_t model_support_vectors(const struct model *model) {
  size_t total = 0;
  for (size_t i = 0; i + 1 < model->tiers_count; i++)
    total += svm_vectors(model->heads[i].svm);
  return total;
}

double model_lambda(const struct model *model, double quality) {
  const struct model_curve_point *points = model->curve;
  for (size_t i = 0; i < model->curve_count; i++) {
    if (points[i].quality < quality)
      continue;
    if (i == 0 || points[i].quality <= points[i - 1].quality)
      return points[i].lambda;
    double part = (quality - points[i - 1].quality) / (points[i].quality - points[i - 1].quality);
    return points[i - 1].lambda + part * (points[i].lambda - points[i - 1].lambda);
  }
  return 0.0;
}

double model_cost_share(const struct model *model, size_t tier) {
  return model->tier_costs[tier] / model->tier_costs[model->tiers_count - 1];
}

size_t model_choose(const struct model *model, const float *good, bool abstain, double lambda) {
  double shares[MODEL_TIERS_MAX];
  for (size_t tier = 0; tier < model->tiers_count; tier++)
    shares[tier] = model_cost_share(model, tier);
  return abstain ? model->tiers_count - 1 : policy_tier(good, shares, model->tiers_count, lambda);
}

double model_risk(const struct model *model, size_t tier, float probability) {
  if (tier + 1 >= model->tiers_count)
    return 0.0;
  const struct model_risks *risks = &model->heads[tier].risks;
  size_t at = risks->count;
  while (at > 0 && risks->probability[at - 1] > probability)
    at--;
  return at > 0 ? fmax((double)risks->risk[at - 1], 1.0 - (double)probability) : 1.0;
}

float model_margin_at(const struct model *model, size_t tier, double probability) {
  const struct model_calibration *table = &model->heads[tier].calibration;
  for (size_t i = 0; i < table->count; i++) {
    if ((double)table->probability[i] < probability)
      continue;
    if (i == 0)
      return table->margin[0];
    double low = (double)table->probability[i - 1];
    double part = (probability - low) / ((double)table->probability[i] - low);
    return table->margin[i - 1] + (float)part * (table->margin[i] - table->margin[i - 1]);
  }
  return table->margin[table->count - 1];
}

size_t model_curve(const struct model *model, const struct model_curve_point **points) {
  *points = model->curve;
  return model->curve_count;
}

void model_destroy(struct model *model) {
  if (!model)
    return;
  free(model->kinds.weights);
  for (size_t i = 0; i < MODEL_TIERS_MAX; i++)
    svm_destroy(model->heads[i].svm);
  svm_destroy(model->output);
  free(model->words);
  free(model);
}
