/* command_fit.c - `tier-train fit`: arguments, progress, and the report at the end. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "classifier/train/ability.h"
#include "classifier/train/command_data.h"
#include "classifier/train/commands.h"
#include "classifier/train/fit.h"
#include "classifier/train/fit_verdict.h"
#include "classifier/train/lone_rows.h"
#include "classifier/train/model_write.h"

/* Rows of a log below which nothing is written unasked. */
enum { ROWS_MIN = 200 };

static const char usage[] =
    "usage: tier-train fit --data FILE... --tiers FILE --out FILE [option...]\n"
    "Trains a model from labelled logs (JSONL) and writes it to --out.\n"
    "\n"
    "  --data FILE...     labelled logs; may be repeated\n"
    "  --tiers FILE       JSON: the tiers in order and which model belongs to which;\n"
    "                     a catalogue will do\n"
    "  --out FILE         where the model goes (*.tier); replaced in one step\n"
    "  --kernel KIND      linear (default: carries over to new kinds of prompts) or\n"
    "                     rbf (for a log of the very traffic that it will serve)\n"
    "  --scale KIND       irt (default: scores of different model pools on one scale of\n"
    "                     difficulty) or none (scores as they are)\n"
    "  --length-weight X   added to what the data says of the length of a prompt\n"
    "                     among its kind; default 0.5\n"
    "  --machine KIND     svr (default) or svc, with balanced classes\n"
    "  --seed N           1 unless given; the same data and seed give the same file\n"
    "  --folds N          of the cross-validation, 2 to 20; default 5\n"
    "  --rows-max N       most rows that one machine trains on; default 6000\n"
    "  --threads N        default: one a core\n"
    "  --created TIME     stands in the file; default: SOURCE_DATE_EPOCH, then now\n"
    "  --prior MODEL      lean on this model where the log does not outweigh it; none\n"
    "                     leans on nothing; default: the shipped one, if it is found\n"
    "                     beside the program and has as many tiers\n"
    "  --baseline MODEL   refuse to write a model that ranks these rows worse than this\n"
    "                     one, by more than the standard error; default: the prior. A\n"
    "                     baseline that was trained on the same rows has an easy game\n"
    "  --force            write it nonetheless, and of fewer than 200 rows\n"
    "  --strict           stop at the first bad line of the data\n"
    "  -q, --quiet        no progress\n"
    "  -h, --help         this text\n";

struct arguments {
  const char *data[4096];
  size_t data_count;
  const char *tiers;
  const char *out;
  const char *created;
  const char *baseline; /* NULL for the prior */
  const char *prior;    /* NULL for the shipped one, "none" for none */
  bool force;
  bool strict;
  bool scale;
  bool scale_given;
  struct fit_options fit;
};

enum option_code {
  OPTION_DATA = 256,
  OPTION_TIERS,
  OPTION_OUT,
  OPTION_KERNEL,
  OPTION_MACHINE,
  OPTION_SEED,
  OPTION_FOLDS,
  OPTION_ROWS,
  OPTION_THREADS,
  OPTION_CREATED,
  OPTION_SCALE,
  OPTION_LENGTH_WEIGHT,
  OPTION_BASELINE,
  OPTION_PRIOR,
  OPTION_FORCE,
  OPTION_STRICT
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"tiers", required_argument, NULL, OPTION_TIERS},
    {"out", required_argument, NULL, OPTION_OUT},
    {"kernel", required_argument, NULL, OPTION_KERNEL},
    {"machine", required_argument, NULL, OPTION_MACHINE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"folds", required_argument, NULL, OPTION_FOLDS},
    {"rows-max", required_argument, NULL, OPTION_ROWS},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"created", required_argument, NULL, OPTION_CREATED},
    {"scale", required_argument, NULL, OPTION_SCALE},
    {"length-weight", required_argument, NULL, OPTION_LENGTH_WEIGHT},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {"prior", required_argument, NULL, OPTION_PRIOR},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool misused(const char *what) {
  fprintf(stderr, "tier-train fit: %s\nTry 'tier-train fit --help'.\n", what);
  return false;
}

/* A whole number within bounds. */
static bool number(const char *name, const char *text, uint64_t least, uint64_t most,
                   uint64_t *out) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || *text < '0' || *text > '9' || *end || value < least || value > most) {
    fprintf(stderr,
            "tier-train fit: --%s: expected a whole number from %" PRIu64 " to %" PRIu64
            ", got \"%s\"\n",
            name, least, most, text);
    return false;
  }
  *out = value;
  return true;
}

static bool add_data(struct arguments *arguments, const char *path) {
  if (arguments->data_count == sizeof arguments->data / sizeof arguments->data[0])
    return misused("more than 4096 files of data");
  arguments->data[arguments->data_count++] = path;
  return true;
}

static bool take_kernel(struct arguments *arguments, const char *text) {
  arguments->fit.kernel = strcmp(text, "rbf") == 0 ? SVM_RBF : SVM_LINEAR;
  return strcmp(text, "rbf") == 0 || strcmp(text, "linear") == 0 ||
         misused("--kernel: expected linear or rbf");
}

static bool take_machine(struct arguments *arguments, const char *text) {
  arguments->fit.kind = strcmp(text, "svc") == 0 ? MACHINE_CLASSIFICATION : MACHINE_REGRESSION;
  return strcmp(text, "svc") == 0 || strcmp(text, "svr") == 0 ||
         misused("--machine: expected svr or svc");
}

static bool take_scale(struct arguments *arguments, const char *text) {
  arguments->scale = strcmp(text, "irt") == 0;
  arguments->scale_given = true;
  return arguments->scale || strcmp(text, "none") == 0 || misused("--scale: expected irt or none");
}

static bool take_length_weight(struct arguments *arguments, const char *text) {
  char *end;
  double value = strtod(text, &end);
  arguments->fit.length_weight = value;
  return (end != text && !*end && value >= 0 && value <= 10) ||
         misused("--length-weight: expected a number from 0 to 10");
}

static bool take_option(struct arguments *arguments, int code) {
  uint64_t value = 0;
  bool ok = true;
  switch (code) {
  case OPTION_DATA:
    return add_data(arguments, optarg);
  case OPTION_TIERS:
    arguments->tiers = optarg;
    return true;
  case OPTION_OUT:
    arguments->out = optarg;
    return true;
  case OPTION_KERNEL:
    return take_kernel(arguments, optarg);
  case OPTION_MACHINE:
    return take_machine(arguments, optarg);
  case OPTION_SEED:
    return number("seed", optarg, 0, UINT64_MAX, &arguments->fit.seed);
  case OPTION_FOLDS:
    ok = number("folds", optarg, 2, FIT_FOLDS_MAX, &value);
    arguments->fit.folds = (size_t)value;
    return ok;
  case OPTION_ROWS:
    ok = number("rows-max", optarg, 40, 1000000, &value);
    arguments->fit.rows_max = (size_t)value;
    return ok;
  case OPTION_THREADS:
    ok = number("threads", optarg, 1, 64, &value);
    arguments->fit.threads = (size_t)value;
    return ok;
  case OPTION_CREATED:
    arguments->created = optarg;
    return true;
  case OPTION_SCALE:
    return take_scale(arguments, optarg);
  case OPTION_LENGTH_WEIGHT:
    return take_length_weight(arguments, optarg);
  case OPTION_BASELINE:
    arguments->baseline = optarg;
    return true;
  case OPTION_PRIOR:
    arguments->prior = optarg;
    return true;
  case OPTION_FORCE:
    arguments->force = true;
    return true;
  case OPTION_STRICT:
    arguments->strict = true;
    return true;
  case 'q':
    arguments->fit.progress = NULL;
    return true;
  default:
    fprintf(stderr, "Try 'tier-train fit --help'.\n");
    return false;
  }
}

/* Words that are no options belong to the --data before them, so that a shell's
 * wildcard works. */
static bool parse_arguments(struct arguments *arguments, int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  *arguments = (struct arguments){.scale = true,
                                  .fit = {.kernel = SVM_LINEAR,
                                          .kind = MACHINE_REGRESSION,
                                          .seed = 1,
                                          .folds = 5,
                                          .rows_max = 6000,
                                          .length_weight = 0.5,
                                          .threads = cores > 0 ? (size_t)cores : 1,
                                          .progress = stderr}};
  int code;
  optind = 1;
  while ((code = getopt_long(argc, argv, "-qh", long_options, NULL)) != -1) {
    if (code == 1 ? !(arguments->data_count > 0 ? add_data(arguments, optarg)
                                                : misused("unexpected argument before --data"))
                  : !take_option(arguments, code))
      return false;
  }
  if (arguments->data_count == 0 || !arguments->tiers || !arguments->out)
    return misused("--data, --tiers and --out are needed");
  return true;
}

static void show_progress(size_t done, size_t of) {
  bool terminal = isatty(STDERR_FILENO) == 1;
  if (terminal)
    fprintf(stderr, "\rfeatures: %zu of %zu rows%s", done, of, done == of ? "\n" : "");
  else if (done == of)
    fprintf(stderr, "features: %zu rows\n", of);
}

static bool created_time(const struct arguments *arguments, char out[32]) {
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
static bool scale_scores(const struct arguments *arguments, struct dataset *dataset,
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
static bool take_prior(struct arguments *arguments, const struct tier_map *map,
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
static bool enough_rows(const struct arguments *arguments, const struct dataset *dataset) {
  if (dataset->count >= ROWS_MIN || arguments->force)
    return true;
  fprintf(stderr,
          "tier-train fit: only %zu rows can be used (%zu have no usable label or outcome); at "
          "least %d are needed to tell a better model from a worse one: collect more feedback, "
          "or write a model nonetheless with --force\n",
          dataset->count, dataset->unused_rows, ROWS_MIN);
  return false;
}

static bool train_and_write(const struct arguments *arguments, struct labelled_log *log,
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
  static struct arguments arguments;
  struct labelled_log log;
  struct tier_map map = {0};
  struct dataset dataset = {0};
  struct fit *fit = calloc(1, sizeof *fit);
  struct model *baseline = NULL;
  static struct prior prior;
  char why[256];
  if (command_help(argc, argv, usage)) {
    free(fit);
    return 0;
  }
  if (!fit || !parse_arguments(&arguments, argc, argv)) {
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
