/* command_eval.c - `tier-train eval`: arguments, and evaluate.c's figures as a table or
 * as JSON. */
#include <cjson/cJSON.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/apgr.h"
#include "classifier/train/command_data.h"
#include "classifier/train/commands.h"
#include "classifier/train/evaluate.h"

static const char usage[] =
    "usage: tier-train eval MODEL --data FILE... --tiers FILE [option...]\n"
    "Says how good a model's decisions are on labelled logs: for each file and over\n"
    "all, quality and cost of always taking the cheapest tier, of always taking the\n"
    "top one, and of the model's choices at quality 0.90, 0.95 and 0.99.\n"
    "\n"
    "  --data FILE...     labelled logs; may be repeated\n"
    "  --tiers FILE       JSON: the tiers in order and which model belongs to which;\n"
    "                     a catalogue will do; its tiers must be the model's\n"
    "  --json             JSON instead of tables\n"
    "  --strict           stop at the first bad line of the data\n"
    "  -h, --help         this text\n"
    "\n"
    "Rows that a model was trained on flatter it; give rows that it has not seen.\n";

struct arguments {
  struct command_data data;
  bool json;
};

enum option_code { OPTION_DATA = 256, OPTION_TIERS, OPTION_JSON, OPTION_STRICT };

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"tiers", required_argument, NULL, OPTION_TIERS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Words that are no options belong to the --data right before them, so that a shell's
 * wildcard works; any other is the model. */
static bool parse_arguments(struct arguments *arguments, int argc, char **argv) {
  struct command_data *data = &arguments->data;
  bool after_data = false;
  int code;
  optind = 1;
  while ((code = getopt_long(argc, argv, "-h", long_options, NULL)) != -1) {
    bool ok = true;
    if (code == 1)
      ok = command_add_word(data, optarg, after_data, 1);
    else if (code == OPTION_DATA)
      ok = command_add_file(data, optarg);
    else if (code == OPTION_TIERS)
      data->tiers = optarg;
    else if (code == OPTION_JSON)
      arguments->json = true;
    else if (code == OPTION_STRICT)
      data->strict = true;
    else /* getopt has said what it does not know */
      ok = !fprintf(stderr, "Try '%s --help'.\n", data->name);
    if (!ok)
      return false;
    after_data = code == OPTION_DATA || (code == 1 && after_data);
  }
  if (data->models_count != 1 || data->files_count == 0 || !data->tiers)
    return command_misused(data->name, "a model, --data and --tiers are needed");
  return true;
}

/* evaluate.c's order: the two fixed policies first. */
static void policy_name(char out[24], size_t policy) {
  if (policy < 2)
    snprintf(out, 24, "%s", policy == 0 ? "always cheapest" : "always top");
  else
    snprintf(out, 24, "quality %.2f", evaluate_qualities[policy - 2]);
}

/* NaN, which prints as "-" and in JSON as null, when there is nothing to divide by:
 * what is not known is not 0. */
static double ratio(double part, double whole) {
  return whole > 0 ? part / whole : NAN;
}

static void print_figure(double value) {
  if (isnan(value))
    printf(" %7s", "-");
  else
    printf(" %7.3f", value);
}

static void print_policies(const struct tier_map *map, const struct evaluation *of) {
  for (size_t p = 0; p < EVALUATE_POLICIES; p++) {
    const struct tally *tally = &of->policies[p];
    char name[24];
    policy_name(name, p);
    printf("  %-16s", name);
    print_figure(ratio(tally->quality, (double)tally->rows));
    print_figure(ratio(tally->quality, tally->quality_top));
    print_figure(ratio(tally->cost, tally->cost_top));
    print_figure(ratio(tally->under_routed, (double)tally->under_known));
    for (size_t t = 0; t < map->tiers_count; t++)
      printf(" %8zu", tally->tiers[t]);
    printf("\n");
  }
}

static void print_evaluation(const struct tier_map *map, const struct evaluation *of) {
  char source[256] = "all rows";
  if (of->source)
    command_show(source, sizeof source, span_of(of->source), 80);
  printf("\n%s: %zu rows, %zu abstained (%.1f %%)\n", source, of->rows, of->abstained,
         of->rows ? 100 * (double)of->abstained / (double)of->rows : 0.0);
  printf("  APGR");
  print_figure(of->apgr);
  printf("  of length");
  print_figure(of->apgr_length);
  printf("  ECE");
  for (size_t t = 0; t + 1 < map->tiers_count; t++) {
    printf("  %s", map->names[t]);
    print_figure(of->ece[t]);
  }
  printf("\n  %-16s %7s %7s %7s %7s", "policy", "quality", "kept", "cost", "under");
  for (size_t t = 0; t < map->tiers_count; t++)
    printf(" %8.8s", map->names[t]);
  printf("\n");
  print_policies(map, of);
}

static void print_table(const struct command_data *data, const struct model *model,
                        const struct evaluation *of) {
  printf("model %s, version %s\n%zu rows used, %zu without a usable label; %zu models in no "
         "tier\n",
         data->models[0], model_version(model), data->dataset.count, data->dataset.unused_rows,
         data->dataset.unmapped_models);
  size_t sources = data->dataset.sources_count;
  for (size_t s = sources == 1 ? 1 : 0; s <= sources; s++) /* one source is all rows */
    print_evaluation(&data->map, &of[s]);
  printf("\nkept: of the top tier's quality; cost: of always taking the top tier; under: share "
         "sent to a\ntier that was not good enough; then rows a tier, abstained ones in the top "
         "one. APGR: of the\ngap between the cheapest tier and the best, what the model's ranking "
         "recovers; 0.5 is random;\nover all rows the mean over sources with %d rows or more. "
         "ECE: calibration error.\n",
         APGR_ROWS_MIN);
}

/* Names are stable, since scripts read them. */
static cJSON *policy_json(const struct tier_map *map, const struct tally *tally, size_t policy) {
  static const char *const fixed[] = {"always_cheapest", "always_top"};
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "policy", policy < 2 ? fixed[policy] : "model");
  if (policy >= 2)
    cJSON_AddNumberToObject(object, "asked", evaluate_qualities[policy - 2]);
  cJSON_AddNumberToObject(object, "quality", ratio(tally->quality, (double)tally->rows));
  cJSON_AddNumberToObject(object, "kept", ratio(tally->quality, tally->quality_top));
  cJSON_AddNumberToObject(object, "cost", ratio(tally->cost, tally->cost_top));
  cJSON_AddNumberToObject(object, "under_routed",
                          ratio(tally->under_routed, (double)tally->under_known));
  cJSON *tiers = cJSON_AddObjectToObject(object, "tiers");
  for (size_t t = 0; t < map->tiers_count; t++)
    cJSON_AddNumberToObject(tiers, map->names[t], (double)tally->tiers[t]);
  return object;
}

static cJSON *evaluation_json(const struct tier_map *map, const struct evaluation *of) {
  cJSON *object = cJSON_CreateObject();
  char source[1024];
  if (of->source)
    command_show(source, sizeof source, span_of(of->source), sizeof source);
  cJSON_AddItemToObject(object, "source",
                        of->source ? cJSON_CreateString(source) : cJSON_CreateNull());
  cJSON_AddNumberToObject(object, "rows", (double)of->rows);
  cJSON_AddNumberToObject(object, "abstained", ratio((double)of->abstained, (double)of->rows));
  cJSON_AddNumberToObject(object, "apgr", of->apgr);
  cJSON_AddNumberToObject(object, "apgr_length", of->apgr_length);
  cJSON *ece = cJSON_AddObjectToObject(object, "ece");
  for (size_t t = 0; t + 1 < map->tiers_count; t++)
    cJSON_AddNumberToObject(ece, map->names[t], of->ece[t]);
  cJSON *policies = cJSON_AddArrayToObject(object, "policies");
  for (size_t p = 0; p < EVALUATE_POLICIES; p++)
    cJSON_AddItemToArray(policies, policy_json(map, &of->policies[p], p));
  return object;
}

static bool print_json(const struct command_data *data, const struct model *model,
                       const struct evaluation *of) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "model_version", model_version(model));
  cJSON_AddNumberToObject(object, "unused_rows", (double)data->dataset.unused_rows);
  cJSON_AddNumberToObject(object, "bad_lines", (double)command_bad_lines(&data->log));
  cJSON *sources = cJSON_AddArrayToObject(object, "sources");
  for (size_t s = 0; s < data->dataset.sources_count; s++)
    cJSON_AddItemToArray(sources, evaluation_json(&data->map, &of[s]));
  cJSON_AddItemToObject(object, "all",
                        evaluation_json(&data->map, &of[data->dataset.sources_count]));
  return command_print_json(object);
}

/* Reads everything, measures, prints, and releases it all at one place. */
static bool run(struct arguments *arguments) {
  struct command_data *data = &arguments->data;
  struct model *model = NULL;
  struct judgement *judged = NULL;
  struct evaluation *of = NULL;
  bool ok = command_data_read(data) &&
            command_load_model(data->name, data->models[0], &data->map, &model);
  if (ok && data->dataset.count == 0) {
    fprintf(stderr, "%s: no row has a known label or outcomes of mapped models\n", data->name);
    ok = false;
  } else if (ok) {
    of = calloc(data->dataset.sources_count + 1, sizeof *of);
    ok = of && decisions_judge(&judged, model, &data->log) &&
         evaluate(&data->dataset, &data->log, &data->map, model, judged, of);
    if (ok && arguments->json)
      ok = print_json(data, model, of);
    else if (ok)
      print_table(data, model, of);
    if (!ok)
      fprintf(stderr, "%s: out of memory\n", data->name);
  }
  free(of);
  free(judged);
  model_destroy(model);
  command_data_deinit(data);
  return ok;
}

int command_eval(int argc, char **argv) {
  struct arguments arguments = {.data.name = "tier-train eval"};
  if (command_help(argc, argv, usage))
    return 0;
  if (!parse_arguments(&arguments, argc, argv))
    return 2;
  return run(&arguments) ? 0 : 1;
}
