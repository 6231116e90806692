/* word_level.c - the only place that sees liblinear. */
#include "classifier/train/word_level.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void silent(const char *text) {
  (void)text;
}

/* Weights as coarse as the noise in them, and none of those that hardly count:
 * a third of the file for the same ranking. */
static float rounded(double weight) {
  return (float)(round(weight * 4096.0) / 4096.0);
}

bool word_level_train(const struct dataset *dataset, const size_t *index, size_t count,
                      const float *targets, const float *row_weights, double penalty,
                      float *weights, double *mean) {
  size_t nodes_count = 0;
  double total = 0;
  double sum = 0;
  struct model *trained = NULL;
  memset(weights, 0, NGRAM_BUCKETS * sizeof *weights);
  for (size_t i = 0; i < count; i++) {
    nodes_count += dataset->examples[index[i]].ngrams_count + 1;
    total += (double)row_weights[i];
    sum += (double)row_weights[i] * (double)targets[i];
  }
  *mean = total > 0 ? sum / total : 0;
  struct feature_node *nodes = malloc((nodes_count + 1) * sizeof *nodes);
  struct feature_node **x = malloc((count + 1) * sizeof *x);
  double *y = malloc((count + 1) * sizeof *y);
  bool ok = nodes && x && y;
  /* A weight on a squared loss is a factor on the row: both sides of the equation
   * times the root of the weight. */
  struct feature_node *node = nodes;
  for (size_t i = 0; ok && i < count; i++) {
    const struct example *example = &dataset->examples[index[i]];
    double factor = sqrt((double)row_weights[i] * (double)count / total);
    double value = factor / sqrt(example->ngrams_count ? (double)example->ngrams_count : 1.0);
    x[i] = node;
    y[i] = factor * ((double)targets[i] - *mean);
    for (size_t k = 0; k < example->ngrams_count; k++)
      *node++ = (struct feature_node){.index = example->ngrams[k] + 1, .value = value};
    *node++ = (struct feature_node){.index = -1};
  }
  if (ok && count > 0) {
    struct problem problem = {.l = (int)count, .n = NGRAM_BUCKETS, .y = y, .x = x, .bias = -1};
    struct parameter parameter = {
        .solver_type = L2R_L2LOSS_SVR, .eps = 1e-3, .C = 0.5 / penalty, .p = 0};
    set_print_string_function(silent);
    trained = train(&problem, &parameter);
    ok = trained != NULL;
  }
  for (int i = 0; trained && i < NGRAM_BUCKETS; i++)
    weights[i] = rounded(trained->w[i]);
  if (trained)
    free_and_destroy_model(&trained);
  free(nodes);
  free(x);
  free(y);
  return ok;
}

float word_level_apply(const float *weights, const struct example *example) {
  float total = 0.0f;
  for (size_t i = 0; i < example->ngrams_count; i++)
    total += weights[example->ngrams[i]];
  return example->ngrams_count ? total / sqrtf((float)example->ngrams_count) : 0.0f;
}
