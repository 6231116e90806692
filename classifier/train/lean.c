/* lean.c - the recipes, the two cross-validations and the choice.
 *
 * A task is one outer fold, or all rows: it chooses a recipe by folds within its rows,
 * trains the heads by it, and judges the rows of its fold. Tasks write to disjoint
 * entries, so threads share a counter alone and the outcome does not depend on how many
 * there are. Whether the result beats the prior and a fit from nothing is left to
 * fit_lean.c. */
#include "classifier/train/lean.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/cross_validate.h"
#include "classifier/train/platt.h"
#include "classifier/train/random.h"

/* From the least change to the most; of equals the first wins. */
static const struct lean_recipe recipes[] = {
    {false, false, 0},    {true, false, 0},    {true, false, 0.0005},
    {true, false, 0.005}, {true, false, 0.05}, {true, true, 0},
    {true, true, 0.0005}, {true, true, 0.005}, {true, true, 0.05}};

enum { RECIPES = sizeof recipes / sizeof recipes[0] };

struct search {
  const struct lean_rows *rows;
  const struct lean_options *options;
  struct lean *out;
  atomic_size_t next;
  atomic_bool failed;
};

/* The rows of one task and what it learns on them. */
struct task {
  const struct search *search;
  bool *inside;  /* by example: belongs to the task's rows */
  size_t *index; /* scratch */
  float *margins[MODEL_TIERS_MAX];
};

/* level 0 are the outer folds, level 1 the inner ones; they must not coincide, else an
 * inner fold would lie wholly inside or outside of its task. */
static size_t fold_of(const struct lean_options *options, uint64_t level, size_t example) {
  return (size_t)(splitmix((options->seed * 31 + level) * 1000003 + example) % options->folds);
}

/* ---- scores */

/* Labels are sure where scores are noisy, so that their probabilities can be judged
 * directly; a log is judged by what most of it is. */
static bool mostly_labels(const struct dataset *dataset) {
  size_t labelled = 0;
  for (size_t i = 0; i < dataset->count; i++)
    labelled += dataset->examples[i].labelled;
  return labelled * 2 > dataset->count;
}

/* Minus the log loss of the tier's margins through their own two-parameter curve. False
 * when memory is out. */
static bool score_by_loss(const struct dataset *dataset, size_t tier, const float *margins,
                          double *score) {
  float *columns = malloc((3 * dataset->count + 1) * sizeof *columns);
  if (!columns)
    return false;
  float *used = columns;
  float *good = columns + dataset->count;
  float *ones = columns + 2 * dataset->count;
  size_t count = 0;
  for (size_t i = 0; i < dataset->count; i++) {
    float share = dataset->examples[i].good[tier];
    if (isnan(margins[i]) || isnan(share))
      continue;
    used[count] = margins[i];
    good[count] = share;
    ones[count++] = 1.0f;
  }
  double loss = platt_loss(used, good, ones, count);
  *score = isnan(loss) ? 0 : -loss;
  free(columns);
  return true;
}

bool lean_score(const struct lean_rows *rows, const struct lean_options *options,
                float *const *margins, double *score) {
  bool labels = !options->lengths && mostly_labels(rows->dataset);
  size_t used = 0;
  *score = 0;
  for (size_t m = options->first; m <= options->last; m++) {
    double one = 0;
    if (!options->targets[m])
      continue;
    if (labels) {
      if (!score_by_loss(rows->dataset, m, margins[m], &one))
        return false;
    } else if (options->lengths) {
      one = score_by_error(rows->dataset, m, margins[m], options->targets[m]);
    } else {
      one = score_by_apgr(rows->dataset, m, margins[m], options->targets[m]);
    }
    *score += one;
    used++;
  }
  *score /= used ? (double)used : 1;
  return true;
}

/* ---- one task */

/* A task owns its scratch; what it learns goes straight into search->out. */
static void task_deinit(struct task *task) {
  free(task->inside);
  free(task->index);
  for (size_t m = 0; m < MODEL_TIERS_MAX; m++)
    free(task->margins[m]);
}

/* fold is options->folds for the task of all rows, which no example lies in. */
static bool task_init(struct task *task, const struct search *search, size_t fold) {
  size_t count = search->rows->dataset->count;
  *task = (struct task){.search = search};
  task->inside = malloc((count + 1) * sizeof *task->inside);
  task->index = malloc((count + 1) * sizeof *task->index);
  bool ok = task->inside && task->index;
  for (size_t m = search->options->first; m <= search->options->last; m++) {
    task->margins[m] = malloc((count + 1) * sizeof(float));
    ok = ok && task->margins[m];
  }
  for (size_t i = 0; ok && i < count; i++)
    task->inside[i] = fold_of(search->options, 0, i) != fold;
  return ok;
}

/* The task's rows with a target for the machine, but those of an inner fold. */
static size_t select_rows(const struct task *task, size_t machine, size_t inner) {
  const struct lean_options *options = task->search->options;
  size_t used = 0;
  for (size_t i = 0; i < task->search->rows->dataset->count; i++)
    if (task->inside[i] && !isnan(options->targets[machine][i]) && fold_of(options, 1, i) != inner)
      task->index[used++] = i;
  return used;
}

/* inner is options->folds where no inner fold is to be left out. */
static bool train_head(const struct task *task, size_t machine, size_t recipe, size_t inner,
                       struct lean_head *head) {
  const struct lean_options *options = task->search->options;
  size_t count = select_rows(task, machine, inner);
  return lean_head_train(head, task->search->rows, machine, &recipes[recipe], task->index, count,
                         options->targets[machine], options->seed);
}

/* Margins of the task's rows, each from a head that has not seen its inner fold. */
static bool judge_recipe(const struct task *task, size_t recipe, double *score) {
  const struct search *search = task->search;
  const struct lean_options *options = search->options;
  size_t count = search->rows->dataset->count;
  bool ok = true;
  for (size_t m = options->first; ok && m <= options->last; m++) {
    if (!options->targets[m])
      continue;
    for (size_t i = 0; i < count; i++)
      task->margins[m][i] = NAN;
    for (size_t inner = 0; ok && inner < options->folds; inner++) {
      struct lean_head head;
      ok = train_head(task, m, recipe, inner, &head);
      for (size_t i = 0; ok && i < count; i++)
        if (task->inside[i] && !isnan(options->targets[m][i]) && fold_of(options, 1, i) == inner)
          task->margins[m][i] = lean_head_margin(&head, search->rows, i);
    }
  }
  return ok && lean_score(search->rows, options, task->margins, score);
}

/* All recipes on the same folds, so that their scores differ by the recipe alone. */
static bool choose_recipe(const struct task *task, size_t *best) {
  double best_score = -INFINITY;
  *best = 0;
  for (size_t r = 0; r < RECIPES; r++) {
    double score = 0;
    if (recipes[r].levels && (task->search->rows->flat || task->search->options->lengths))
      continue; /* there are no kinds to shift; and lengths get by without */
    if (!judge_recipe(task, r, &score))
      return false;
    if (score > best_score) {
      best_score = score;
      *best = r;
    }
  }
  return true;
}

/* Chooses and trains; judges the rows outside, or keeps the heads when there are none. */
static bool run_task(const struct search *search, size_t fold) {
  const struct lean_options *options = search->options;
  struct task task;
  size_t best = 0;
  bool all = fold == options->folds;
  bool ok = task_init(&task, search, fold) && choose_recipe(&task, &best);
  if (ok && all)
    search->out->recipe = recipes[best];
  for (size_t m = options->first; ok && m <= options->last; m++) {
    struct lean_head head;
    if (!options->targets[m])
      continue;
    ok = train_head(&task, m, best, options->folds, &head);
    if (ok && all)
      search->out->heads[m] = head;
    for (size_t i = 0; ok && !all && i < search->rows->dataset->count; i++)
      if (!task.inside[i] && !isnan(options->targets[m][i]))
        search->out->margins[m][i] = lean_head_margin(&head, search->rows, i);
  }
  task_deinit(&task);
  return ok;
}

/* A failed task does not stop the others: they are short, and all is dropped then. */
static void *run_tasks(void *argument) {
  struct search *search = argument;
  for (;;) {
    size_t fold = atomic_fetch_add(&search->next, 1);
    if (fold > search->options->folds)
      return NULL;
    if (!run_task(search, fold))
      atomic_store(&search->failed, true);
  }
}

/* This thread works too, so one thread is no special case. */
static void run_threads(struct search *search) {
  enum { THREADS_MAX = 32 };
  pthread_t threads[THREADS_MAX];
  size_t started = 0;
  while (started < THREADS_MAX && started + 1 < search->options->threads &&
         pthread_create(&threads[started], NULL, run_tasks, search) == 0)
    started++;
  run_tasks(search);
  for (size_t i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
}

/* ---- all of it */

void lean_reset(struct lean *lean, const struct lean_rows *rows,
                const struct lean_options *options) {
  lean->recipe = recipes[0];
  for (size_t m = options->first; m <= options->last; m++) {
    lean->heads[m] = (struct lean_head){.machine = m, .features = 1, .level = 1};
    for (size_t i = 0; i < rows->dataset->count; i++)
      lean->margins[m][i] =
          options->targets[m] && isnan(options->targets[m][i]) ? NAN : lean_rows_margin(rows, m, i);
  }
}

bool lean_train(struct lean *lean, const struct lean_rows *rows,
                const struct lean_options *options) {
  struct search search = {.rows = rows, .options = options, .out = lean};
  bool ok = true;
  *lean = (struct lean){0};
  for (size_t m = options->first; m <= options->last; m++) {
    lean->margins[m] = malloc((rows->dataset->count + 1) * sizeof(float));
    ok = ok && lean->margins[m];
  }
  if (ok) {
    lean_reset(lean, rows, options); /* for machines without targets, and NaN elsewhere */
    run_threads(&search);
  }
  if (!ok || atomic_load(&search.failed)) {
    lean_deinit(lean);
    return false;
  }
  return true;
}

void lean_deinit(struct lean *lean) {
  for (size_t m = 0; m < MODEL_TIERS_MAX; m++)
    free(lean->margins[m]);
  *lean = (struct lean){0};
}
