/* compare.c - APGR of two rankings on the same rows, and how sure their difference is.
 *
 * Each source is sorted once by either ranking; a bootstrap replicate then only
 * draws how often each row counts, the same for both. The replicates' differences,
 * averaged over sources as the figures are, scatter by the standard error. */
#include "classifier/train/compare.h"

#include <math.h>
#include <stdlib.h>

#include "classifier/train/apgr.h"
#include "classifier/train/random.h"

/* Less than this is invisible at the digits that are printed; nearly equal rankings
 * have a standard error of nearly 0. */
#define LOSS_MIN 0.0005

/* One tier of one source, ranked both ways. */
struct cell {
  size_t count; /* 0: says nothing */
  struct gap_row *rows[2];
};

struct comparer {
  const struct dataset *dataset;
  float *const *margins[2];
  struct cell cells[MODEL_TIERS_MAX];
  uint32_t *draws;   /* by example */
  uint32_t *members; /* the source's examples */
  size_t members_count;
  float *masked;                          /* scratch */
  double differences[COMPARE_REPLICATES]; /* summed over sources */
};

/* On failure c may still be released. */
static bool comparer_init(struct comparer *c) {
  size_t count = c->dataset->count + 1;
  c->draws = calloc(count, sizeof *c->draws);
  c->members = malloc(count * sizeof *c->members);
  c->masked = malloc(count * sizeof *c->masked);
  bool ok = c->draws && c->members && c->masked;
  for (size_t t = 0; t + 1 < c->dataset->tiers_count; t++)
    for (size_t m = 0; m < 2; m++) {
      c->cells[t].rows[m] = malloc(count * sizeof(struct gap_row));
      ok = ok && c->cells[t].rows[m];
    }
  return ok;
}

static void comparer_deinit(struct comparer *c) {
  for (size_t t = 0; t < MODEL_TIERS_MAX; t++)
    for (size_t m = 0; m < 2; m++)
      free(c->cells[t].rows[m]);
  free(c->draws);
  free(c->members);
  free(c->masked);
}

/* Rows that only one side has a margin for must not weigh on either. */
static void fill_cell(struct comparer *c, uint32_t source, size_t tier) {
  struct cell *cell = &c->cells[tier];
  for (size_t m = 0; m < 2; m++) {
    for (size_t i = 0; i < c->dataset->count; i++)
      c->masked[i] = isnan(c->margins[1 - m][tier][i]) ? NAN : c->margins[m][tier][i];
    cell->count = gap_rows(c->dataset, source, tier, c->masked, cell->rows[m]);
    gap_sort(cell->rows[m], cell->count);
  }
  if (cell->count < APGR_ROWS_MIN ||
      isnan(gap_recovered(cell->rows[0], cell->count, NULL, TIES_SHARED)))
    cell->count = 0;
}

/* The source's examples, for drawing, and its rows in both orders, for measuring. */
static void fill_source(struct comparer *c, uint32_t source) {
  c->members_count = 0;
  for (size_t i = 0; i < c->dataset->count; i++)
    if (c->dataset->examples[i].source == source)
      c->members[c->members_count++] = (uint32_t)i;
  for (size_t t = 0; t + 1 < c->dataset->tiers_count; t++)
    fill_cell(c, source, t);
}

/* Means over the tiers; false when none says anything. A draw may lose the gap. */
static bool source_apgr(const struct comparer *c, const uint32_t *draws, double means[2]) {
  size_t used = 0;
  means[0] = means[1] = 0;
  for (size_t t = 0; t + 1 < c->dataset->tiers_count; t++) {
    const struct cell *cell = &c->cells[t];
    double ours = cell->count ? gap_recovered(cell->rows[0], cell->count, draws, TIES_SHARED) : NAN;
    if (isnan(ours))
      continue;
    means[0] += ours;
    means[1] += gap_recovered(cell->rows[1], cell->count, draws, TIES_SHARED);
    used++;
  }
  means[0] /= used ? (double)used : 1;
  means[1] /= used ? (double)used : 1;
  return used > 0;
}

/* As many draws as the source has rows, with replacement. Numbers depend on the seed,
 * the source and the replicate alone, so that runs repeat. */
static void draw(struct comparer *c, uint64_t seed, uint32_t source, size_t replicate) {
  uint64_t from = ((uint64_t)source * COMPARE_REPLICATES + replicate) << 32;
  for (size_t i = 0; i < c->members_count; i++)
    c->draws[c->members[i]] = 0;
  for (size_t i = 0; i < c->members_count; i++) {
    size_t at = (size_t)(random_unit(seed, from + i) * (double)c->members_count);
    c->draws[c->members[at]]++;
  }
}

static double standard_deviation(const double *values, size_t count) {
  double mean = 0;
  double squares = 0;
  for (size_t i = 0; i < count; i++)
    mean += values[i] / (double)count;
  for (size_t i = 0; i < count; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  return sqrt(squares / (double)(count - 1));
}

bool compare_rankings(const struct dataset *dataset, float *const *ours, float *const *theirs,
                      uint64_t seed, struct comparison *out) {
  struct comparer c = {.dataset = dataset, .margins = {ours, theirs}};
  double means[2];
  bool ok = comparer_init(&c);
  *out = (struct comparison){0};
  for (uint32_t source = 0; ok && source < dataset->sources_count; source++) {
    fill_source(&c, source);
    if (!source_apgr(&c, NULL, means))
      continue;
    double difference = means[0] - means[1];
    out->sources++;
    out->ours += means[0];
    out->theirs += means[1];
    for (size_t r = 0; r < COMPARE_REPLICATES; r++) {
      /* A draw without any gap says nothing, so the source's own figure stands in. */
      draw(&c, seed, source, r);
      c.differences[r] += source_apgr(&c, c.draws, means) ? means[0] - means[1] : difference;
    }
  }
  if (ok && out->sources > 0) {
    out->ours /= (double)out->sources;
    out->theirs /= (double)out->sources;
    out->error = standard_deviation(c.differences, COMPARE_REPLICATES) / (double)out->sources;
  }
  comparer_deinit(&c);
  return ok;
}

bool comparison_is_worse(const struct comparison *comparison) {
  double loss = comparison->theirs - comparison->ours;
  return comparison->sources > 0 && loss > comparison->error && loss >= LOSS_MIN;
}
