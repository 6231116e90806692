/* lean_rows.c - scales each example as the prior does, asks for its kinds, and splits
 * the prior's margin into what the features say and what the level of the kind says.
 *
 * A row that came as a vector has no n-grams, hence no kind: it lies evenly on all of
 * them. The daemon, though, will see text and find a kind. Where most rows are vectors,
 * the two would part, so all kinds are then given the same level (flat). */
#include "classifier/train/lean_rows.h"

#include <stdlib.h>
#include <string.h>

static bool take_memory(struct lean_rows *rows) {
  size_t count = rows->dataset->count + 1;
  rows->x = calloc(count * rows->stride, sizeof *rows->x);
  rows->posteriors = malloc(count * rows->model->kinds.count * sizeof *rows->posteriors);
  bool ok = rows->x && rows->posteriors;
  for (size_t m = 0; m < rows->model->tiers_count; m++) {
    rows->features[m] = malloc(count * sizeof(float));
    rows->levels[m] = malloc(count * sizeof(float));
    ok = ok && rows->features[m] && rows->levels[m];
  }
  return ok;
}

static const struct svm *machine_of(const struct model *model, size_t machine) {
  return machine + 1 < model->tiers_count ? model->heads[machine].svm : model->output;
}

/* x has no level yet, so the machine's value is the features' part. */
static void split_margin(struct lean_rows *rows, size_t machine, size_t example) {
  const struct model *model = rows->model;
  const struct svm *svm = machine_of(model, machine);
  const float *posterior = rows->posteriors + example * model->kinds.count;
  const float *x = rows->x + example * rows->stride;
  float length = x[FEATURE_INDEX_words_log];
  float level = 0;
  for (size_t k = 0; k < model->kinds.count; k++)
    level +=
        posterior[k] * (model->kinds.levels[k][machine] + model->kinds.slopes[k][machine] * length);
  rows->features[machine][example] = svm_score(svm, x);
  rows->levels[machine][example] = svm_weights(svm)[FEATURES_COUNT + machine] * level;
}

static void see(struct lean_rows *rows, size_t example) {
  const struct example *from = &rows->dataset->examples[example];
  const struct model *model = rows->model;
  for (size_t d = 0; d < FEATURES_COUNT; d++)
    rows->x[example * rows->stride + d] = model_scale_apply(&model->scales[d], from->x[d]);
  /* Without n-grams the posterior is even. */
  model_kinds_posterior(&model->kinds, from->ngrams, rows->flat ? 0 : from->ngrams_count,
                        rows->posteriors + example * model->kinds.count);
  for (size_t m = 0; m < model->tiers_count; m++)
    split_margin(rows, m, example);
}

bool lean_rows_init(struct lean_rows *rows, const struct dataset *dataset,
                    const struct model *model) {
  size_t bare = 0;
  *rows = (struct lean_rows){.dataset = dataset, .model = model};
  rows->stride = svm_stride(FEATURES_COUNT + model->tiers_count);
  if (!take_memory(rows)) {
    lean_rows_deinit(rows);
    return false;
  }
  for (size_t i = 0; i < dataset->count; i++)
    bare += dataset->examples[i].bare;
  rows->flat = bare > 0 && dataset->count - bare < LEAN_TEXT_ROWS_MIN;
  for (size_t i = 0; i < dataset->count; i++)
    see(rows, i);
  return true;
}

float lean_rows_margin(const struct lean_rows *rows, size_t machine, size_t example) {
  return rows->features[machine][example] + rows->levels[machine][example];
}

void lean_rows_deinit(struct lean_rows *rows) {
  free(rows->x);
  free(rows->posteriors);
  for (size_t m = 0; m < MODEL_TIERS_MAX; m++) {
    free(rows->features[m]);
    free(rows->levels[m]);
  }
  *rows = (struct lean_rows){0};
}
