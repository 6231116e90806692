/* command_fit.c - `tier-train fit`: progress, the report at the end, and all the reasons not
 * to write a model.
 *
 *   rows → one scale → fit.c → better than what there is? → model_write.c
 *
 * What may be asked for is fit_arguments.c's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "classifier/train/ability.h"
#include "classifier/train/command_data.h"
#include "classifier/train/commands.h"
#include "classifier/train/fit.h"
#include "classifier/train/fit_arguments.h"
#include "classifier/train/fit_verdict.h"
#include "classifier/train/lone_rows.h"
#include "classifier/train/model_write.h"
#include "classifier/train/shard.h"

/* Rows of a log below which nothing is written unasked. */
enum { ROWS_MIN = 200 };

static void show_progress(size_t done, size_t of) {
  bool terminal = isatty(STDERR_FILENO) == 1;
  if (terminal)
    fprintf(stderr, "\rfeatures: %zu of %zu rows%s", done, of, done == of ? "\n" : "");
  else if (done == of)
    fprintf(stderr, "features: %zu rows\n", of);
}

static bool created_time(const struct fit_arguments *arguments, char out[32]) {
  const char *epoch = getenv("SOURCE_DATE_EPOCH");
  time_t now = epoch && *epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
  struct tm utc;
  if (arguments->created) {
    snprintf(out, 32, "%.31s", arguments->created);
    return !strpbrk(arguments->created, "\r\n") && *arguments->created;
  }
  return gmtime_r(&now, &utc) && strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}

static void print_report(const struct fit *fit, const struct tier_map *map) {
  printf("%-12s %7s %9s %7s %7s   failed under max_risk of\n%47s", "head", "rows", "C", "APGR",
         "ECE", "");
  for (size_t b = 0; b < FIT_RISK_BOUNDS; b++)
    printf(" %6g", fit_risk_bounds[b]);
  printf("\n");
  for (size_t i = 0; i < map->tiers_count; i++) {
    const struct head_report *report = &fit->reports[i];
    bool output = i + 1 == map->tiers_count;
    printf("%-12s %7zu %9g", output ? "output" : map->names[i], report->rows, report->c);
    if (!output)
      printf(" %7.3f %7.3f  ", report->apgr, report->ece);
    for (size_t b = 0; !output && b < FIT_RISK_BOUNDS; b++)
      if (isnan(report->risks[b]))
        printf(" %6s", "none");
      else
        printf(" %6.3f", report->risks[b]);
    printf("\n");
  }
  printf(
      "APGR is the mean over the data's sources and ECE the calibration error, both out of "
      "fold;\n0.5 APGR is random. Failed is the share of the prompts that a bound lets through for "
      "which the\ntier was not good enough, the bound being from the other half of the data.\n");
}

/* Puts the scores of different pools on one scale, where there are any. */
static bool scale_scores(const struct fit_arguments *arguments, struct dataset *dataset,
                         const struct labelled_log *log, const struct tier_map *map, char *why,
                         size_t why_size) {
  double ability[MODEL_TIERS_MAX];
  /* Who answered a prompt was chosen by its difficulty, which abilities would inherit. */
  if (!arguments->scale || log->models_count == 0 || map->assume_top)
    return true;
  if (!ability_scale(dataset, log, map, ability, why, why_size)) {
    if (arguments->scale_given || !arguments->fit.prior)
      return false;
    /* A log of one service often lacks a tier; the prior knows it, and scores of one
     * pool of models need no common scale. */
    fprintf(stderr, "tier-train fit: note: scores are taken as they are: %s\n", why);
    return true;
  }
  if (arguments->fit.progress) {
    fprintf(stderr, "ability of the tiers:");
    for (size_t i = 0; i < map->tiers_count; i++)
      fprintf(stderr, " %s %.2f", map->names[i], ability[i]);
    fprintf(stderr, "\n");
  }
  return true;
}

/* The model to lean on; none is no error unless one was asked for. */
static bool take_prior(struct fit_arguments *arguments, const struct tier_map *map,
                       struct prior *prior) {
  char path[PRIOR_PATH_MAX];
  char why[512];
  const char *wanted = arguments->prior;
  if (wanted ? strcmp(wanted, "none") == 0 : !prior_find(path))
    return true;
  if (!prior_load(prior, wanted ? wanted : path, map, why, sizeof why)) {
    fprintf(stderr, "tier-train fit: %scannot lean on %s%s\n", wanted ? "" : "note: ", why,
            wanted ? "; --prior none leans on nothing" : "");
    return !wanted;
  }
  arguments->fit.prior = prior;
  for (size_t t = 0; prior->renamed && t < map->tiers_count; t++)
    fprintf(stderr, "tier-train fit: note: tier \"%s\" is taken for \"%s\" of %s\n", map->names[t],
            model_tier_name(prior->model, t), prior->path);
  return true;
}

/* Cross-validation on a handful of rows says little, of the new model or the old one. */
static bool enough_rows(const struct fit_arguments *arguments, const struct dataset *dataset) {
  if (dataset->count >= ROWS_MIN || arguments->force)
    return true;
  fprintf(stderr,
          "tier-train fit: only %zu rows can be used (%zu have no usable label or outcome); at "
          "least %d are needed to tell a better model from a worse one: collect more feedback, "
          "or write a model nonetheless with --force\n",
          dataset->count, dataset->unused_rows, ROWS_MIN);
  return false;
}

static bool train_and_write(const struct fit_arguments *arguments, struct labelled_log *log,
                            struct tier_map *map, const struct model *baseline,
                            struct dataset *dataset, struct fit *fit) {
  char why[512] = "out of memory";
  char created[32];
  const struct fit_verdict_options verdict = {
      .baseline = baseline               ? baseline
                  : arguments->fit.prior ? arguments->fit.prior->model
                                         : NULL,
      .path = baseline               ? arguments->baseline
              : arguments->fit.prior ? arguments->fit.prior->path
                                     : NULL,
      .out = arguments->out,
      .force = arguments->force,
      .seed = arguments->fit.seed};
  if (!created_time(arguments, created)) {
    fprintf(stderr, "tier-train fit: --created: expected one line\n");
    return false;
  }
  map->assume_top = lone_rows_prevail(log, map);
  if (map->assume_top)
    fprintf(stderr, "tier-train fit: note: most rows were answered by one tier alone; the top tier "
                    "is taken to answer them well\n");
  if (!dataset_build(dataset, log, map, arguments->fit.progress ? show_progress : NULL)) {
    fprintf(stderr, "tier-train fit: %s\n", why);
    return false;
  }
  if (!enough_rows(arguments, dataset))
    return false;
  if (!scale_scores(arguments, dataset, log, map, why, sizeof why) ||
      !dataset_merge_kinds(dataset) ||
      !fit_train(fit, dataset, map, &arguments->fit, why, sizeof why)) {
    fprintf(stderr, "tier-train fit: %s\n", why);
    return false;
  }
  print_report(fit, map);
  if (!fit_verdict(fit, log, &verdict))
    return false;
  if (!model_write(fit, log, map, &arguments->fit, created, arguments->out, why, sizeof why)) {
    fprintf(stderr, "tier-train fit: %s\n", why);
    return false;
  }
  printf("%zu rows used, %zu without a usable label; %zu models in no tier\nwrote %s\n",
         dataset->count, dataset->unused_rows, dataset->unmapped_models, arguments->out);
  return true;
}

int command_fit(int argc, char **argv) {
  static struct fit_arguments arguments;
  struct labelled_log log;
  struct tier_map map = {0};
  struct dataset dataset = {0};
  struct fit *fit = calloc(1, sizeof *fit);
  struct model *baseline = NULL;
  static struct prior prior;
  char why[256];
  if (fit_help(argc, argv)) {
    free(fit);
    return 0;
  }
  if (!fit || !fit_arguments_parse(&arguments, argc, argv)) {
    free(fit);
    return 2;
  }
  labelled_log_init(&log);
  bool ok = tier_map_read(&map, arguments.tiers, why, sizeof why);
  if (!ok)
    fprintf(stderr, "tier-train fit: %s: %s\n", arguments.tiers, why);
  ok = ok && take_prior(&arguments, &map, &prior) &&
       (!arguments.baseline ||
        command_load_model("tier-train fit", arguments.baseline, &map, &baseline)) &&
       command_read_logs(arguments.data, arguments.data_count, arguments.strict, &log) &&
       (arguments.shards_count == 0 ||
        shards_read(&log, arguments.shards, arguments.shards_count, stderr)) &&
       train_and_write(&arguments, &log, &map, baseline, &dataset, fit);
  fit_deinit(fit);
  free(fit);
  model_destroy(baseline);
  prior_deinit(&prior);
  dataset_deinit(&dataset);
  tier_map_deinit(&map);
  labelled_log_deinit(&log);
  return ok ? 0 : 1;
}
