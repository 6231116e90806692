/* head_fit.c - one head: choose rows, centre, train the machine, add the level. */
#include "classifier/train/head_fit.h"

#include <stdlib.h>
#include <string.h>

#include "classifier/train/random.h"

/* A kind's level is drawn towards its source's by so many rows; less where labels
 * tell it. */
#define LEVEL_PRIOR_ROWS 30.0
#define LEVEL_PRIOR_LABELLED_ROWS 3.0

/* The same for its slope: the variance of so many rows' lengths, which lie between -1
 * and 1, at about 0.1 a row. */
#define SLOPE_PRIOR_VARIANCE 0.1
#define SLOPE_PRIOR_ROWS 300.0
#define SLOPE_PRIOR_LABELLED_ROWS 30.0

/* The rows that the machine trains on, compactly. */
struct work {
  size_t count;
  size_t *index;  /* into the dataset */
  float *rows;    /* count times stride, perhaps centred */
  float *targets; /* perhaps centred */
};

static void work_deinit(struct work *work) {
  free(work->index);
  free(work->rows);
  free(work->targets);
}

static bool work_init(struct work *work, size_t count, size_t stride) {
  work->count = 0;
  work->index = malloc((count + 1) * sizeof *work->index);
  work->rows = malloc((count + 1) * stride * sizeof *work->rows);
  work->targets = malloc((count + 1) * sizeof *work->targets);
  return work->index && work->rows && work->targets;
}

/* Keeps each row with a chance in proportion to its weight, so that about rows_max
 * remain and large groups shrink most. The chance depends on the row alone. Where all
 * rows have room, each comes as often as its own weight says. */
static void choose_rows(struct work *work, const struct inputs *inputs,
                        const struct head_options *options, const size_t *index, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; i++)
    total += (double)inputs->weights[index[i]];
  for (size_t i = 0; i < count; i++) {
    const struct example *example = &inputs->dataset->examples[index[i]];
    double chance = (double)inputs->weights[index[i]] / total * (double)options->rows_max;
    size_t copies = count <= options->rows_max ? example_copies(example, index[i], options->seed)
                    : random_unit(options->seed, index[i]) < chance ? 1
                                                                    : 0;
    while (copies-- > 0)
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

/* The machine's own value, its level being 0; 0 while there is no machine. */
static float bare_margin(const struct head_fit *fit, const struct inputs *inputs, size_t example) {
  return fit->svm ? svm_score(fit->svm, inputs->rows + example * inputs->stride) : 0.0f;
}

/* What the machine leaves unexplained in the rows of a kind or a source. */
struct unexplained {
  double rows, labelled;
  double sum, lengths, lengths_squared, product; /* product: length times unexplained */
  double parents;                                /* of the kind's rows: their source's mean */
};

static void add_unexplained(struct unexplained *of, const struct example *example, double left,
                            double length) {
  const double weight = (double)example->weight;
  of->rows += weight;
  of->labelled += weight * example->labelled;
  of->sum += weight * left;
  of->lengths += weight * length;
  of->lengths_squared += weight * length * length;
  of->product += weight * left * length;
}

static size_t kind_index(const struct kinds *kinds, const struct example *example) {
  return example->kind < kinds->count ? example->kind : kinds->count - 1;
}

/* The regression of what is left on the length, drawn to the prior slope; with it the
 * level at length 0, drawn to the source's mean at the kind's own mean length. A kind
 * without rows gets the mean of all, since 0 would be the level of perfect answers. */
static void fit_kind(struct head_fit *fit, size_t k, const struct unexplained *kind, double all,
                     double prior_slope, bool slopes) {
  bool labelled = kind->labelled * 2 > kind->rows;
  double rows = fmax(kind->rows, 1);
  double length = kind->lengths / rows;
  double variance = kind->lengths_squared - kind->rows * length * length;
  double covariance = kind->product - kind->sum * length;
  double strength =
      SLOPE_PRIOR_VARIANCE * (labelled ? SLOPE_PRIOR_LABELLED_ROWS : SLOPE_PRIOR_ROWS);
  double slope = slopes ? (covariance + prior_slope * strength) / (variance + strength) : 0;
  double parent = kind->rows > 0 ? kind->parents / kind->rows : all;
  double prior = labelled ? LEVEL_PRIOR_LABELLED_ROWS : LEVEL_PRIOR_ROWS;
  double mean = (kind->sum + prior * parent) / (kind->rows + prior);
  fit->slopes[k] = (float)slope;
  fit->levels[k] = (float)(mean - slope * length);
}

static bool fit_levels(struct head_fit *fit, const struct inputs *inputs, const struct kinds *kinds,
                       const struct head_options *options, const size_t *index, size_t count,
                       const float *targets) {
  const struct dataset *dataset = inputs->dataset;
  struct unexplained *by_source = calloc(dataset->sources_count + 1, sizeof *by_source);
  struct unexplained *by_kind = calloc(kinds->count + 1, sizeof *by_kind);
  struct unexplained all = {0};
  bool ok = by_source && by_kind;
  for (size_t i = 0; ok && i < count; i++) {
    const struct example *example = &dataset->examples[index[i]];
    double left = (double)(targets[index[i]] - bare_margin(fit, inputs, index[i]));
    double length = (double)inputs->rows[index[i] * inputs->stride + FEATURE_INDEX_words_log];
    add_unexplained(&by_source[example->source], example, left, length);
    add_unexplained(&by_kind[kind_index(kinds, example)], example, left, length);
    add_unexplained(&all, example, left, length);
  }
  for (size_t i = 0; ok && i < count; i++) {
    const struct example *example = &dataset->examples[index[i]];
    const struct unexplained *source = &by_source[example->source];
    by_kind[kind_index(kinds, example)].parents +=
        (double)example->weight * (source->sum / source->rows);
  }
  for (size_t k = 0; ok && k < kinds->count; k++)
    fit_kind(fit, k, &by_kind[k], all.sum / fmax(all.rows, 1), -options->length_weight,
             options->centre);
  free(by_source);
  free(by_kind);
  return ok;
}

static bool train_linear(struct head_fit *fit, const struct inputs *inputs,
                         const struct kinds *kinds, const struct head_options *options,
                         const size_t *index, size_t count, const float *targets,
                         struct work *work) {
  if (options->centre && !centre_rows(work, inputs))
    return false;
  if (options->machine.kind ==
      MACHINE_CLASSIFICATION) /* its margin is no target: no level to add */
    return machine_train(&options->machine, work->rows, inputs->stride, FEATURES_COUNT,
                         work->targets, work->count, 0, &fit->text) &&
           parse_machine(fit, FEATURES_COUNT + inputs->levels_count);
  return machine_train(&options->machine, work->rows, inputs->stride, FEATURES_COUNT, work->targets,
                       work->count, FEATURES_COUNT + fit->head + 1, &fit->text) &&
         parse_machine(fit, FEATURES_COUNT + inputs->levels_count) &&
         fit_levels(fit, inputs, kinds, options, index, count, targets);
}

static bool train_rbf(struct head_fit *fit, const struct inputs *inputs, const struct kinds *kinds,
                      const struct head_options *options, const size_t *index, size_t count,
                      const float *targets, struct work *work) {
  size_t dimensions = FEATURES_COUNT + inputs->levels_count;
  if (!fit_levels(fit, inputs, kinds, options, index, count, targets))
    return false;
  for (size_t i = 0; i < work->count; i++)
    work->rows[i * inputs->stride + FEATURES_COUNT + fit->head] =
        kinds_level(kinds, work->index[i], fit->levels); /* without slopes */
  return machine_train(&options->machine, work->rows, inputs->stride, dimensions, work->targets,
                       work->count, 0, &fit->text) &&
         parse_machine(fit, dimensions);
}

bool head_fit_train(struct head_fit *fit, const struct inputs *inputs, const struct kinds *kinds,
                    size_t head, const struct head_options *options, const size_t *index,
                    size_t count, const float *targets) {
  struct work work = {0};
  *fit = (struct head_fit){.head = head};
  bool ok = work_init(&work, examples_copies_max(inputs->dataset, index, count), inputs->stride);
  if (ok) {
    choose_rows(&work, inputs, options, index, count);
    copy_rows(&work, inputs, targets);
    ok = options->machine.kernel == SVM_LINEAR
             ? train_linear(fit, inputs, kinds, options, index, count, targets, &work)
             : train_rbf(fit, inputs, kinds, options, index, count, targets, &work);
  }
  work_deinit(&work);
  if (!ok)
    head_fit_deinit(fit);
  return ok;
}

float head_fit_margin(const struct head_fit *fit, const struct inputs *inputs,
                      const struct kinds *kinds, size_t example) {
  /* The level's column is 0 in the shared rows; only this head needs its value. */
  float x[MODEL_STRIDE_MAX] = {0};
  memcpy(x, inputs->rows + example * inputs->stride, inputs->stride * sizeof(float));
  x[FEATURES_COUNT + fit->head] =
      kinds_level(kinds, example, fit->levels) +
      kinds_level(kinds, example, fit->slopes) * x[FEATURE_INDEX_words_log];
  return svm_score(fit->svm, x);
}

void head_fit_deinit(struct head_fit *fit) {
  free(fit->text);
  svm_destroy(fit->svm);
  *fit = (struct head_fit){0};
}
