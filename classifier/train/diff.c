/* diff.c - two models' decisions side by side: counts, cost, quality, greatest moves.
 *
 * Decisions, costs and moves need no labels and cover the whole log; quality covers
 * the rows that became examples. Its interval resamples rows, each with both
 * decisions, so that what the models have in common cancels. */
#include "classifier/train/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/random.h"

/* The tier whose probability moved most. The top tier, always at 1, never moves; of
 * equal moves the cheapest tier's is named. */
static struct diff_row widest_move(const struct judgement *before, const struct judgement *after,
                                   size_t tiers_count) {
  struct diff_row move = {.before = before->good[0], .after = after->good[0]};
  for (size_t tier = 1; tier < tiers_count; tier++)
    if (fabsf(after->good[tier] - before->good[tier]) > fabsf(move.after - move.before))
      move =
          (struct diff_row){.tier = tier, .before = before->good[tier], .after = after->good[tier]};
  return move;
}

/* Keeps the list sorted; the earlier row wins a tie. */
static void keep_most(struct diff *diff, const struct diff_row *move) {
  float size = fabsf(move->after - move->before);
  size_t at = diff->most_count;
  while (at > 0 && fabsf(diff->most[at - 1].after - diff->most[at - 1].before) < size)
    at--;
  if (at == DIFF_MOST || !(size > 0))
    return;
  /* A full list loses its last entry, else it grows by one. */
  size_t kept = diff->most_count < DIFF_MOST ? diff->most_count : DIFF_MOST - 1;
  memmove(&diff->most[at + 1], &diff->most[at], (kept - at) * sizeof *move);
  diff->most[at] = *move;
  diff->most_count = kept + 1;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The middle 95 % of the means of resampled changes. */
static bool interval(const double *changes, size_t count, uint64_t seed, struct diff *out) {
  double *means = malloc(DIFF_REPLICATES * sizeof *means);
  if (!means)
    return false;
  for (size_t r = 0; r < DIFF_REPLICATES; r++) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
      sum += changes[(size_t)(random_unit(seed, r * count + i) * (double)count)];
    means[r] = sum / (double)count;
  }
  qsort(means, DIFF_REPLICATES, sizeof *means, by_value);
  out->change_low = means[DIFF_REPLICATES * 25 / 1000];
  out->change_high = means[DIFF_REPLICATES * 975 / 1000 - 1];
  free(means);
  return true;
}

/* chosen[0] and chosen[1] are the tiers before and after, an entry a row. */
static bool quality(const struct dataset *dataset, size_t *const chosen[2], uint64_t seed,
                    struct diff *out) {
  double *changes = malloc((dataset->count + 1) * sizeof *changes);
  double sums[2] = {0, 0};
  bool ok = changes != NULL;
  out->known = dataset->count;
  out->quality_before = out->quality_after = out->change_low = out->change_high = NAN;
  for (size_t i = 0; ok && i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    double of[2];
    for (size_t m = 0; m < 2; m++)
      of[m] = example_quality(example, dataset->tiers_count, chosen[m][example->row]);
    sums[0] += of[0];
    sums[1] += of[1];
    changes[i] = of[1] - of[0];
  }
  if (ok && dataset->count > 0) {
    out->quality_before = sums[0] / (double)dataset->count;
    out->quality_after = sums[1] / (double)dataset->count;
    ok = interval(changes, dataset->count, seed, out);
  }
  free(changes);
  return ok;
}

bool diff_measure(const struct dataset *dataset, const struct labelled_log *log,
                  const struct tier_map *map, const struct judgement *const judged[2],
                  const struct decision_rule rules[2], uint64_t seed, struct diff *out) {
  size_t tiers_count = map->tiers_count;
  /* Costs are shares of what the top tier would have cost on every row. */
  double cost_top = map->costs[tiers_count - 1] * (double)log->rows_count;
  size_t *memory = malloc((2 * log->rows_count + 1) * sizeof *memory);
  *out = (struct diff){.rows = log->rows_count};
  if (!memory)
    return false;
  size_t *const chosen[2] = {memory, memory + log->rows_count};
  for (size_t i = 0; i < log->rows_count; i++) {
    size_t a = chosen[0][i] = decisions_tier(&rules[0], &judged[0][i]);
    size_t b = chosen[1][i] = decisions_tier(&rules[1], &judged[1][i]);
    struct diff_row move = widest_move(&judged[0][i], &judged[1][i], tiers_count);
    move.row = i;
    move.chosen_before = a;
    move.chosen_after = b;
    keep_most(out, &move);
    out->matrix[a][b]++;
    out->changed += a != b;
    out->cost_before += map->costs[a] / cost_top;
    out->cost_after += map->costs[b] / cost_top;
  }
  bool ok = quality(dataset, chosen, seed, out);
  free(memory);
  return ok;
}
