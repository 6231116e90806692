/* machine.c - the only place that sees libsvm.
 *
 * Rows become svm_nodes, svm_train() does the work, and svm_save_model() writes
 * the text. A linear model is first replaced by an equal one with the weight
 * vector as its single support vector: libsvm itself never collapses it. */
#include "classifier/train/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svm.h>
#include <unistd.h>

enum { KERNEL_CACHE_MB = 400 };

static void silent(const char *text) {
  (void)text;
}

struct rows {
  struct svm_node *nodes;
  struct svm_node **x;
  double *y;
};

static void rows_deinit(struct rows *rows) {
  free(rows->nodes);
  free(rows->x);
  free(rows->y);
}

static bool rows_init(struct rows *rows, const struct machine_options *options, const float *values,
                      size_t stride, size_t dimensions, const float *targets, size_t count) {
  rows->nodes = malloc((count * (dimensions + 1) + 1) * sizeof *rows->nodes);
  rows->x = malloc((count + 1) * sizeof *rows->x);
  rows->y = malloc((count + 1) * sizeof *rows->y);
  if (!rows->nodes || !rows->x || !rows->y)
    return false;
  struct svm_node *node = rows->nodes;
  for (size_t i = 0; i < count; i++) {
    rows->x[i] = node;
    rows->y[i] = (double)targets[i];
    if (options->kind == MACHINE_CLASSIFICATION)
      rows->y[i] = targets[i] > 0 ? 1 : -1;
    for (size_t d = 0; d < dimensions; d++)
      if (values[i * stride + d] != 0.0f)
        *node++ = (struct svm_node){.index = (int)d + 1, .value = (double)values[i * stride + d]};
    *node++ = (struct svm_node){.index = -1};
  }
  return true;
}

/* Classes weighted by the inverse of their share, so that a rare one counts. */
static void balance(struct svm_parameter *parameter, const struct rows *rows, size_t count,
                    int labels[2], double weights[2]) {
  size_t positive = 0;
  for (size_t i = 0; i < count; i++)
    positive += rows->y[i] > 0;
  labels[0] = 1;
  labels[1] = -1;
  weights[0] = positive ? (double)count / (2.0 * (double)positive) : 1;
  weights[1] = count > positive ? (double)count / (2.0 * (double)(count - positive)) : 1;
  parameter->nr_weight = 2;
  parameter->weight_label = labels;
  parameter->weight = weights;
}

/* An equal linear model with one support vector: the weights, and extra. */
static bool collapse(const struct svm_model *trained, size_t dimensions, size_t extra,
                     const char *path) {
  double sign = 1;
  if (trained->label && trained->label[0] == -1)
    sign = -1;
  double *weights = calloc(dimensions + 1, sizeof *weights);
  FILE *file = weights ? fopen(path, "w") : NULL;
  if (!file) {
    free(weights);
    return false;
  }
  for (int i = 0; i < trained->l; i++)
    for (const struct svm_node *node = trained->SV[i]; node->index != -1; node++)
      weights[node->index - 1] += sign * trained->sv_coef[0][i] * node->value;
  fprintf(file, "svm_type epsilon_svr\nkernel_type linear\nnr_class 2\ntotal_sv 1\nrho %.9g\nSV\n1",
          sign * trained->rho[0]);
  for (size_t d = 0; d < dimensions; d++)
    if (weights[d] != 0)
      fprintf(file, " %zu:%.9g", d + 1, weights[d]);
  if (extra)
    fprintf(file, " %zu:1", extra);
  fprintf(file, "\n");
  free(weights);
  return fclose(file) == 0;
}

static char *read_text(const char *path) {
  FILE *file = fopen(path, "r");
  char *text = NULL;
  long size = -1;
  if (file && fseek(file, 0, SEEK_END) == 0)
    size = ftell(file);
  if (size > 0 && fseek(file, 0, SEEK_SET) == 0)
    text = malloc((size_t)size + 1);
  if (text) {
    text[fread(text, 1, (size_t)size, file)] = '\0';
  }
  if (file)
    fclose(file);
  return text;
}

bool machine_train(const struct machine_options *options, const float *values, size_t stride,
                   size_t dimensions, const float *targets, size_t count, size_t extra,
                   char **text) {
  struct rows rows = {0};
  int labels[2];
  double weights[2];
  char path[] = "/tmp/tier-train-XXXXXX";
  struct svm_model *model = NULL;
  bool saved = false;
  struct svm_parameter parameter = {
      .svm_type = options->kind == MACHINE_REGRESSION ? EPSILON_SVR : C_SVC,
      .kernel_type = options->kernel == SVM_LINEAR ? LINEAR : RBF,
      .gamma = options->gamma,
      .C = options->c,
      .p = options->epsilon,
      .cache_size = KERNEL_CACHE_MB,
      .eps = 1e-3,
      .shrinking = 1,
  };
  *text = NULL;
  if (!rows_init(&rows, options, values, stride, dimensions, targets, count))
    goto done;
  if (options->kind == MACHINE_CLASSIFICATION)
    balance(&parameter, &rows, count, labels, weights);
  svm_set_print_string_function(silent);
  struct svm_problem problem = {.l = (int)count, .y = rows.y, .x = rows.x};
  if (svm_check_parameter(&problem, &parameter) == NULL)
    model = svm_train(&problem, &parameter);
  int fd = mkstemp(path);
  if (fd < 0)
    goto done;
  close(fd);
  /* Where all targets lie within the tube nothing supports the machine: a constant,
   * which is written as a linear one. Of a single class libsvm makes nothing at all. */
  if (model && model->nr_class == 2)
    saved = options->kernel == SVM_LINEAR || model->l == 0
                ? collapse(model, dimensions, extra, path)
                : svm_save_model(path, model) == 0;
  if (saved)
    *text = read_text(path);
  unlink(path);
done:
  /* The trained model points into rows, which therefore go last. */
  if (model)
    svm_free_and_destroy_model(&model);
  rows_deinit(&rows);
  return *text != NULL;
}
