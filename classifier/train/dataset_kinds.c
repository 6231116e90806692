/* dataset_kinds.c - which tasks of a source are kinds of their own.
 *
 * By the share of variance that tasks explain, omega squared: it is 0 on average
 * where tasks do not differ, however many there are. */
#include "classifier/train/dataset.h"

#include <stdlib.h>
#include <string.h>

/* The least share of a source's variance that its tasks must explain. In the training
 * data the collections of unlike tasks have 0.6 and more, exams by subject 0.2 to 0.3. */
#define SHARE_MIN 0.5

struct moments {
  double rows, sum, squares;
};

static void take(struct moments *moments, double value) {
  moments->rows += 1;
  moments->sum += value;
  moments->squares += value * value;
}

/* The sum of squares around the mean. */
static double scatter(const struct moments *moments) {
  return moments->rows > 0 ? moments->squares - moments->sum * moments->sum / moments->rows : 0;
}

/* W. L. Hays, Statistics for Psychologists (1963), section 10.17: (SSB - (k - 1) MSW) /
 * (SST + MSW) over k kinds. */
static double omega_squared(const struct dataset *dataset, uint32_t source, struct moments *kinds) {
  struct moments all = {0};
  memset(kinds, 0, dataset->kinds_count * sizeof *kinds);
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    double target = (double)example_target(example, dataset->tiers_count, 0);
    if (example->source != source || isnan(target))
      continue;
    take(&all, target);
    take(&kinds[example->kind], target);
  }
  double within = 0;
  double used = 0;
  for (size_t k = 0; k < dataset->kinds_count; k++) {
    within += scatter(&kinds[k]);
    used += kinds[k].rows > 0;
  }
  double mean_within = all.rows > used ? within / (all.rows - used) : 0;
  double total = scatter(&all) + mean_within;
  return total > 0 ? (scatter(&all) - within - (used - 1) * mean_within) / total : 0;
}

/* The kind that is named like the source, made if there is none yet. */
static bool source_kind(struct dataset *dataset, uint32_t source, uint32_t *kind) {
  for (*kind = 0; *kind < dataset->kinds_count; (*kind)++)
    if (strcmp(dataset->kinds[*kind], dataset->sources[source]) == 0)
      return true;
  char **grown = realloc(dataset->kinds, (dataset->kinds_count + 1) * sizeof *grown);
  if (!grown)
    return false;
  dataset->kinds = grown;
  grown[dataset->kinds_count] = strdup(dataset->sources[source]);
  dataset->kinds_count += grown[dataset->kinds_count] != NULL;
  return *kind < dataset->kinds_count;
}

/* Drops the kinds that no example is of any more and numbers the others anew. */
static void drop_unused(struct dataset *dataset, uint32_t *numbers) {
  memset(numbers, 0, dataset->kinds_count * sizeof *numbers);
  for (size_t i = 0; i < dataset->count; i++)
    numbers[dataset->examples[i].kind] = 1;
  uint32_t kept = 0;
  for (size_t k = 0; k < dataset->kinds_count; k++) {
    if (numbers[k]) {
      dataset->kinds[kept] = dataset->kinds[k];
      numbers[k] = kept++;
    } else {
      free(dataset->kinds[k]);
    }
  }
  for (size_t i = 0; i < dataset->count; i++)
    dataset->examples[i].kind = numbers[dataset->examples[i].kind];
  dataset->kinds_count = kept;
}

bool dataset_merge_kinds(struct dataset *dataset) {
  size_t most = dataset->kinds_count + dataset->sources_count;
  struct moments *kinds = malloc((most + 1) * sizeof *kinds);
  uint32_t *numbers = malloc((most + 1) * sizeof *numbers);
  bool ok = kinds && numbers;
  for (uint32_t source = 0; ok && source < dataset->sources_count; source++) {
    uint32_t kind;
    if (omega_squared(dataset, source, kinds) >= SHARE_MIN)
      continue;
    ok = source_kind(dataset, source, &kind);
    for (size_t i = 0; ok && i < dataset->count; i++)
      if (dataset->examples[i].source == source && !dataset->examples[i].labelled)
        dataset->examples[i].kind = kind;
  }
  if (ok)
    drop_unused(dataset, numbers);
  free(kinds);
  free(numbers);
  return ok;
}
