/* line.h - a decision of the log as figures. */
#ifndef TIERD_CTL_REPORT_LINE_H
#define TIERD_CTL_REPORT_LINE_H

#include "daemon/ctl/join_line.h"

/* What the call would have cost on the way from always-top to the decision, in the
 * order in which a waterfall goes down. */
enum report_step {
  STEP_TOP,     /* the top model, nothing cached, no batch, no output limit */
  STEP_MODEL,   /* the same with the chosen model */
  STEP_CACHED,  /* with what the cache gives */
  STEP_BATCHED, /* with the batch's prices */
  STEP_LIMITED, /* with the output limit: what was expected */
  STEPS_COUNT
};

/* Amounts in nano-USD, MONEY_UNKNOWN where not known; counts in tokens, NaN where not
 * known; hashes 0. Strings belong to the line's tree. */
struct report_line {
  int64_t time_s; /* by the log's clock or by a label */
  const char *tier, *model, *baseline_model;
  int64_t steps[STEPS_COUNT];
  int64_t low, high, baseline;     /* of the estimate; of the top model */
  int64_t rate_input, rate_output; /* of a million tokens */
  int64_t input_cost;              /* of the tokens that the cache neither gives nor takes */
  double input_tokens, cached_tokens, output_p50, output_p90;
  double system_tokens, context_tokens, question_tokens, messages, redundancy;
  uint64_t session, prompt, system, question;
  const char *reasked; /* how the line shows that its question was asked before; NULL if not */
  bool tells_reasked;  /* the line would say so, so that nobody need guess it */
  bool inherited, batch_asked;
  int64_t batch_saving; /* below 0 where a batch would cost more */
  const cJSON *labels;
};

/* Reads a decision. time_label names the label that says when it was, NULL for the
 * log's clock. False when the time is missing or unreadable. */
bool report_line_read(const struct join_line *decision, const char *time_label,
                      struct report_line *out);

/* "2026-03-01", "2026-03-01T12:30Z", "2026-03-01T12:30:59.123Z" or seconds since 1970,
 * in UTC. False when the text is none of these. */
bool report_time_parse(const char *text, int64_t *seconds);

#endif
