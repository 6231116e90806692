/* head_fit.c - one head: choose rows, centre, train the machine, add the level. */
#include "classifier/train/head_fit.h"

#include <stdlib.h>
#include <string.h>

#include "classifier/train/random.h"
#include "classifier/train/word_level.h"

enum { STACKING_FOLDS = 4 };

/* Everything that training needs for its count rows, compactly. */
struct work {
  size_t count;
  size_t *index;  /* into the dataset */
  float *rows;    /* count times stride, perhaps centred */
  float *targets; /* perhaps centred */
  float *values;  /* targets of the level, and their weights */
  float *weights;
};

static void work_deinit(struct work *work) {
  free(work->index);
  free(work->rows);
  free(work->targets);
  free(work->values);
  free(work->weights);
}

static bool work_init(struct work *work, size_t count, size_t stride) {
  work->count = 0;
  work->index = malloc((count + 1) * sizeof *work->index);
  work->rows = malloc((count + 1) * stride * sizeof *work->rows);
  work->targets = malloc((count + 1) * sizeof *work->targets);
  work->values = malloc((count + 1) * sizeof *work->values);
  work->weights = malloc((count + 1) * sizeof *work->weights);
  return work->index && work->rows && work->targets && work->values && work->weights;
}

/* Keeps each row with a chance in proportion to its weight, so that about rows_max
 * remain and large groups shrink most. The chance depends on the row alone. */
static void choose_rows(struct work *work, const struct inputs *inputs,
                        const struct head_options *options, const size_t *index, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; i++)
    total += (double)inputs->weights[index[i]];
  for (size_t i = 0; i < count; i++) {
    double chance = (double)inputs->weights[index[i]] / total * (double)options->rows_max;
    if (count <= options->rows_max || random_unit(options->seed, index[i]) < chance)
      work->index[work->count++] = index[i];
  }
}

static void copy_rows(struct work *work, const struct inputs *inputs, const float *targets) {
  for (size_t i = 0; i < work->count; i++) {
    memcpy(work->rows + i * inputs->stride, inputs->rows + work->index[i] * inputs->stride,
           inputs->stride * sizeof(float));
    work->targets[i] = targets[work->index[i]];
  }
}

/* Subtracts from features and targets the means of their group. */
static bool centre_rows(struct work *work, const struct inputs *inputs) {
  size_t groups = inputs->dataset->groups_count;
  size_t stride = inputs->stride;
  double *means = calloc(groups * (stride + 1) + 1, sizeof *means);
  size_t *counts = calloc(groups + 1, sizeof *counts);
  bool ok = means && counts;
  for (size_t i = 0; ok && i < work->count; i++) {
    uint32_t group = inputs->dataset->examples[work->index[i]].group;
    double *mean = means + group * (stride + 1);
    counts[group]++;
    for (size_t d = 0; d < stride; d++)
      mean[d] += (double)work->rows[i * stride + d];
    mean[stride] += (double)work->targets[i];
  }
  for (size_t i = 0; ok && i < work->count; i++) {
    uint32_t group = inputs->dataset->examples[work->index[i]].group;
    const double *mean = means + group * (stride + 1);
    double n = (double)counts[group];
    for (size_t d = 0; d < stride; d++)
      work->rows[i * stride + d] -= (float)(mean[d] / n);
    work->targets[i] -= (float)(mean[stride] / n);
  }
  free(means);
  free(counts);
  return ok;
}

static bool parse_machine(struct head_fit *fit, size_t dimensions) {
  size_t line;
  char why[128];
  return svm_parse(fit->text, strlen(fit->text), dimensions, &fit->svm, &line, why, sizeof why);
}

/* What the machine leaves unexplained: by group where scores of different tasks do
 * not compare, by row where labels do. */
static bool level_targets(const struct head_fit *fit, const struct inputs *inputs,
                          const size_t *index, size_t count, const float *targets, float *out) {
  size_t groups = inputs->dataset->groups_count;
  double *sums = calloc(groups + 1, sizeof *sums);
  size_t *counts = calloc(groups + 1, sizeof *counts);
  bool ok = sums && counts;
  for (size_t i = 0; ok && i < count; i++) {
    uint32_t group = inputs->dataset->examples[index[i]].group;
    out[i] = targets[index[i]] - svm_score(fit->svm, inputs->rows + index[i] * inputs->stride);
    sums[group] += (double)out[i];
    counts[group]++;
  }
  for (size_t i = 0; ok && i < count; i++) {
    const struct example *example = &inputs->dataset->examples[index[i]];
    if (!example->labelled)
      out[i] = (float)(sums[example->group] / (double)counts[example->group]);
  }
  free(sums);
  free(counts);
  return ok;
}

static bool train_linear(struct head_fit *fit, const struct inputs *inputs,
                         const struct head_options *options, const size_t *index, size_t count,
                         const float *targets, struct work *work) {
  size_t dimensions = FEATURES_COUNT + inputs->scalars_count;
  if (options->centre && !centre_rows(work, inputs))
    return false;
  if (!machine_train(&options->machine, work->rows, inputs->stride, FEATURES_COUNT, work->targets,
                     work->count, FEATURES_COUNT + fit->scalar + 1, &fit->text) ||
      !parse_machine(fit, dimensions))
    return false;
  for (size_t i = 0; i < count; i++)
    work->weights[i] = inputs->weights[index[i]];
  return level_targets(fit, inputs, index, count, targets, work->values) &&
         word_level_train(inputs->dataset, index, count, work->values, work->weights,
                          options->level_penalty, fit->level, &fit->level_mean);
}

/* The level of each training row by a table that was trained on other rows: what
 * the machine sees in training must look like what it sees in service. */
static bool stack_level(struct head_fit *fit, const struct inputs *inputs,
                        const struct head_options *options, const size_t *index, size_t count,
                        const float *targets, struct work *work) {
  size_t *part = malloc((count + 1) * sizeof *part);
  bool ok = part != NULL;
  for (uint64_t fold = 0; ok && fold < STACKING_FOLDS; fold++) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
      if (random_mix(options->seed ^ index[i]) % STACKING_FOLDS == fold)
        continue;
      part[kept] = index[i];
      work->values[kept] = targets[index[i]];
      work->weights[kept++] = inputs->weights[index[i]];
    }
    ok = word_level_train(inputs->dataset, part, kept, work->values, work->weights,
                          options->level_penalty, fit->level, &fit->level_mean);
    for (size_t i = 0; ok && i < work->count; i++)
      if (random_mix(options->seed ^ work->index[i]) % STACKING_FOLDS == fold)
        work->rows[i * inputs->stride + FEATURES_COUNT + fit->scalar] =
            word_level_apply(fit->level, &inputs->dataset->examples[work->index[i]]) +
            (float)fit->level_mean;
  }
  for (size_t i = 0; ok && i < count; i++) {
    work->values[i] = targets[index[i]];
    work->weights[i] = inputs->weights[index[i]];
  }
  ok = ok && word_level_train(inputs->dataset, index, count, work->values, work->weights,
                              options->level_penalty, fit->level, &fit->level_mean);
  free(part);
  return ok;
}

static bool train_rbf(struct head_fit *fit, const struct inputs *inputs,
                      const struct head_options *options, const size_t *index, size_t count,
                      const float *targets, struct work *work) {
  size_t dimensions = FEATURES_COUNT + inputs->scalars_count;
  return stack_level(fit, inputs, options, index, count, targets, work) &&
         machine_train(&options->machine, work->rows, inputs->stride, dimensions, work->targets,
                       work->count, 0, &fit->text) &&
         parse_machine(fit, dimensions);
}

bool head_fit_train(struct head_fit *fit, const struct inputs *inputs, size_t scalar,
                    const struct head_options *options, const size_t *index, size_t count,
                    const float *targets) {
  struct work work = {0};
  *fit = (struct head_fit){.scalar = scalar};
  fit->level = malloc(NGRAM_BUCKETS * sizeof *fit->level);
  bool ok = fit->level && work_init(&work, count, inputs->stride);
  if (ok) {
    choose_rows(&work, inputs, options, index, count);
    copy_rows(&work, inputs, targets);
    ok = options->machine.kernel == SVM_LINEAR
             ? train_linear(fit, inputs, options, index, count, targets, &work)
             : train_rbf(fit, inputs, options, index, count, targets, &work);
  }
  work_deinit(&work);
  if (!ok)
    head_fit_deinit(fit);
  return ok;
}

float head_fit_margin(const struct head_fit *fit, const struct inputs *inputs, size_t example) {
  /* The scalar's column is 0 in the shared rows; only this head needs its value. */
  float x[MODEL_TIERS_MAX + FEATURES_COUNT + SVM_LANES];
  memcpy(x, inputs->rows + example * inputs->stride, inputs->stride * sizeof(float));
  x[FEATURES_COUNT + fit->scalar] =
      word_level_apply(fit->level, &inputs->dataset->examples[example]) + (float)fit->level_mean;
  return svm_score(fit->svm, x);
}

void head_fit_deinit(struct head_fit *fit) {
  free(fit->level);
  free(fit->text);
  svm_destroy(fit->svm);
  *fit = (struct head_fit){0};
}
