/* fit_lean.c - the contest between prior, lean fit and plain fit, and the winner's parts
 * put into struct fit, from where model_write.c takes them as any other's.
 *
 * The prior is the champion: few rows make few differences larger than their standard
 * error, and then its ranking stays and the log is only used for the probabilities. */
#include "classifier/train/fit_lean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/cross_validate.h"
#include "classifier/train/lean.h"

static void drop_targets(struct lean_options *options) {
  for (size_t m = 0; m < MODEL_TIERS_MAX; m++)
    free(options->targets[m]);
}

/* The targets of machine m; NULL and true where too few rows have one. */
static bool take_targets(struct lean_options *options, const struct dataset *dataset, size_t m) {
  float *targets = malloc((dataset->count + 1) * sizeof *targets);
  size_t known = 0;
  if (!targets)
    return false;
  for (size_t i = 0; i < dataset->count; i++) {
    const struct example *example = &dataset->examples[i];
    targets[i] =
        options->lengths ? example->log_tokens : example_target(example, dataset->tiers_count, m);
    known += isnan(targets[i]) ? 0 : 1;
  }
  if (known < FIT_ROWS_MIN) {
    free(targets);
    targets = NULL;
  }
  options->targets[m] = targets;
  return true;
}

/* lengths: the last machine alone, which foretells the length of the answer; else all
 * tiers below the top. */
static bool options_init(struct lean_options *out, const struct dataset *dataset,
                         const struct fit_options *options, bool lengths) {
  size_t top = dataset->tiers_count - 1;
  *out = (struct lean_options){.first = lengths ? top : 0,
                               .last = lengths ? top : top - 1,
                               .lengths = lengths,
                               .folds = options->folds,
                               .threads = options->threads,
                               .seed = options->seed};
  for (size_t m = out->first; m <= out->last; m++)
    if (!take_targets(out, dataset, m)) {
      drop_targets(out);
      return false;
    }
  return true;
}

/* Is our ranking better by more than the standard error of APGR? That divides by what the
 * top tier gains, so where it gains little the error is large and the prior stays. To rank
 * by failure and gain together instead, as the targets do, has less noise; but it took
 * prompts that no model answers for ones that are worth the top tier, and ranked rows of
 * such a source (ulab) worse than the prior did. False when memory is out. */
static bool better(const struct dataset *dataset, float *const *ours, float *const *theirs,
                   uint64_t seed, struct comparison *comparison, bool *is_better) {
  if (!compare_rankings(dataset, ours, theirs, seed, comparison))
    return false;
  *is_better = comparison->sources > 0 && comparison->ours - comparison->theirs > comparison->error;
  return true;
}

/* Fills fit->lean. The prior's margins go through lean, which holds them if it loses. */
static bool contest(struct fit *fit, const struct lean_rows *rows, const struct lean_options *tiers,
                    const struct fit_options *options, struct lean *lean, bool plain) {
  struct fit_lean_report *report = &fit->lean;
  struct lean prior = {0};
  bool bent = false;
  bool left = false;
  bool ok = lean_train(lean, rows, tiers);
  for (size_t m = tiers->first; ok && m <= tiers->last; m++) {
    prior.margins[m] = malloc((rows->dataset->count + 1) * sizeof(float));
    ok = prior.margins[m] != NULL;
  }
  if (ok)
    lean_reset(&prior, rows, tiers);
  ok =
      ok && better(fit->dataset, lean->margins, prior.margins, options->seed, &report->bent, &bent);
  if (ok && !bent)
    lean_reset(lean, rows, tiers);
  report->winner = bent ? FIT_LEAN_BENT : FIT_LEAN_PRIOR;
  ok = ok && (!plain || better(fit->dataset, fit->margins, lean->margins, options->seed,
                               &report->plain, &left));
  if (left)
    report->winner = FIT_LEAN_PLAIN;
  report->recipe = lean->recipe;
  lean_deinit(&prior);
  return ok;
}

/* ---- the winner into fit */

/* What the winner's weights were trained on has to be written with them. */
static void adopt_scales(struct fit *fit, const struct model *model) {
  for (size_t d = 0; d < FEATURES_COUNT; d++) {
    fit->spreads[d] = model->scales[d].spread;
    fit->knots_count[d] = model->scales[d].count;
    memcpy(fit->knots[d], model->scales[d].knots, sizeof fit->knots[d]);
  }
}

/* Only what is written: nobody asks for posteriors any more. */
static bool adopt_kinds(struct fit *fit, const struct model *model) {
  size_t bytes = MODEL_KIND_BUCKETS * model->kinds.count;
  kinds_deinit(&fit->kinds);
  fit->kinds.weights = malloc(bytes);
  if (!fit->kinds.weights)
    return false;
  memcpy(fit->kinds.weights, model->kinds.weights, bytes);
  fit->kinds.count = model->kinds.count;
  fit->kinds.temper = model->kinds.temper;
  return true;
}

/* The margins change hands, so that calibration and comparison see the winner's. */
static bool adopt_head(struct fit *fit, struct lean *lean, const struct lean_rows *rows, size_t m) {
  head_fit_deinit(&fit->heads[m]);
  fit->heads[m].head = m;
  fit->heads[m].text = lean_head_text(&lean->heads[m], rows);
  for (size_t k = 0; k < rows->model->kinds.count; k++)
    fit->heads[m].levels[k] = lean_head_level(&lean->heads[m], rows, k);
  for (size_t k = 0; k < rows->model->kinds.count; k++)
    fit->heads[m].slopes[k] = lean_head_slope(&lean->heads[m], rows, k);
  free(fit->margins[m]);
  fit->margins[m] = lean->margins[m];
  lean->margins[m] = NULL;
  return fit->heads[m].text != NULL;
}

/* rows stays 0 where the log says nothing: that is how callers know the prior's own. */
static void adopt_report(struct fit *fit, const struct lean *lean,
                         const struct lean_options *options, size_t m) {
  fit->reports[m] = (struct head_report){
      .c = lean->recipe.c, .apgr = NAN, .ece = NAN, .loss = NAN, .coverage = NAN};
  for (size_t i = 0; options->targets[m] && i < fit->dataset->count; i++)
    fit->reports[m].rows += isnan(options->targets[m][i]) ? 0 : 1;
  if (options->targets[m] && !options->lengths)
    fit->reports[m].apgr = score_by_apgr(fit->dataset, m, fit->margins[m], options->targets[m]);
}

static bool adopt(struct fit *fit, struct lean *lean, const struct lean_rows *rows,
                  const struct lean_options *options) {
  bool ok = true;
  for (size_t m = options->first; ok && m <= options->last; m++) {
    ok = adopt_head(fit, lean, rows, m);
    adopt_report(fit, lean, options, m);
  }
  return ok;
}

static void adopt_lengths(struct fit *fit, const struct model *model) {
  memcpy(fit->lengths.p50, model->output_p50, sizeof fit->lengths.p50);
  memcpy(fit->lengths.p90, model->output_p90, sizeof fit->lengths.p90);
}

/* The answer's length is the prior's, bent where the log has lengths. */
static bool adopt_output(struct fit *fit, const struct lean_rows *rows,
                         const struct fit_options *options) {
  struct lean_options lengths;
  struct lean lean = {0};
  if (!options_init(&lengths, fit->dataset, options, true))
    return false;
  bool ok = lean_train(&lean, rows, &lengths) && adopt(fit, &lean, rows, &lengths);
  if (ok && !lengths.targets[lengths.first])
    adopt_lengths(fit, rows->model);
  lean_deinit(&lean);
  drop_targets(&lengths);
  return ok;
}

bool fit_lean(struct fit *fit, const struct fit_options *options, bool plain, char *why,
              size_t why_size) {
  const struct model *model = options->prior->model;
  struct lean_rows rows = {0};
  struct lean_options tiers = {0};
  struct lean lean = {0};
  if (options->progress)
    fprintf(options->progress, "leaning on %s: cross-validating\n", options->prior->path);
  bool ok = lean_rows_init(&rows, fit->dataset, model) &&
            options_init(&tiers, fit->dataset, options, false) &&
            contest(fit, &rows, &tiers, options, &lean, plain);
  fit->lean.flat = rows.flat;
  fit->lean.prior_path = options->prior->path;
  if (ok && fit->lean.winner != FIT_LEAN_PLAIN) {
    adopt_scales(fit, model);
    ok = adopt_kinds(fit, model) && adopt(fit, &lean, &rows, &tiers) &&
         adopt_output(fit, &rows, options);
  }
  if (!ok)
    snprintf(why, why_size, "leaning on the prior failed: out of memory or of space in /tmp");
  lean_deinit(&lean);
  drop_targets(&tiers);
  lean_rows_deinit(&rows);
  return ok;
}

void fit_lean_words(struct fit *fit, const struct fit_options *options) {
  const struct model *model = options->prior->model;
  for (size_t i = 0; i < ((size_t)1 << FIT_WORDS_BITS) / 64; i++)
    fit->words[i] |= model->words[i];
  fit->novelty_limit = model->novelty_limit;
}

/* A file may hold more points than isotonic regression makes; then some are left out. */
void fit_lean_calibration(struct fit *fit, const struct fit_options *options, size_t tier) {
  const struct model_calibration *from = &options->prior->model->heads[tier].calibration;
  struct isotonic *to = &fit->calibration[tier];
  to->count = from->count < ISOTONIC_POINTS_MAX ? from->count : ISOTONIC_POINTS_MAX;
  for (size_t i = 0; i < to->count; i++) {
    size_t at = to->count > 1 ? i * (from->count - 1) / (to->count - 1) : 0;
    to->margin[i] = from->margin[at];
    to->probability[i] = from->probability[at];
  }
}
