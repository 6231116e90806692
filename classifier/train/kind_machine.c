/* kind_machine.c - the only place that sees liblinear.
 *
 * Rows become sparse vectors of length one, since a long prompt must not count for
 * more than a short one; liblinear trains a squared-hinge SVM for each kind. It
 * names its types and functions "model", "problem" and "train", so that nothing else
 * of the classifier is included here. */
#include "classifier/train/kind_machine.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>

/* Found by cross-validation on the training data: a tenth to ten times as much makes
 * little difference. */
#define PENALTY 1.0
#define TOLERANCE 0.01

/* What a kind that was never seen is said to weigh: on a prompt of 60 n-grams it comes
 * out as far below 0 as a kind that is plainly another. */
#define UNSEEN_WEIGHT (-0.15f)

static void silent(const char *text) {
  (void)text;
}

struct sparse {
  struct feature_node *nodes;
  struct feature_node **x;
  double *y;
};

static void sparse_deinit(struct sparse *sparse) {
  free(sparse->nodes);
  free(sparse->x);
  free(sparse->y);
}

static bool sparse_init(struct sparse *sparse, const struct kind_row *rows, size_t count) {
  size_t nodes = count;
  for (size_t i = 0; i < count; i++)
    nodes += rows[i].count;
  sparse->nodes = malloc((nodes + 1) * sizeof *sparse->nodes);
  sparse->x = malloc((count + 1) * sizeof(struct feature_node *));
  sparse->y = malloc((count + 1) * sizeof *sparse->y);
  if (!sparse->nodes || !sparse->x || !sparse->y)
    return false;
  struct feature_node *node = sparse->nodes;
  for (size_t i = 0; i < count; i++) {
    sparse->x[i] = node;
    sparse->y[i] = rows[i].kind;
    double value = 1 / sqrt(fmax((double)rows[i].count, 1));
    for (size_t k = 0; k < rows[i].count; k++)
      if (k > 0 && rows[i].buckets[k] == rows[i].buckets[k - 1])
        node[-1].value += value;
      else
        *node++ = (struct feature_node){.index = rows[i].buckets[k] + 1, .value = value};
    *node++ = (struct feature_node){.index = -1};
  }
  return true;
}

/* liblinear keeps one column for two classes, which is the first one's. */
static void take_weights(const struct model *trained, size_t buckets, size_t kinds,
                         float *weights) {
  size_t classes = (size_t)trained->nr_class;
  size_t columns = classes == 2 ? 1 : classes;
  for (size_t c = 0; c < classes; c++)
    for (size_t b = 0; b < buckets; b++) {
      double weight = columns > 1 ? trained->w[b * columns + c] : trained->w[b] * (c == 0 ? 1 : -1);
      weights[b * kinds + (size_t)trained->label[c]] = (float)weight;
    }
}

bool kind_machine_train(const struct kind_row *rows, size_t count, size_t buckets, size_t kinds,
                        float *weights) {
  struct sparse sparse = {0};
  for (size_t i = 0; i < buckets * kinds; i++)
    weights[i] = UNSEEN_WEIGHT;
  size_t alike = 0;
  while (alike < count && rows[alike].kind == rows[0].kind)
    alike++;
  if (alike == count) { /* one kind or none: nothing to tell apart */
    for (size_t b = 0; count > 0 && b < buckets; b++)
      weights[b * kinds + rows[0].kind] = 0;
    return true;
  }
  bool ok = sparse_init(&sparse, rows, count);
  if (ok) {
    struct problem problem = {
        .l = (int)count, .n = (int)buckets, .y = sparse.y, .x = sparse.x, .bias = -1};
    struct parameter parameter = {
        .solver_type = L2R_L2LOSS_SVC_DUAL, .C = PENALTY, .eps = TOLERANCE};
    set_print_string_function(silent);
    srand(1); /* liblinear visits the rows in rand()'s order */
    struct model *trained = train(&problem, &parameter);
    take_weights(trained, buckets, kinds, weights);
    free_and_destroy_model(&trained);
  }
  sparse_deinit(&sparse);
  return ok;
}
