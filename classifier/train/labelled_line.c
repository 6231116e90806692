/* labelled_line.c - one line of a labelled log to one row.
 *
 * The bytes pass the strict JSON check before the lenient tree builder sees them;
 * then each field is checked and copied into the log's memory, so that the tree
 * can go at once. Unknown keys are ignored: sources add columns of their own.
 * Reading files and reporting are left to labelled_log.c.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "classifier/train/labelled_log_internal.h"

enum labelled_status labelled_complain(struct labelled_complaint *complaint, const char *expected,
                                       const char *what, ...) {
  va_list args;
  va_start(args, what);
  (void)vsnprintf(complaint->what, sizeof complaint->what, what, args);
  va_end(args);
  (void)snprintf(complaint->expected, sizeof complaint->expected, "%s", expected);
  return LABELLED_BAD;
}

/* A name from the input as it may go to a terminal: short, printable ASCII. */
struct shown {
  char text[48];
};

static struct shown show(const char *name) {
  struct shown shown = {{0}};
  for (size_t i = 0; i + 1 < sizeof shown.text && name[i]; i++)
    shown.text[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
  return shown;
}

/* An optional string field; absent or null gives absent. */
static enum labelled_status take_text(struct labelled_log *log, const cJSON *line, const char *name,
                                      const char *absent, const char **out,
                                      struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);
  *out = absent;
  if (!item || cJSON_IsNull(item))
    return LABELLED_OK;
  if (!cJSON_IsString(item))
    return labelled_complain(complaint, "a string", "%s is of another type", name);
  *out = log_memory_text(log->memory, item->valuestring, strlen(item->valuestring));
  return *out ? LABELLED_OK : LABELLED_MEMORY;
}

/* A label that is an object belongs to another scheme than tiers and is ignored. */
static enum labelled_status take_label(struct labelled_log *log, const cJSON *line,
                                       const char **out, struct labelled_complaint *complaint) {
  *out = NULL;
  if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(line, "label")))
    return LABELLED_OK;
  return take_text(log, line, "label", NULL, out, complaint);
}

/* An optional amount that cannot be negative; -1 when absent. */
static enum labelled_status take_amount(const cJSON *outcome, const char *model, const char *name,
                                        double *out, struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(outcome, name);
  *out = -1;
  if (!item || cJSON_IsNull(item))
    return LABELLED_OK;
  if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || item->valuedouble < 0)
    return labelled_complain(complaint, "a number of at least 0", "%s in the outcome of \"%s\"",
                             name, show(model).text);
  *out = item->valuedouble;
  return LABELLED_OK;
}

/* How likely the tier was that answered; a row that nobody explored for has none. */
static enum labelled_status take_propensity(const cJSON *line, double *out,
                                            struct labelled_complaint *complaint) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, "propensity");
  *out = 1;
  if (!item || cJSON_IsNull(item))
    return LABELLED_OK;
  /* Written so that NaN fails as well. */
  if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble <= 1))
    return labelled_complain(complaint, "a number above 0 and at most 1",
                             "propensity is none of a choice that was made");
  *out = item->valuedouble;
  return LABELLED_OK;
}

static enum labelled_status take_outcome(struct labelled_log *log, const cJSON *item,
                                         struct outcome *out,
                                         struct labelled_complaint *complaint) {
  const char *model = item->string;
  const cJSON *score = cJSON_GetObjectItemCaseSensitive(item, "score");
  /* Written so that NaN fails as well. */
  if (!cJSON_IsNumber(score) || !(score->valuedouble >= 0 && score->valuedouble <= 1))
    return labelled_complain(complaint, "a number from 0 to 1", "score in the outcome of \"%s\"",
                             show(model).text);
  out->score = score->valuedouble;
  const struct {
    const char *name;
    double *out;
  } amounts[] = {{"input_tokens", &out->input_tokens},
                 {"output_tokens", &out->output_tokens},
                 {"output_chars", &out->output_chars},
                 {"cost_usd", &out->cost_usd}};
  for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
    enum labelled_status status =
        take_amount(item, model, amounts[i].name, amounts[i].out, complaint);
    if (status != LABELLED_OK)
      return status;
  }
  return labelled_log_add_model(log, model, &out->model, complaint);
}

static enum labelled_status take_outcomes(struct labelled_log *log, const cJSON *line,
                                          struct labelled_row *row,
                                          struct labelled_complaint *complaint) {
  const cJSON *outcomes = cJSON_GetObjectItemCaseSensitive(line, "outcomes");
  if (!outcomes || cJSON_IsNull(outcomes))
    return LABELLED_OK;
  if (!cJSON_IsObject(outcomes))
    return labelled_complain(complaint, "an object with a member a model",
                             "outcomes is of another type");
  size_t count = 0;
  for (const cJSON *item = outcomes->child; item; item = item->next)
    count++;
  if (count > LABELLED_MODELS_MAX)
    return labelled_complain(complaint, "at most 1024", "%zu outcomes", count);
  row->outcomes = log_memory_take(log->memory, count * sizeof *row->outcomes);
  if (!row->outcomes)
    return LABELLED_MEMORY;
  for (const cJSON *item = outcomes->child; item; item = item->next) {
    struct outcome *outcome = &row->outcomes[row->outcomes_count];
    enum labelled_status status = take_outcome(log, item, outcome, complaint);
    if (status != LABELLED_OK)
      return status;
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(item, "score_from");
    row->weak = row->weak || (cJSON_IsString(from) && strcmp(from->valuestring, "reasked") == 0);
    if (labelled_row_outcome(row, outcome->model))
      return labelled_complain(complaint, "one outcome a model", "two outcomes of \"%s\"",
                               show(item->string).text);
    row->outcomes_count++;
  }
  return LABELLED_OK;
}

/* context: may a vector stand for the text? */
static enum labelled_status take_content(struct labelled_log *log, const cJSON *line,
                                         struct labelled_row *row,
                                         struct labelled_complaint *complaint, void *context) {
  const bool *vectors = context;
  return *vectors && labelled_vector_stands_alone(line)
             ? labelled_vector(log->memory, line, &row->vector, complaint)
             : labelled_conversation(log->memory, line, &row->conversation, complaint);
}

static enum labelled_status take_fields(struct labelled_log *log, const cJSON *line,
                                        labelled_content content, void *context,
                                        struct labelled_row *row,
                                        struct labelled_complaint *complaint) {
  const struct {
    const char *name, *absent;
    const char **out;
  } texts[] = {{"id", "", &row->id},
               {"task", "", &row->task},
               {"source", "", &row->source},
               {"lang", "", &row->lang},
               {"original", NULL, &row->original}};
  if (!cJSON_IsObject(line))
    return labelled_complain(complaint, "one JSON object a line", "the value is not an object");
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    enum labelled_status status =
        take_text(log, line, texts[i].name, texts[i].absent, texts[i].out, complaint);
    if (status != LABELLED_OK)
      return status;
  }
  enum labelled_status status = take_label(log, line, &row->label, complaint);
  if (status == LABELLED_OK)
    status = content(log, line, row, complaint, context);
  if (status == LABELLED_OK)
    status = take_propensity(line, &row->propensity, complaint);
  if (status == LABELLED_OK)
    status = take_outcomes(log, line, row, complaint);
  return status;
}

enum labelled_status labelled_line_parse_with(struct labelled_log *log, char *text, size_t len,
                                              labelled_content content, void *context,
                                              struct labelled_row *row,
                                              struct labelled_complaint *complaint) {
  static const struct json_limits limits = {LABELLED_DEPTH_MAX, LABELLED_NODES_MAX};
  struct json_error error;
  if (json_check(text, len, &limits, &error) != JSON_OK)
    return labelled_complain(complaint, "one JSON object a line", "%s at byte %zu",
                             json_status_text(error.status), error.offset);
  cJSON *line = cJSON_ParseWithLength(text, len);
  if (!line)
    return LABELLED_MEMORY; /* it is JSON, so nothing else is left */
  enum labelled_status status = take_fields(log, line, content, context, row, complaint);
  cJSON_Delete(line);
  return status;
}

enum labelled_status labelled_line_parse(struct labelled_log *log, char *text, size_t len,
                                         bool vectors, struct labelled_row *row,
                                         struct labelled_complaint *complaint) {
  return labelled_line_parse_with(log, text, len, take_content, &vectors, row, complaint);
}
