/* data.c - gathers what a run measures: logs, prices, and scores or a model.
 *
 * Logs are read by classifier/train; here their rows get the names that groups are
 * made of: data set (the file's name), task and language. Costs are in costs.c,
 * predictions in predict.c.
 */
#include "bench/accuracy/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accuracy/scores.h"
#include "daemon/router/tokens.h"

/* The index of a name that is added when new. Lists are short or in runs, so the
 * newest name is looked at first. */
static uint32_t name_index(struct labelled_log_memory *memory, struct name_list *list,
                           const char *name) {
  for (size_t i = list->count; i > 0; i--)
    if (strcmp(list->names[i - 1], name) == 0)
      return (uint32_t)(i - 1);
  size_t capacity = list->capacity;
  list->names = bench_grow(list->names, list->count, &capacity, sizeof *list->names);
  list->cleaned = bench_grow(list->cleaned, list->count, &list->capacity, sizeof *list->cleaned);
  list->names[list->count] = name;
  list->cleaned[list->count] = bench_clean_copy(memory, name);
  return (uint32_t)list->count++;
}

/* "data/routellm_mmlu.jsonl" is the data set routellm_mmlu. */
static const char *dataset_name(struct labelled_log_memory *memory, const char *path) {
  const char *slash = strrchr(path, '/');
  char *name = bench_copy(memory, slash ? slash + 1 : path);
  size_t len = strlen(name);
  if (len > 6 && strcmp(name + len - 6, ".jsonl") == 0)
    name[len - 6] = '\0';
  return name;
}

/* Code points of a text; bytes that continue one are not counted. */
static double code_points(struct span text) {
  size_t count = 0;
  for (size_t i = 0; i < text.len; i++)
    count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
  return (double)count;
}

/* What every measure asks of a row is found out once, here. */
static void fill_rows(struct bench_data *data) {
  data->rows_count = data->log.rows_count;
  data->rows = bench_take(data->memory, data->rows_count, sizeof *data->rows);
  uint32_t *datasets = bench_take(data->memory, data->log.files_count, sizeof *datasets);
  for (size_t f = 0; f < data->log.files_count; f++)
    datasets[f] = name_index(data->memory, &data->datasets,
                             dataset_name(data->memory, data->log.files[f].path));
  for (size_t i = 0; i < data->rows_count; i++) {
    const struct labelled_row *from = &data->log.rows[i];
    struct bench_row *row = &data->rows[i];
    row->labelled = from;
    row->dataset = datasets[from->file];
    row->task = name_index(data->memory, &data->tasks, from->task[0] ? from->task : "(none)");
    row->lang = name_index(data->memory, &data->langs, from->lang[0] ? from->lang : "(not stated)");
    for (size_t t = 0; t < from->conversation.turns_count; t++)
      row->chars += code_points(from->conversation.turns[t].text);
    /* Counted once for all tokenizers; the estimate for each model follows from it. */
    tokens_count_conversation(&from->conversation, &row->counts);
  }
}

/* One log of all files: rows keep the number of theirs. */
static bool read_logs(const struct bench_options *options, struct bench_data *data) {
  const struct labelled_log_options log_options = {.strict = options->strict,
                                                   .diagnostics = stderr};
  for (size_t i = 0; i < options->data_count; i++)
    if (!labelled_log_read(&data->log, options->data[i], &log_options))
      return false;
  if (data->log.rows_count > 0)
    return true;
  (void)fputs("tier-bench accuracy: the data holds no rows\n", stderr);
  return false;
}

/* Every model of the ladder has to occur; a typing error would else read as "no data". */
static bool check_ladder(struct bench_data *data) {
  for (size_t i = 0; i < data->ladder_count; i++) {
    data->ladder_model[i] = labelled_log_model(&data->log, data->ladder[i]);
    if (data->ladder_model[i] != SIZE_MAX)
      continue;
    (void)fprintf(stderr, "tier-bench accuracy: no row has an outcome of '%s'; the data has",
                  data->ladder[i]);
    for (size_t m = 0; m < data->log.models_count && m < 80; m++)
      (void)fprintf(stderr, "%s %s", m > 0 ? "," : "",
                    bench_clean_copy(data->memory, data->log.models[m]));
    (void)fputc('\n', stderr);
    return false;
  }
  return true;
}

/* Rows without a score are left out and counted; that no id occurs at all is a wrong file. */
static bool take_scores(const struct bench_options *options, struct bench_data *data) {
  struct scores scores;
  size_t found = 0;
  if (!scores_read(options->scores, data->memory, &scores))
    return false;
  for (size_t i = 0; i < data->rows_count; i++) {
    double score = scores_find(&scores, data->rows[i].labelled->id);
    data->rows[i].ranked = isfinite(score);
    data->rows[i].score = score;
    found += data->rows[i].ranked;
  }
  if (found < data->rows_count)
    (void)fprintf(stderr,
                  "tier-bench accuracy: %s: %zu of %zu rows have no score and are left out\n",
                  options->scores, data->rows_count - found, data->rows_count);
  if (found > 0)
    return true;
  (void)fprintf(stderr, "tier-bench accuracy: %s: no id of the data occurs\n", options->scores);
  return false;
}

/* The order matters: prices need the names of the log's models, costs the model's
 * forecasts. */
bool bench_data_load(const struct bench_options *options, struct labelled_log_memory *memory,
                     struct bench_data *out) {
  *out = (struct bench_data){.memory = memory,
                             .ladder_count = options->ladder_count,
                             .forecast_lengths = options->forecast_lengths};
  labelled_log_init(&out->log);
  for (size_t i = 0; i < options->ladder_count; i++)
    out->ladder[i] = options->ladder[i];
  if (!read_logs(options, out) || !check_ladder(out) ||
      !prices_load(options, &out->log, memory, &out->prices))
    return false;
  fill_rows(out);
  if (options->model && !bench_data_predict(options, out))
    return false;
  bench_data_outcomes(out); /* costs may lean on the model's forecasts */
  /* With both, the scores rank and the model gives the probabilities. */
  return !options->scores || take_scores(options, out);
}

/* Also after a failed load. What is in the common memory goes with that. */
void bench_data_unload(struct bench_data *data) {
  prices_unload(&data->prices);
  labelled_log_deinit(&data->log);
  free(data->datasets.names);
  free(data->datasets.cleaned);
  free(data->tasks.names);
  free(data->tasks.cleaned);
  free(data->langs.names);
  free(data->langs.cleaned);
}
