/* micro.c - `tier-bench micro`: options, the two measurements, the report. */
#include "bench/micro/micro.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "bench/flags/flags.h"
#include "bench/micro/stages.h"
#include "bench/micro/versus.h"

enum { EXIT_USAGE = 2 };

/* Defaults are those of a run from the top of the tree. */
struct options {
  const char *model, *catalog;
  uint64_t runs, seed, rows_percent;
  double run_ms;
  bool json;
};

/* Both measurements, so that either form of output has all of it. */
struct results {
  struct stages_result stages;
  struct versus_result versus[VERSUS_MACHINES];
};

/* Ranges are for what would take hours or measure nothing. */
static enum flags_result parse(struct options *o, int argc, char **argv) {
  const struct flag table[] = {
      {"model", "FILE", "trained model (default models/default.tier)", FLAG_TEXT, &o->model, 0, 0},
      {"catalog", "FILE", "catalogue (default models/catalog.json)", FLAG_TEXT, &o->catalog, 0, 0},
      {"runs", "N", "runs to take the median of (default 11)", FLAG_COUNT, &o->runs, 1,
       MEASURE_RUNS_MAX},
      {"run-ms", "MS", "least time of a run (default 20)", FLAG_NUMBER, &o->run_ms, 0.001, 10000},
      {"seed", "N", "of prompts and training data (default 1)", FLAG_COUNT, &o->seed, 0, 1e15},
      {"rows-percent", "N", "train on so much of the rows, to be quick (default 100)", FLAG_COUNT,
       &o->rows_percent, 10, 100},
      {"json", NULL, "print one JSON object", FLAG_SET, &o->json, 0, 0},
  };
  const struct flags flags = {
      "tier-bench micro",
      "[OPTION]...",
      "Measures the stages of a decision on prompts of 100 bytes to 50 KB, and the\n"
      "scorer against libsvm's svm_predict_probability() on machines trained here.",
      "\nparse is body to request; features and score are parts of decide; encode is the\n"
      "answer's JSON and headers.\n",
      table,
      sizeof table / sizeof table[0],
      sizeof table / sizeof table[0]};
  return flags_parse(&flags, argc, argv, NULL);
}

/* Of the prompt, whatever part of it the stage looks at. */
static double bytes_per_s(const struct results *r, size_t size, size_t stage) {
  return (double)stage_sizes[size] / r->stages.ns[size][stage] * 1e9;
}

/* For people: a table of stages and one of scorers. */
static void print_text(const struct results *r) {
  (void)printf("%-10s %12s %12s %12s\n", "stage", "prompt bytes", "ns", "MB/s");
  for (size_t stage = 0; stage < STAGES; stage++)
    for (size_t size = 0; size < STAGE_SIZES; size++)
      (void)printf("%-10s %12zu %12.0f %12.1f\n", stage_name((enum stage)stage), stage_sizes[size],
                   r->stages.ns[size][stage], bytes_per_s(r, size, stage) / 1e6);
  /* Beside libsvm, which is what most would use to score. */
  (void)printf("\n%-8s %8s %12s %12s %8s %s\n", "kernel", "vectors", "libsvm ns", "ours ns",
               "ratio", "largest difference");
  for (size_t i = 0; i < VERSUS_MACHINES; i++) {
    const struct versus_result *v = &r->versus[i];
    (void)printf("%-8s %8zu %12.0f %12.0f %8.1f %.2e\n", v->kernel, v->vectors, v->libsvm_ns,
                 v->ours_ns, v->libsvm_ns / v->ours_ns, v->difference);
  }
}

/* The keys are stable: ratios.py reads them. */
static cJSON *stages_json(const struct results *r) {
  cJSON *array = cJSON_CreateArray();
  for (size_t stage = 0; stage < STAGES; stage++)
    for (size_t size = 0; size < STAGE_SIZES; size++) {
      cJSON *row = cJSON_CreateObject();
      cJSON_AddStringToObject(row, "stage", stage_name((enum stage)stage));
      cJSON_AddNumberToObject(row, "prompt_bytes", (double)stage_sizes[size]);
      cJSON_AddNumberToObject(row, "ns", r->stages.ns[size][stage]);
      cJSON_AddNumberToObject(row, "bytes_per_s", bytes_per_s(r, size, stage));
      cJSON_AddItemToArray(array, row);
    }
  return array;
}

/* With the largest difference of the probabilities: a ratio of two different answers is
 * worth nothing. */
static cJSON *versus_json(const struct results *r) {
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; i < VERSUS_MACHINES; i++) {
    const struct versus_result *v = &r->versus[i];
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "kernel", v->kernel);
    cJSON_AddNumberToObject(row, "vectors", (double)v->vectors);
    cJSON_AddNumberToObject(row, "libsvm_ns", v->libsvm_ns);
    cJSON_AddNumberToObject(row, "ours_ns", v->ours_ns);
    cJSON_AddNumberToObject(row, "ratio", v->libsvm_ns / v->ours_ns);
    cJSON_AddNumberToObject(row, "difference", v->difference);
    cJSON_AddItemToArray(array, row);
  }
  return array;
}

/* Without memory for the tree there is no text, and nothing is printed. */
static void print_json(const struct results *r) {
  cJSON *root = cJSON_CreateObject();
  cJSON_AddItemToObject(root, "stages", stages_json(r));
  cJSON_AddItemToObject(root, "scorers", versus_json(r));
  char *text = cJSON_PrintUnformatted(root);
  if (text)
    (void)puts(text);
  cJSON_free(text);
  cJSON_Delete(root);
}

/* Stages first: training takes seconds, and a wrong path should be said before. */
int micro_main(int argc, char **argv) {
  struct options o = {.model = "models/default.tier",
                      .catalog = "models/catalog.json",
                      .runs = 11,
                      .seed = 1,
                      .rows_percent = 100,
                      .run_ms = 20};
  struct results results;
  char why[512];
  /* --help is no error. */
  enum flags_result parsed = parse(&o, argc, argv);
  if (parsed != FLAGS_OK)
    return parsed == FLAGS_HELP ? 0 : EXIT_USAGE;
  const struct measure how = {.runs = (size_t)o.runs, .run_ns = o.run_ms * 1e6};
  if (!stages_measure(&how, o.model, o.catalog, o.seed, &results.stages, why, sizeof why) ||
      !versus_measure(&how, o.seed, (unsigned)o.rows_percent, results.versus, why, sizeof why)) {
    (void)fprintf(stderr, "tier-bench micro: %s\n", why);
    return EXIT_USAGE;
  }
  if (o.json)
    print_json(&results);
  else
    print_text(&results);
  return 0;
}
