/* shard_meta.c - what a row has besides numbers, as a line of JSON, and back.
 *
 * Read by the parser of labelled logs, so that labels and outcomes pass the same checks;
 * only where a log's line has text, the numbers of the row come in. The prompt and what
 * quotes it ("original") are never written. */
#include "classifier/train/shard.h"

#include <math.h>
#include <string.h>

#include "classifier/train/decisions.h"

static void print_amount(struct shard_text *out, const char *name, double value) {
  if (value < 0)
    return; /* absent */
  shard_text_string(out, name);
  shard_text_double(out, value);
}

/* The order of the outcomes stays, for sums of floats depend on it. */
static void print_outcomes(struct shard_text *out, const struct labelled_log *log,
                           const struct labelled_row *row) {
  for (size_t i = 0; i < row->outcomes_count; i++) {
    const struct outcome *outcome = &row->outcomes[i];
    shard_text_string(out, i ? "," : ",\"outcomes\":{");
    shard_text_json(out, log->models[outcome->model]);
    shard_text_string(out, ":{\"score\":");
    shard_text_double(out, outcome->score);
    print_amount(out, ",\"input_tokens\":", outcome->input_tokens);
    print_amount(out, ",\"output_tokens\":", outcome->output_tokens);
    print_amount(out, ",\"output_chars\":", outcome->output_chars);
    print_amount(out, ",\"cost_usd\":", outcome->cost_usd);
    shard_text_string(out, "}");
  }
  shard_text_string(out, row->outcomes_count ? "}" : "");
}

static void print_text(struct shard_text *out, const char *name, const char *value) {
  shard_text_string(out, name);
  shard_text_json(out, value);
}

void shard_meta_print(struct shard_text *out, const struct labelled_log *log,
                      const struct labelled_row *row) {
  shard_text_string(out, "{\"chars\":");
  shard_text_double(out, row->vector ? 0 : decisions_length(row));
  if (row->vector)
    shard_text_string(out, ",\"bare\":true");
  if (*row->id)
    print_text(out, ",\"id\":", row->id);
  if (*row->task)
    print_text(out, ",\"task\":", row->task);
  if (row->label)
    print_text(out, ",\"label\":", row->label);
  print_outcomes(out, log, row);
  shard_text_string(out, "}\n");
}

/* ---- and back */

/* The numbers of a row, in the log's memory. */
static enum labelled_status take_numbers(struct labelled_log *log, const struct shard_row *row,
                                         double chars, bool bare, struct labelled_row *out) {
  struct hashed_text *hashed = log_memory_take(log->memory, sizeof *hashed);
  float *x = log_memory_take(log->memory, sizeof row->x);
  uint16_t *ngrams = log_memory_take(log->memory, row->ngrams_count * sizeof *ngrams);
  uint32_t *words = log_memory_take(log->memory, row->words_count * sizeof *words);
  if (!hashed || !x || !ngrams || !words)
    return LABELLED_MEMORY;
  memcpy(x, row->x, sizeof row->x);
  memcpy(ngrams, row->ngrams, row->ngrams_count * sizeof *ngrams);
  memcpy(words, row->words, row->words_count * sizeof *words);
  *hashed = (struct hashed_text){.ngrams = ngrams,
                                 .ngrams_count = row->ngrams_count,
                                 .words = words,
                                 .words_count = row->words_count,
                                 .chars = chars};
  out->vector = x;
  out->hashed = bare ? NULL : hashed;
  return LABELLED_OK;
}

static enum labelled_status take_content(struct labelled_log *log, const cJSON *line,
                                         struct labelled_row *out,
                                         struct labelled_complaint *complaint, void *context) {
  const struct shard_row *row = context;
  const cJSON *chars = cJSON_GetObjectItemCaseSensitive(line, "chars");
  const cJSON *bare = cJSON_GetObjectItemCaseSensitive(line, "bare");
  if (!cJSON_IsNumber(chars) || !isfinite(chars->valuedouble) || chars->valuedouble < 0)
    return labelled_complain(complaint, "a number of at least 0", "chars is missing or wrong");
  if (bare && !cJSON_IsBool(bare))
    return labelled_complain(complaint, "true or false", "bare is of another type");
  if (cJSON_IsTrue(bare) && row->ngrams_count + row->words_count > 0)
    return labelled_complain(complaint, "none in a row without text",
                             "the row is bare but has n-grams or words");
  return take_numbers(log, row, chars->valuedouble, cJSON_IsTrue(bare), out);
}

enum labelled_status shard_meta_parse(struct labelled_log *log, char *text, size_t len,
                                      const struct shard_row *row, struct labelled_row *out,
                                      struct labelled_complaint *complaint) {
  /* The callback's context is not const, but ours only reads it. */
  return labelled_line_parse_with(log, text, len, take_content, (void *)(uintptr_t)row, out,
                                  complaint);
}
