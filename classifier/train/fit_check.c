/* fit_check.c - gathers the margins of the rivals and has compare.c judge them.
 *
 * A baseline that was trained on these rows has seen the answers, which flatters it;
 * the new model is judged out of fold. What to do about the outcome is left to
 * command_fit.c. */
#include "classifier/train/fit_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/decisions.h"
#include "classifier/train/isotonic.h"

/* A margin an example for each tier below the top: the baseline's, or minus the
 * length, which is the same for all tiers. */
static void gather(float *const *margins, const struct dataset *dataset,
                   const struct labelled_log *log, const struct judgement *judged) {
  for (size_t t = 0; t + 1 < dataset->tiers_count; t++)
    for (size_t i = 0; i < dataset->count; i++) {
      uint32_t row = dataset->examples[i].row;
      margins[t][i] = judged ? judged[row].margin[t] : (float)-decisions_length(&log->rows[row]);
    }
}

/* The mean over tiers of what the probabilities lose: the new ones' out of fold, and the
 * baseline's on the same rows. */
static bool compare_losses(const struct fit *fit, const struct judgement *judged,
                           struct fit_check *out) {
  const struct dataset *dataset = fit->dataset;
  float *columns = malloc((3 * dataset->count + 1) * sizeof *columns);
  size_t tiers = 0;
  if (!columns)
    return false;
  float *good = columns + dataset->count;
  float *weights = columns + 2 * dataset->count;
  out->loss = out->baseline_loss = 0;
  for (size_t t = 0; t + 1 < dataset->tiers_count; t++) {
    size_t used = 0;
    for (size_t i = 0; i < dataset->count; i++) {
      if (isnan(dataset->examples[i].good[t]) || isnan(fit->margins[t][i]))
        continue;
      columns[used] = judged[dataset->examples[i].row].good[t];
      good[used] = dataset->examples[i].good[t];
      weights[used++] = fit->inputs.weights[i];
    }
    if (used == 0 || isnan(fit->reports[t].loss))
      continue;
    out->loss += fit->reports[t].loss;
    out->baseline_loss += log_loss(columns, good, weights, used);
    tiers++;
  }
  out->loss = tiers ? out->loss / (double)tiers : NAN;
  out->baseline_loss = tiers ? out->baseline_loss / (double)tiers : NAN;
  free(columns);
  return true;
}

bool fit_check(const struct fit *fit, const struct labelled_log *log, const struct model *baseline,
               uint64_t seed, struct fit_check *out) {
  const struct dataset *dataset = fit->dataset;
  float *theirs[MODEL_TIERS_MAX] = {0};
  struct judgement *judged = NULL;
  bool ok = true;
  *out = (struct fit_check){.loss = NAN, .baseline_loss = NAN};
  for (size_t t = 0; t + 1 < dataset->tiers_count; t++) {
    theirs[t] = malloc((dataset->count + 1) * sizeof(float));
    ok = ok && theirs[t];
  }
  if (ok) {
    gather(theirs, dataset, log, NULL);
    ok = compare_rankings(dataset, fit->margins, theirs, seed, &out->length);
  }
  if (ok && baseline) {
    ok = decisions_judge(&judged, baseline, log);
    if (ok)
      gather(theirs, dataset, log, judged);
    ok = ok && compare_rankings(dataset, fit->margins, theirs, seed, &out->baseline) &&
         compare_losses(fit, judged, out);
  }
  for (size_t t = 0; t < MODEL_TIERS_MAX; t++)
    free(theirs[t]);
  free(judged);
  return ok;
}

size_t fit_check_seen(const char *path, const struct labelled_log *log) {
  FILE *file = fopen(path, "r");
  char line[512];
  size_t seen = 0;
  /* The header comes first, a line "data NAME ROWS HASH" for each file. */
  while (file && fgets(line, sizeof line, file) && strncmp(line, "scale ", 6) != 0)
    for (size_t i = 0; strncmp(line, "data ", 5) == 0 && i < log->files_count; i++)
      seen += strstr(line, log->files[i].hash) != NULL;
  if (file)
    fclose(file);
  return seen;
}
