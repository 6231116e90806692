/* waste.h - money that a change of habit would save, one function a habit.
 *
 * Each looks at one call, or at one group of like calls, and says what of its cost was
 * for nothing. They overlap: a retry may resend a system prompt. Nobody adds them up. */
#ifndef TIERD_CTL_REPORT_WASTE_H
#define TIERD_CTL_REPORT_WASTE_H

#include "daemon/ctl/join_table.h"
#include "daemon/ctl/report/line.h"

enum waste_kind {
  WASTE_CACHING, /* system prompts sent again and again without caching */
  WASTE_CONTEXT, /* far more context than the question needs */
  WASTE_RETRIES, /* a whole conversation sent again */
  WASTE_VERBOSE, /* text that repeats itself */
  WASTE_OUTPUT,  /* answers beyond the p90 that was expected */
  WASTE_BATCH,   /* traffic that could wait */
  WASTE_KINDS
};

struct waste_text {
  const char *code;   /* stable */
  const char *title;  /* what it is */
  const char *rule;   /* what counts, with its threshold */
  const char *advice; /* what to do */
};

extern const struct waste_text waste_texts[WASTE_KINDS];

/* Amounts in nano-USD: 0 when the call shows none of it, MONEY_UNKNOWN when it does
 * and its price is not known. */
int64_t waste_context(const struct report_line *line);
int64_t waste_verbose(const struct report_line *line);
int64_t waste_output(const struct report_line *line, const struct join_feedback *feedback);
int64_t waste_batch(const struct report_line *line);

/* Is the prompt one whose repetition tells of a retry, and under which key? 0: no. */
uint64_t waste_retry_key(const struct report_line *line);
/* count calls of one key that together cost spent. */
int64_t waste_retries(int64_t count, int64_t spent);

/* Calls with the same system prompt to the same model that were not cached. */
struct waste_prompt {
  uint64_t requests, tokens;  /* tokens of all requests together */
  double seconds;             /* from the first to the last */
  int64_t input, read, write; /* nano-USD a million tokens; write unknown: as input */
  double lifetime_s;          /* of a cache entry after its last use */
};

struct waste_caching {
  int64_t paid;   /* for the prompt's tokens as they were sent */
  int64_t reads;  /* what the cache would have taken for them */
  int64_t writes; /* and for keeping them there */
  int64_t saved;  /* paid less both; MONEY_UNKNOWN when a price is */
};

struct waste_caching waste_caching_of(const struct waste_prompt *prompt);

/* Does the call belong into such a group? cached is what the cache gave, NaN when
 * nobody said. */
bool waste_uncached(const struct report_line *line, double cached, double tokens_min);

#endif
