/* summary.h - the figures of a report, as every form of it shows them. */
#ifndef TIERD_CTL_REPORT_SUMMARY_H
#define TIERD_CTL_REPORT_SUMMARY_H

#include "daemon/ctl/join.h"
#include "daemon/ctl/report/totals.h"

/* The bars of the waterfall, from left to right. Savings are negative. */
enum waterfall_bar {
  BAR_TOP, /* what always-top would have cost */
  BAR_ROUTING,
  BAR_CACHING,
  BAR_BATCH,
  BAR_STOP,  /* output limits */
  BAR_AGAIN, /* prompts that were asked again */
  BAR_SPENT, /* on the calls that are compared; the sum of the others */
  BARS_COUNT
};

struct bar_text {
  const char *code, *title, *meaning;
};

extern const struct bar_text bar_texts[BARS_COUNT];
extern const char *const bill_source_names[BILL_SOURCES];

struct report_summary {
  const struct report_totals *totals;
  const struct join_counts *counts; /* of the reading */
  double days;                      /* from the first to the last decision */
  double month_factor;              /* from the period to a month; NaN: too short to say */
  int64_t spent;                    /* all known costs, second calls included */
  int64_t spent_month;
  uint64_t unknown; /* calls, second ones included, whose cost is not known */
  int64_t bars[BARS_COUNT];
  int64_t uncompared;   /* spent on calls without a comparison */
  uint64_t asked_again; /* prompts asked again in their session, and second calls */
  bool sampled;         /* some groups were too many, so that their sums are estimates */
  struct waste_sum waste[WASTE_KINDS];
  int64_t waste_month[WASTE_KINDS];
  double users;                       /* a day, as sessions tell; NaN without */
  struct projection projection;       /* of this traffic */
  struct projection users_projection; /* of --users; unknown without */
};

/* Sorts the tallies of totals, which the summary keeps pointing to, like counts. */
void report_summary_of(struct report_totals *totals, const struct join_counts *counts,
                       struct report_summary *out);

/* nano-USD as USD; NaN when unknown. */
double report_usd(int64_t nano);

#endif
