/* projection.h - the full bill of an application, of which tokens are but a part. */
#ifndef TIERD_CTL_REPORT_PROJECTION_H
#define TIERD_CTL_REPORT_PROJECTION_H

#include <stdbool.h>
#include <stdint.h>

enum projection_part {
  PROJECTION_TOKENS,
  PROJECTION_INFRASTRUCTURE,
  PROJECTION_EVALUATION,
  PROJECTION_GUARDRAILS,
  PROJECTION_OTHER, /* what the published split leaves open */
  PROJECTION_PARTS
};

extern const char *const projection_names[PROJECTION_PARTS];

/* Shares of the full bill, which add up to 1. */
struct projection_split {
  double share[PROJECTION_PARTS];
};

struct projection {
  int64_t part[PROJECTION_PARTS]; /* nano-USD a month; MONEY_UNKNOWN when tokens are */
  int64_t total;
  int64_t low, high; /* the total, were tokens 40 or 30 per cent of it */
};

/* The middles of the published ranges: tokens 30 to 40 per cent, infrastructure 20 to
 * 25, evaluation 15 to 20, guardrails 10 to 15. */
struct projection_split projection_split_default(void);

/* Gives the rest to PROJECTION_OTHER. False when there is less than nothing left, or
 * nothing for tokens. */
bool projection_split_finish(struct projection_split *split);

/* From what tokens cost in a month. The parts add up to the total. */
struct projection projection_of(int64_t tokens_month, const struct projection_split *split);

#endif
