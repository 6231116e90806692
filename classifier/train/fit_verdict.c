/* fit_verdict.c - prints how the new model compares, a table and a sentence a rival.
 *
 * The figures come from fit_check.c: margins out of fold on the log's rows, differences
 * paired row by row, standard errors by bootstrap. Length alone can beat a good model
 * within a single source, so that only warns; a baseline that is better forbids. */
#include "classifier/train/fit_verdict.h"

#include <math.h>
#include <stdio.h>

#include "classifier/train/fit_check.h"

/* A line of the comparison; whether ours is worse. */
static bool print_comparison(const char *with, const struct comparison *comparison) {
  printf("%-12s %7zu %9.3f %9.3f %+11.3f %9.3f\n", with, comparison->sources, comparison->ours,
         comparison->theirs, comparison->ours - comparison->theirs, comparison->error);
  return comparison_is_worse(comparison);
}

/* severity is "warning: " where the model is written all the same, else empty. */
static void print_worse(const char *severity, const char *than,
                        const struct comparison *comparison) {
  fprintf(stderr,
          "tier-train fit: %sthe new model ranks worse than %s: mean APGR %.3f against %.3f, "
          "%.3f lower with a standard error of %.3f\n",
          severity, than, comparison->ours, comparison->theirs,
          comparison->theirs - comparison->ours, comparison->error);
}

/* "better than X by 0.031 +- 0.012 APGR on your rows". */
static void print_sentence(const char *than, const struct comparison *comparison) {
  double gain = comparison->ours - comparison->theirs;
  if (fabs(gain) < 0.0005)
    printf("ranks your rows as %s does\n", than);
  else if (fabs(gain) <= comparison->error)
    printf("no different from %s beyond chance: %+.3f +- %.3f APGR on your rows\n", than, gain,
           comparison->error);
  else
    printf("%s than %s by %.3f +- %.3f APGR on your rows\n", gain > 0 ? "better" : "worse", than,
           fabs(gain), comparison->error);
}

/* What became of the prior, and why. */
static void print_leaning(const struct fit *fit, const char *prior) {
  const struct fit_lean_report *lean = &fit->lean;
  if (lean->winner == FIT_LEAN_PRIOR)
    printf("leaned on %s: kept its ranking, fitted its probabilities to your rows\n", prior);
  else if (lean->winner == FIT_LEAN_BENT)
    printf("leaned on %s: new constant and factors%s%s\n", prior,
           lean->recipe.levels ? ", shifted the levels of its kinds" : "",
           lean->recipe.c > 0 ? ", added weights of its own" : "");
  else
    printf("learned from your rows alone: they outweigh %s\n", prior);
  if (lean->flat && lean->winner != FIT_LEAN_PLAIN)
    printf("most rows are vectors without text: the new model tells no kinds of prompts apart, "
           "and here %s was judged without them too\n",
           prior);
}

/* The ranking may stay while the probabilities improve, which is what thresholds read. */
static void print_losses(const struct fit_check *result, const char *baseline) {
  if (!isnan(result->loss))
    printf("probabilities: log loss %.3f, with %s %.3f (0 is perfect)\n", result->loss, baseline,
           result->baseline_loss);
}

/* Says why, and whether the comparison was fair. */
static void print_refusal(const struct labelled_log *log, const struct fit_verdict_options *options,
                          const struct comparison *comparison) {
  print_worse(options->force ? "warning: " : "", options->path, comparison);
  size_t seen = fit_check_seen(options->path, log);
  if (seen > 0)
    fprintf(stderr,
            "tier-train fit: note: %s was trained on %zu of these %zu files, which "
            "flatters it; rows that neither has seen compare fairly\n",
            options->path, seen, log->files_count);
  if (!options->force)
    fprintf(stderr, "tier-train fit: %s is not written; --force writes it nonetheless\n",
            options->out);
}

bool fit_verdict(const struct fit *fit, const struct labelled_log *log,
                 const struct fit_verdict_options *options) {
  struct fit_check result;
  if (!fit_check(fit, log, options->baseline, options->seed, &result)) {
    fprintf(stderr, "tier-train fit: out of memory\n");
    return false;
  }
  if (fit->lean.prior_path)
    print_leaning(fit, fit->lean.prior_path);
  if (result.length.sources == 0) {
    fprintf(stderr, "tier-train fit: warning: no source has enough rows and a gap between its "
                    "tiers, so the new model could not be compared with anything\n");
    return true;
  }
  printf("%-12s %7s %9s %9s %11s %9s\n", "against", "sources", "APGR", "theirs", "difference",
         "std.err.");
  bool below_length = print_comparison("length", &result.length);
  bool worse = options->baseline && print_comparison("baseline", &result.baseline);
  if (options->baseline) {
    print_sentence(options->path, &result.baseline);
    print_losses(&result, options->path);
  }
  print_sentence("prompt length", &result.length);
  if (below_length)
    print_worse("warning: ", "prompt length alone", &result.length);
  if (worse)
    print_refusal(log, options, &result.baseline);
  return !worse || options->force;
}
