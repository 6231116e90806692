/* kinds.c - counts n-grams by kind; weights are smoothed log likelihood ratios. */
#include "classifier/train/kinds.h"

#include <stdlib.h>
#include <string.h>

/* So many n-grams of the average prompt are added to each kind, which keeps rare
 * words from shouting. */
#define SMOOTHING 300.0

static size_t kind_of(const struct kinds *kinds, const struct example *example) {
  return example->kind < kinds->count ? example->kind : kinds->count - 1;
}

/* counts is [bucket][kind], with the background in column kinds->count. */
static void count_ngrams(const struct kinds *kinds, const struct dataset *dataset,
                         const size_t *index, size_t count, float *counts, double *totals) {
  size_t columns = kinds->count + 1;
  for (size_t i = 0; i < count; i++) {
    const struct example *example = &dataset->examples[index[i]];
    size_t kind = kind_of(kinds, example);
    for (size_t n = 0; n < example->ngrams_count; n++) {
      size_t bucket = example->ngrams[n] >> (NGRAM_BITS - MODEL_KIND_BITS);
      counts[bucket * columns + kind] += 1;
      counts[bucket * columns + kinds->count] += 1;
    }
    totals[kind] += example->ngrams_count;
    totals[kinds->count] += example->ngrams_count;
  }
}

static int8_t quantised(double log_ratio) {
  double value = round(log_ratio * 16);
  return (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
}

static void weigh(struct kinds *kinds, const float *counts, const double *totals) {
  size_t columns = kinds->count + 1;
  double all = totals[kinds->count] + 0.5 * MODEL_KIND_BUCKETS;
  for (size_t bucket = 0; bucket < MODEL_KIND_BUCKETS; bucket++) {
    const float *row = counts + bucket * columns;
    double background = ((double)row[kinds->count] + 0.5) / all;
    for (size_t k = 0; k < kinds->count; k++) {
      double share = ((double)row[k] + SMOOTHING * background) / (totals[k] + SMOOTHING);
      kinds->weights[bucket * kinds->count + k] = quantised(log(share / background));
    }
  }
}

bool kinds_train(struct kinds *kinds, const struct dataset *dataset, const size_t *index,
                 size_t count) {
  *kinds = (struct kinds){.count = dataset->kinds_count < MODEL_KINDS_MAX ? dataset->kinds_count
                                                                          : MODEL_KINDS_MAX};
  float *counts = calloc(MODEL_KIND_BUCKETS * (kinds->count + 1), sizeof *counts);
  double *totals = calloc(kinds->count + 1, sizeof *totals);
  kinds->weights = malloc(MODEL_KIND_BUCKETS * kinds->count);
  kinds->posteriors = malloc((dataset->count * kinds->count + 1) * sizeof *kinds->posteriors);
  bool ok = counts && totals && kinds->weights && kinds->posteriors;
  if (ok) {
    count_ngrams(kinds, dataset, index, count, counts, totals);
    weigh(kinds, counts, totals);
    struct model_kinds *table = malloc(sizeof *table);
    ok = table != NULL;
    for (size_t i = 0; ok && i < dataset->count; i++) {
      table->count = kinds->count;
      table->temper = KINDS_TEMPER;
      table->weights = kinds->weights;
      model_kinds_posterior(table, dataset->examples[i].ngrams, dataset->examples[i].ngrams_count,
                            kinds->posteriors + i * kinds->count);
    }
    free(table);
  }
  free(counts);
  free(totals);
  if (!ok)
    kinds_deinit(kinds);
  return ok;
}

float kinds_level(const struct kinds *kinds, size_t example, const float *levels) {
  float level = 0.0f;
  const float *posterior = kinds->posteriors + example * kinds->count;
  for (size_t k = 0; k < kinds->count; k++)
    level += posterior[k] * levels[k];
  return level;
}

void kinds_deinit(struct kinds *kinds) {
  free(kinds->weights);
  free(kinds->posteriors);
  *kinds = (struct kinds){0};
}
