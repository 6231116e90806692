/* cross_validate.c - the grid of candidates times folds, run by a few threads.
 *
 * Every pair of candidate and fold is a task of its own; the tasks touch disjoint
 * parts of one margins table, so nothing but the task counter is shared. The
 * outcome does not depend on the number of threads. */
#include "classifier/train/cross_validate.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "classifier/train/apgr.h"
#include "classifier/train/random.h"

struct grid {
  const struct inputs *inputs;
  const struct kinds *folds;
  size_t head;
  const struct head_options *candidates;
  size_t candidates_count;
  const struct fit_options *options;
  const float *targets;
  float *margins; /* candidates_count rows of dataset->count */
  atomic_size_t next;
  atomic_size_t done;
  atomic_size_t failed;
};

size_t cross_validate_fold(const struct fit_options *options, size_t example) {
  return (size_t)(splitmix(options->seed * 31 + example) % options->folds);
}

bool cross_validate_kinds(const struct dataset *dataset, const struct fit_options *options,
                          struct kinds *out) {
  size_t *index = malloc((dataset->count + 1) * sizeof *index);
  bool ok = index != NULL;
  for (size_t fold = 0; fold < options->folds; fold++)
    out[fold] = (struct kinds){0};
  for (size_t fold = 0; ok && fold < options->folds; fold++) {
    size_t used = 0;
    for (size_t i = 0; i < dataset->count; i++)
      if (cross_validate_fold(options, i) != fold)
        index[used++] = i;
    ok = kinds_train(&out[fold], dataset, index, used);
  }
  for (size_t fold = 0; !ok && fold < options->folds; fold++)
    kinds_deinit(&out[fold]);
  free(index);
  return ok;
}

static void run_task(struct grid *grid, size_t task) {
  size_t candidate = task / grid->options->folds;
  size_t fold = task % grid->options->folds;
  size_t count = grid->inputs->dataset->count;
  float *margins = grid->margins + candidate * count;
  size_t *index = malloc((count + 1) * sizeof *index);
  struct head_fit fit;
  size_t used = 0;
  for (size_t i = 0; index && i < count; i++)
    if (!isnan(grid->targets[i]) && cross_validate_fold(grid->options, i) != fold)
      index[used++] = i;
  if (!index || used < 2 ||
      !head_fit_train(&fit, grid->inputs, &grid->folds[fold], grid->head,
                      &grid->candidates[candidate], index, used, grid->targets)) {
    atomic_fetch_add(&grid->failed, 1);
    free(index);
    return;
  }
  for (size_t i = 0; i < count; i++)
    if (!isnan(grid->targets[i]) && cross_validate_fold(grid->options, i) == fold)
      margins[i] = head_fit_margin(&fit, grid->inputs, &grid->folds[fold], i);
  head_fit_deinit(&fit);
  free(index);
}

/* A counter that overwrites itself, on a terminal alone. */
static void show_progress(const struct grid *grid, size_t done, size_t of) {
  FILE *out = grid->options->progress;
  if (out && isatty(fileno(out)) == 1)
    fprintf(out, "\r  %zu of %zu trainings%s", done, of, done == of ? "\n" : "");
}

static void *run_tasks(void *argument) {
  struct grid *grid = argument;
  size_t tasks = grid->candidates_count * grid->options->folds;
  for (;;) {
    size_t task = atomic_fetch_add(&grid->next, 1);
    if (task >= tasks)
      return NULL;
    run_task(grid, task);
    show_progress(grid, atomic_fetch_add(&grid->done, 1) + 1, tasks);
  }
}

static void run_threads(struct grid *grid) {
  enum { THREADS_MAX = 64 };
  pthread_t threads[THREADS_MAX];
  size_t wanted = grid->options->threads < THREADS_MAX ? grid->options->threads : THREADS_MAX;
  size_t started = 0;
  while (started + 1 < wanted && pthread_create(&threads[started], NULL, run_tasks, grid) == 0)
    started++;
  run_tasks(grid);
  for (size_t i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
}

bool cross_validate(const struct inputs *inputs, const struct kinds *folds, size_t head,
                    const struct head_options *candidates, size_t candidates_count,
                    const struct fit_options *options, const float *targets, head_score_fn score,
                    float *margins, size_t *best, double *best_score) {
  size_t count = inputs->dataset->count;
  struct grid grid = {.inputs = inputs,
                      .folds = folds,
                      .head = head,
                      .candidates = candidates,
                      .candidates_count = candidates_count,
                      .options = options,
                      .targets = targets};
  grid.margins = malloc(candidates_count * count * sizeof(float) + sizeof(float));
  if (!grid.margins)
    return false;
  for (size_t i = 0; i < candidates_count * count; i++)
    grid.margins[i] = NAN;
  run_threads(&grid);
  bool ok = atomic_load(&grid.failed) == 0;
  for (size_t c = 0; ok && c < candidates_count; c++) {
    double value = score(inputs->dataset, head, grid.margins + c * count, targets);
    if (c > 0 && !(value > *best_score))
      continue;
    *best = c;
    *best_score = value;
  }
  for (size_t i = 0; ok && i < count; i++)
    margins[i] = grid.margins[*best * count + i];
  free(grid.margins);
  return ok;
}

double score_by_apgr(const struct dataset *dataset, size_t tier, const float *margins,
                     const float *targets) {
  (void)targets; /* where there is none, there is no margin out of fold either */
  struct gap_row *rows = malloc((dataset->count + 1) * sizeof *rows);
  double sum = 0;
  size_t sources = 0;
  for (uint32_t source = 0; rows && source < dataset->sources_count; source++) {
    size_t count = gap_rows(dataset, source, tier, margins, rows);
    gap_sort(rows, count);
    double apgr = count >= APGR_ROWS_MIN ? gap_recovered(rows, count, NULL, TIES_IN_ORDER) : NAN;
    if (isnan(apgr))
      continue;
    sum += apgr;
    sources++;
  }
  free(rows);
  return sources ? sum / (double)sources : 0.5;
}

double score_by_error(const struct dataset *dataset, size_t tier, const float *margins,
                      const float *targets) {
  (void)tier;
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < dataset->count; i++) {
    if (isnan(targets[i]) || isnan(margins[i]))
      continue;
    sum += fabs((double)(targets[i] - margins[i]));
    count++;
  }
  return count ? -sum / (double)count : -INFINITY;
}
