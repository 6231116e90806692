/* command_diff.c - `tier-train diff`: arguments, and diff.c's figures as a table or as
 * JSON. Prompt text is shown on demand alone. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/command_data.h"
#include "classifier/train/commands.h"
#include "classifier/train/diff.h"

static const char usage[] =
    "usage: tier-train diff A B --data FILE... --tiers FILE [option...]\n"
    "Says which decisions change when model B replaces model A, and what that does to\n"
    "cost and, where outcomes or labels tell, to quality.\n"
    "\n"
    "  --data FILE...     logs, labelled or not; may be repeated\n"
    "  --tiers FILE       JSON: the tiers in order and which model belongs to which;\n"
    "                     a catalogue will do; its tiers must be the models'\n"
    "  --quality Q        asked of both models, 0 to 1; default 0.95\n"
    "  --seed N           of the bootstrap, 1 unless given\n"
    "  --show-text        the first 60 characters of the ten most changed prompts\n"
    "  --json             JSON instead of tables\n"
    "  --strict           stop at the first bad line of the data\n"
    "  -h, --help         this text\n";

enum { TEXT_CHARACTERS = 60 };

struct arguments {
  struct command_data data;
  double quality;
  uint64_t seed;
  bool show_text;
  bool json;
};

enum option_code {
  OPTION_DATA = 256,
  OPTION_TIERS,
  OPTION_QUALITY,
  OPTION_SEED,
  OPTION_SHOW_TEXT,
  OPTION_JSON,
  OPTION_STRICT
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"tiers", required_argument, NULL, OPTION_TIERS},
    {"quality", required_argument, NULL, OPTION_QUALITY},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"show-text", no_argument, NULL, OPTION_SHOW_TEXT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* NaN fails both comparisons. */
static bool take_quality(struct arguments *arguments, const char *text) {
  char *end;
  arguments->quality = strtod(text, &end);
  return (end != text && !*end && arguments->quality >= 0 && arguments->quality <= 1) ||
         command_misused(arguments->data.name, "--quality: expected a number from 0 to 1");
}

static bool take_seed(struct arguments *arguments, const char *text) {
  char *end;
  errno = 0;
  arguments->seed = strtoull(text, &end, 10);
  return (!errno && *text >= '0' && *text <= '9' && !*end) ||
         command_misused(arguments->data.name, "--seed: expected a whole number");
}

static bool take_option(struct arguments *arguments, int code) {
  switch (code) {
  case OPTION_DATA:
    return command_add_file(&arguments->data, optarg);
  case OPTION_TIERS:
    arguments->data.tiers = optarg;
    return true;
  case OPTION_QUALITY:
    return take_quality(arguments, optarg);
  case OPTION_SEED:
    return take_seed(arguments, optarg);
  case OPTION_SHOW_TEXT:
    arguments->show_text = true;
    return true;
  case OPTION_JSON:
    arguments->json = true;
    return true;
  case OPTION_STRICT:
    arguments->data.strict = true;
    return true;
  default: /* getopt has said what */
    fprintf(stderr, "Try '%s --help'.\n", arguments->data.name);
    return false;
  }
}

/* Words that are no options belong to the --data right before them, so that a shell's
 * wildcard works; the others are the models. */
static bool parse_arguments(struct arguments *arguments, int argc, char **argv) {
  struct command_data *data = &arguments->data;
  bool after_data = false;
  int code;
  optind = 1;
  while ((code = getopt_long(argc, argv, "-h", long_options, NULL)) != -1) {
    if (code == 1 ? !command_add_word(data, optarg, after_data, 2) : !take_option(arguments, code))
      return false;
    after_data = code == OPTION_DATA || (code == 1 && after_data);
  }
  if (data->models_count != 2 || data->files_count == 0 || !data->tiers)
    return command_misused(data->name, "two models, --data and --tiers are needed");
  return true;
}

/* How a row is called: its id, else where it stands. */
static void row_name(char *out, size_t size, const struct labelled_log *log, size_t at) {
  const struct labelled_row *row = &log->rows[at];
  char place[512];
  snprintf(place, sizeof place, "%.480s:%" PRIu32, log->files[row->file].path, row->line);
  command_show(out, size, span_of(*row->id ? row->id : place), 200);
}

/* The beginning of the question, without its envelope. */
static void row_text(char *out, size_t size, const struct labelled_log *log, size_t at) {
  struct question question;
  conversation_question(&log->rows[at].conversation, &question);
  command_show(out, size, question.spans_count ? question.spans[0] : span_of(""), TEXT_CHARACTERS);
}

/* Rows are what A chose, columns what B does. */
static void print_matrix(const struct tier_map *map, const struct diff *diff) {
  printf("\n%-16s", "A \\ B");
  for (size_t t = 0; t < map->tiers_count; t++)
    printf(" %12.12s", map->names[t]);
  printf("\n");
  for (size_t a = 0; a < map->tiers_count; a++) {
    printf("%-16.16s", map->names[a]);
    for (size_t b = 0; b < map->tiers_count; b++)
      printf(" %12zu", diff->matrix[a][b]);
    printf("\n");
  }
}

/* Ids alone unless asked, since a log's prompts may be private. */
static void print_most(const struct arguments *arguments, const struct diff *diff) {
  const struct tier_map *map = &arguments->data.map;
  if (diff->most_count > 0)
    printf("\nmost changed by probability of being good enough:\n");
  for (size_t i = 0; i < diff->most_count; i++) {
    const struct diff_row *row = &diff->most[i];
    char text[1024];
    row_name(text, sizeof text, &arguments->data.log, row->row);
    printf("  %-12.12s %.3f -> %.3f  %s -> %s  %s\n", map->names[row->tier], (double)row->before,
           (double)row->after, map->names[row->chosen_before], map->names[row->chosen_after], text);
    if (!arguments->show_text)
      continue;
    row_text(text, sizeof text, &arguments->data.log, row->row);
    printf("      %s\n", text);
  }
}

static void print_table(const struct arguments *arguments, const struct diff *diff) {
  printf("%zu rows at quality %g: %zu decisions change (%.1f %%)\n", diff->rows, arguments->quality,
         diff->changed, 100 * (double)diff->changed / (double)diff->rows);
  print_matrix(&arguments->data.map, diff);
  printf("\ncost     %.3f -> %.3f, %+.3f of always taking the top tier\n", diff->cost_before,
         diff->cost_after, diff->cost_after - diff->cost_before);
  if (diff->known > 0)
    printf("quality  %.3f -> %.3f, %+.3f (95 %% interval %+.3f to %+.3f) on the %zu rows that "
           "tell\n",
           diff->quality_before, diff->quality_after, diff->quality_after - diff->quality_before,
           diff->change_low, diff->change_high, diff->known);
  else
    printf("quality  unknown: no row has a known label or outcomes of mapped models\n");
  print_most(arguments, diff);
}

/* The same fields as the table's lines; text only with --show-text here too. */
static cJSON *most_json(const struct arguments *arguments, const struct diff_row *row) {
  const struct tier_map *map = &arguments->data.map;
  const struct labelled_log *log = &arguments->data.log;
  char text[1024];
  cJSON *object = cJSON_CreateObject();
  row_name(text, sizeof text, log, row->row);
  cJSON_AddStringToObject(object, "id", text);
  cJSON_AddStringToObject(object, "tier", map->names[row->tier]);
  cJSON_AddNumberToObject(object, "before", (double)row->before);
  cJSON_AddNumberToObject(object, "after", (double)row->after);
  cJSON_AddStringToObject(object, "chosen_before", map->names[row->chosen_before]);
  cJSON_AddStringToObject(object, "chosen_after", map->names[row->chosen_after]);
  if (arguments->show_text) {
    row_text(text, sizeof text, log, row->row);
    cJSON_AddStringToObject(object, "text", text);
  }
  return object;
}

static cJSON *change_json(double before, double after) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "before", before);
  cJSON_AddNumberToObject(object, "after", after);
  cJSON_AddNumberToObject(object, "change", after - before);
  return object;
}

/* Names are stable, since scripts read them; what is not known is null. */
static bool print_json(const struct arguments *arguments, const struct diff *diff) {
  const struct tier_map *map = &arguments->data.map;
  cJSON *object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "rows", (double)diff->rows);
  cJSON_AddNumberToObject(object, "asked", arguments->quality);
  cJSON_AddNumberToObject(object, "changed", (double)diff->changed);
  cJSON_AddNumberToObject(object, "changed_share", (double)diff->changed / (double)diff->rows);
  cJSON *matrix = cJSON_AddObjectToObject(object, "matrix");
  for (size_t a = 0; a < map->tiers_count; a++) {
    cJSON *line = cJSON_AddObjectToObject(matrix, map->names[a]);
    for (size_t b = 0; b < map->tiers_count; b++)
      cJSON_AddNumberToObject(line, map->names[b], (double)diff->matrix[a][b]);
  }
  cJSON_AddItemToObject(object, "cost", change_json(diff->cost_before, diff->cost_after));
  cJSON *quality = change_json(diff->quality_before, diff->quality_after);
  cJSON_AddNumberToObject(quality, "low", diff->change_low);
  cJSON_AddNumberToObject(quality, "high", diff->change_high);
  cJSON_AddNumberToObject(quality, "rows", (double)diff->known);
  cJSON_AddItemToObject(object, "quality", quality);
  cJSON_AddNumberToObject(object, "bad_lines", (double)command_bad_lines(&arguments->data.log));
  cJSON *most = cJSON_AddArrayToObject(object, "most_changed");
  for (size_t i = 0; i < diff->most_count; i++)
    cJSON_AddItemToArray(most, most_json(arguments, &diff->most[i]));
  return command_print_json(object);
}

/* Both models judge all rows before anything is compared; one place releases it all. */
static bool run(struct arguments *arguments) {
  struct command_data *data = &arguments->data;
  struct model *models[2] = {NULL, NULL};
  struct judgement *judged[2] = {NULL, NULL};
  struct diff diff;
  bool ok = command_data_read(data) &&
            command_load_model(data->name, data->models[0], &data->map, &models[0]) &&
            command_load_model(data->name, data->models[1], &data->map, &models[1]);
  if (ok) {
    const struct decision_rule rules[2] = {decisions_rule(models[0], arguments->quality),
                                           decisions_rule(models[1], arguments->quality)};
    ok = decisions_judge(&judged[0], models[0], &data->log) &&
         decisions_judge(&judged[1], models[1], &data->log) &&
         diff_measure(&data->dataset, &data->log, &data->map,
                      (const struct judgement *const[2]){judged[0], judged[1]}, rules,
                      arguments->seed, &diff);
    if (ok && arguments->json)
      ok = print_json(arguments, &diff);
    else if (ok)
      print_table(arguments, &diff);
    if (!ok)
      fprintf(stderr, "%s: out of memory\n", data->name);
  }
  for (size_t m = 0; m < 2; m++) {
    free(judged[m]);
    model_destroy(models[m]);
  }
  command_data_deinit(data);
  return ok;
}

int command_diff(int argc, char **argv) {
  struct arguments arguments = {.data.name = "tier-train diff", .quality = 0.95, .seed = 1};
  if (command_help(argc, argv, usage))
    return 0;
  if (!parse_arguments(&arguments, argc, argv))
    return 2;
  return run(&arguments) ? 0 : 1;
}
