/* fuzz_labelled_log.c - a hostile line of a labelled log is refused with a complaint, or
 * gives a row that is whole.
 *
 * The input is a log; its lines are parsed one after the other into the same log, as
 * training does. Training indexes by the models' numbers and averages the scores
 * without looking twice. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/features/features.h"
#include "classifier/train/labelled_log_internal.h"

#include "require.h"

static void require_amount(double amount) {
  require(amount == -1 || (isfinite(amount) && amount >= 0));
}

static void require_outcome(const struct labelled_log *log, const struct labelled_row *row,
                            const struct outcome *outcome) {
  require(outcome->model < log->models_count);
  require(outcome->score >= 0 && outcome->score <= 1);
  require(labelled_row_outcome(row, outcome->model) == outcome);
  require_amount(outcome->input_tokens);
  require_amount(outcome->output_tokens);
  require_amount(outcome->output_chars);
  require_amount(outcome->cost_usd);
}

static void require_row(const struct labelled_log *log, const struct labelled_row *row) {
  require(row->id && row->task && row->source && row->lang);
  require(!row->vector || row->conversation.turns_count == 0);
  for (size_t d = 0; row->vector && d < FEATURES_COUNT; d++)
    require(isfinite(row->vector[d]));
  for (size_t i = 0; i < row->conversation.turns_count; i++)
    require_readable(row->conversation.turns[i].text);
  for (size_t i = 0; i < row->outcomes_count; i++)
    require_outcome(log, row, &row->outcomes[i]);
}

static void parse_line(struct labelled_log *log, const uint8_t *data, size_t len) {
  struct labelled_row row = {0};
  struct labelled_complaint complaint = {"", ""};
  char *text = malloc(len ? len : 1); /* parsing writes to it */
  require(text != NULL);
  memcpy(text, data, len);
  enum labelled_status status = labelled_line_parse(log, text, len, true, &row, &complaint);
  if (status == LABELLED_OK)
    require_row(log, &row);
  else if (status == LABELLED_BAD)
    require(complaint.what[0] != '\0' && complaint.expected[0] != '\0');
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct labelled_log log;
  labelled_log_init(&log);
  log.memory = log_memory_create(); /* which reading a file would do */
  require(log.memory != NULL);
  while (len > 0) {
    const uint8_t *newline = memchr(data, '\n', len);
    size_t line = newline ? (size_t)(newline - data) : len;
    parse_line(&log, data, line);
    size_t used = newline ? line + 1 : line;
    data += used;
    len -= used;
  }
  labelled_log_deinit(&log);
  return 0;
}
