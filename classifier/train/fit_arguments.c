/* fit_arguments.c - reads the command line of `tier-train fit`, with its defaults.
 *
 * Numbers are held to their bounds here; files are opened by those who read them. What
 * --help says of each option is in fit_help.c. */
#include "classifier/train/fit_arguments.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_code {
  OPTION_DATA = 256,
  OPTION_FEATURES,
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
    {"features", required_argument, NULL, OPTION_FEATURES},
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
    {"help-all", no_argument, NULL, 'h'}, /* fit_help() has seen to both */
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

static bool add_data(struct fit_arguments *arguments, const char *path) {
  if (arguments->data_count == COMMAND_FILES_MAX)
    return misused("more than 4096 files of data");
  arguments->data[arguments->data_count++] = path;
  arguments->in_shards = false;
  return true;
}

static bool add_shard(struct fit_arguments *arguments, const char *path) {
  if (arguments->shards_count == COMMAND_FILES_MAX)
    return misused("more than 4096 shards; concatenated they are fewer");
  arguments->shards[arguments->shards_count++] = path;
  arguments->in_shards = true;
  return true;
}

/* A word that is no option belongs to the --data or --features before it. */
static bool add_word(struct fit_arguments *arguments, const char *word) {
  if (arguments->data_count + arguments->shards_count == 0)
    return misused("unexpected argument before --data");
  return arguments->in_shards ? add_shard(arguments, word) : add_data(arguments, word);
}

static bool take_kernel(struct fit_arguments *arguments, const char *text) {
  arguments->fit.kernel = strcmp(text, "rbf") == 0 ? SVM_RBF : SVM_LINEAR;
  return strcmp(text, "rbf") == 0 || strcmp(text, "linear") == 0 ||
         misused("--kernel: expected linear or rbf");
}

static bool take_machine(struct fit_arguments *arguments, const char *text) {
  arguments->fit.kind = strcmp(text, "svc") == 0 ? MACHINE_CLASSIFICATION : MACHINE_REGRESSION;
  return strcmp(text, "svc") == 0 || strcmp(text, "svr") == 0 ||
         misused("--machine: expected svr or svc");
}

static bool take_scale(struct fit_arguments *arguments, const char *text) {
  arguments->scale = strcmp(text, "irt") == 0;
  arguments->scale_given = true;
  return arguments->scale || strcmp(text, "none") == 0 || misused("--scale: expected irt or none");
}

static bool take_length_weight(struct fit_arguments *arguments, const char *text) {
  char *end;
  double value = strtod(text, &end);
  arguments->fit.length_weight = value;
  return (end != text && !*end && value >= 0 && value <= 10) ||
         misused("--length-weight: expected a number from 0 to 10");
}

static bool take_option(struct fit_arguments *arguments, int code) {
  uint64_t value = 0;
  bool ok = true;
  switch (code) {
  case OPTION_DATA:
    return add_data(arguments, optarg);
  case OPTION_FEATURES:
    return add_shard(arguments, optarg);
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

/* Words need no option each, so that a shell's wildcard works. */
bool fit_arguments_parse(struct fit_arguments *arguments, int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  *arguments = (struct fit_arguments){.scale = true,
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
    if (code == 1 ? !add_word(arguments, optarg) : !take_option(arguments, code))
      return false;
  }
  if (arguments->data_count + arguments->shards_count == 0 || !arguments->tiers || !arguments->out)
    return misused("--data (or --features), --tiers and --out are needed");
  return true;
}
