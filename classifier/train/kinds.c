/* kinds.c - trains the kinds' machines and rounds their weights to a byte each.
 *
 * The daemon sums a prompt's rows of the table and makes a posterior of it
 * (model_kinds_posterior()); the trainer uses that very function, so that both see
 * the same numbers. Training the machines is left to kind_machine.c. */
#include "classifier/train/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/kind_machine.h"

/* How sharp the posterior is: margins, which lie around -1 and 1, times this. A kind
 * that is 2/3 behind the best gets nothing. Found by cross-validation on the training
 * data between 0.7 and 2.5. */
#define SHARPNESS 1.5f

static int by_bucket(const void *a, const void *b) {
  uint16_t x = *(const uint16_t *)a;
  uint16_t y = *(const uint16_t *)b;
  return (x > y) - (x < y);
}

/* The example's buckets of the table, sorted, into out. N-grams that share one come
 * twice, as the daemon counts them. */
static void table_buckets(const struct example *example, uint16_t *out) {
  for (size_t n = 0; n < example->ngrams_count; n++)
    out[n] = (uint16_t)(example->ngrams[n] >> (NGRAM_BITS - MODEL_KIND_BITS));
  qsort(out, example->ngrams_count, sizeof *out, by_bucket);
}

size_t kinds_of(const struct kinds *kinds, const struct example *example) {
  return example->kind < kinds->count ? example->kind : kinds->count - 1;
}

static bool train_machines(const struct kinds *kinds, const struct dataset *dataset,
                           const size_t *index, size_t count, float *weights) {
  size_t total = 0;
  for (size_t i = 0; i < count; i++)
    total += dataset->examples[index[i]].ngrams_count;
  uint16_t *buckets = malloc((total + 1) * sizeof *buckets);
  struct kind_row *rows = malloc((count + 1) * sizeof *rows);
  bool ok = buckets && rows;
  size_t used = 0;
  for (size_t i = 0; ok && i < count; i++) {
    const struct example *example = &dataset->examples[index[i]];
    rows[i] = (struct kind_row){.buckets = buckets + used,
                                .count = example->ngrams_count,
                                .kind = (uint32_t)kinds_of(kinds, example)};
    table_buckets(example, buckets + used);
    used += rows[i].count;
  }
  ok = ok && kind_machine_train(rows, count, MODEL_KIND_BUCKETS, kinds->count, weights);
  free(buckets);
  free(rows);
  return ok;
}

/* Rounds to 127 steps of the greatest weight; the temper takes the step back. */
static void quantise(struct kinds *kinds, const float *weights) {
  size_t count = MODEL_KIND_BUCKETS * kinds->count;
  float greatest = 0;
  for (size_t i = 0; i < count; i++)
    greatest = fmaxf(greatest, fabsf(weights[i]));
  float step = greatest > 0 ? greatest / 127 : 1;
  for (size_t i = 0; i < count; i++)
    kinds->weights[i] = (int8_t)lrintf(weights[i] / step);
  kinds->temper = SHARPNESS * step * 16;
}

static bool judge_all(struct kinds *kinds, const struct dataset *dataset) {
  struct model_kinds *table = malloc(sizeof *table);
  if (!table)
    return false;
  table->count = kinds->count;
  table->temper = kinds->temper;
  table->weights = kinds->weights;
  for (size_t i = 0; i < dataset->count; i++)
    model_kinds_posterior(table, dataset->examples[i].ngrams, dataset->examples[i].ngrams_count,
                          kinds->posteriors + i * kinds->count);
  free(table);
  return true;
}

bool kinds_train(struct kinds *kinds, const struct dataset *dataset, const size_t *index,
                 size_t count) {
  *kinds = (struct kinds){.count = dataset->kinds_count < MODEL_KINDS_MAX ? dataset->kinds_count
                                                                          : MODEL_KINDS_MAX};
  float *weights = malloc(MODEL_KIND_BUCKETS * kinds->count * sizeof *weights);
  kinds->weights = malloc(MODEL_KIND_BUCKETS * kinds->count);
  kinds->posteriors = malloc((dataset->count * kinds->count + 1) * sizeof *kinds->posteriors);
  bool ok = weights && kinds->weights && kinds->posteriors &&
            train_machines(kinds, dataset, index, count, weights);
  if (ok) {
    quantise(kinds, weights);
    ok = judge_all(kinds, dataset);
  }
  free(weights);
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
