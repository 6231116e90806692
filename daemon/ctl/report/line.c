/* line.c - reads the members that a report needs, and trusts none of them.
 *
 * Lines that older daemons wrote lack some: there the steps between always-top and
 * the decision are not known apart, and all of the difference counts as routing. */
#include "daemon/ctl/report/line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/calendar.h"
#include "daemon/router/money.h"

/* No call costs more than this, nor has more tokens; what says so is as good as silent. */
#define USD_MAX 1e6
#define TOKENS_MAX 1e12

/* Negative and absurd amounts are unknown, as a missing one is. */
static int64_t amount(const cJSON *object, const char *name) {
  const double usd = ctl_member_number(object, name);
  return usd <= USD_MAX ? money_from_usd(usd) : MONEY_UNKNOWN;
}

/* NaN, which fails every comparison: sums that need the count leave the line out by
 * themselves. */
static double count(const cJSON *object, const char *name) {
  const double value = ctl_member_number(object, name);
  return value >= 0 && value <= TOKENS_MAX ? value : (double)NAN;
}

/* 16 hexadecimal digits; 0 for anything else. */
static uint64_t hash(const cJSON *object, const char *name) {
  const char *text = ctl_member_string(object, name, "");
  if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
    return 0;
  return strtoull(text, NULL, 16);
}

/* Digits of ASCII alone, whatever the locale thinks of isdigit(). */
static bool all_digits(const char *text, size_t len) {
  return len > 0 && strspn(text, "0123456789") >= len;
}

/* Logs have times to the millisecond; labels of others may be seconds or dates alone. */
bool report_time_parse(const char *text, int64_t *seconds) {
  const size_t len = strlen(text);
  char minute[20];
  int64_t second = 0;
  bool date_alone;
  /* Five digits and more are seconds; four would be a year. */
  if (len >= 5 && len <= 11 && all_digits(text, len)) {
    *seconds = strtoll(text, NULL, 10);
    return true;
  }
  if (len <= 17)
    return calendar_parse_instant(span_of(text), seconds, &date_alone);
  /* The calendar knows minutes; seconds are added, fractions of them dropped. */
  if (len > 40 || text[16] != ':' || !all_digits(text + 17, 2) || text[len - 1] != 'Z' ||
      !(text[19] == 'Z' || (text[19] == '.' && all_digits(text + 20, len - 21))))
    return false;
  snprintf(minute, sizeof minute, "%.16sZ", text);
  second = strtol(text + 17, NULL, 10);
  if (second > 60 || !calendar_parse_instant(span_of(minute), seconds, &date_alone))
    return false;
  *seconds += second;
  return true;
}

/* A saving of a batch is the one amount that may be negative. */
static void read_cost(const cJSON *tree, struct report_line *out) {
  const cJSON *cost = ctl_member_get(tree, "cost");
  const cJSON *plain = ctl_member_get(tree, "plain");
  const cJSON *baseline = ctl_member_get(tree, "baseline");
  const cJSON *rates = ctl_member_get(tree, "rates");
  const cJSON *batch = ctl_member_get(tree, "batch");
  const double saving = ctl_member_number(batch, "saving");
  out->low = amount(cost, "low");
  out->high = amount(cost, "high");
  out->baseline = amount(baseline, "expected");
  out->baseline_model = ctl_member_string(baseline, "model", "");
  out->steps[STEP_LIMITED] = amount(cost, "expected");
  /* Logs from before "plain" was written know the two ends of the waterfall only: all of
   * the difference then counts as routing. */
  out->steps[STEP_TOP] = plain ? amount(plain, "top") : out->baseline;
  out->steps[STEP_MODEL] = plain ? amount(plain, "model") : out->steps[STEP_LIMITED];
  out->steps[STEP_CACHED] = plain ? amount(plain, "cached") : out->steps[STEP_LIMITED];
  out->steps[STEP_BATCHED] = plain ? amount(plain, "batched") : out->steps[STEP_LIMITED];
  out->rate_input = amount(rates, "input");
  out->rate_output = amount(rates, "output");
  out->input_cost = amount(ctl_member_get(tree, "breakdown"), "input");
  out->batch_asked = ctl_member_true(batch, "asked");
  out->batch_saving =
      fabs(saving) <= USD_MAX ? (int64_t)llround(saving * (double)NANO_PER_USD) : MONEY_UNKNOWN;
}

/* The log of an older daemon has no parts. What they would tell is then unknown and no
 * waste. */
static void read_parts(const struct join_line *decision, struct report_line *out) {
  const cJSON *tree = decision->tree;
  const cJSON *parts = ctl_member_get(tree, "parts");
  out->messages = count(parts, "messages");
  out->system_tokens = count(parts, "system_tokens");
  out->context_tokens = count(parts, "context_tokens");
  out->question_tokens = count(parts, "question_tokens");
  out->redundancy = count(parts, "redundancy");
  out->system = hash(parts, "system_hash");
  out->question = hash(parts, "question_hash");
  out->inherited = ctl_member_true(parts, "inherited");
  out->session = hash(tree, "session");
  out->tells_reasked = cJSON_GetObjectItemCaseSensitive(tree, "reasked") != NULL;
  out->reasked = decision->reasked_of ? decision->reasked_how : NULL;
  out->prompt = hash(tree, "prompt_hash");
}

/* Nothing but the time is needed of a line; without it, it belongs to no period. */
bool report_line_read(const struct join_line *decision, const char *time_label,
                      struct report_line *out) {
  const cJSON *tree = decision->tree, *tokens = ctl_member_get(tree, "output_tokens");
  *out = (struct report_line){.model = decision->model,
                              .tier = ctl_member_string(tree, "tier", "(none)"),
                              .labels = ctl_member_get(tree, "labels")};
  out->input_tokens = count(tree, "input_tokens");
  out->cached_tokens = count(tree, "cached_tokens");
  out->output_p50 = count(tokens, "p50");
  out->output_p90 = count(tokens, "p90");
  /* Amounts and parts may all be missing; what is made of that is up to the sums. */
  read_cost(tree, out);
  read_parts(decision, out);
  const char *time = time_label ? ctl_member_string(out->labels, time_label, "")
                                : ctl_member_string(tree, "time", "");
  return report_time_parse(time, &out->time_s);
}
