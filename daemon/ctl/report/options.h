/* options.h - what the command line of tierctl report says, understood. */
#ifndef TIERD_CTL_REPORT_OPTIONS_H
#define TIERD_CTL_REPORT_OPTIONS_H

#include "daemon/ctl/args.h"
#include "daemon/ctl/report/projection.h"

enum { REPORT_WHY_MAX = 320 };

/* How many sessions, questions and prompts are told apart before a sample is kept. */
enum { REPORT_KEYS_MAX = 1 << 19 };

struct report_options {
  int64_t since_s, until_s; /* the latter excluded */
  const char *label;        /* NULL: all keys */
  const char *time_label;   /* NULL: the log's clock */
  size_t top;               /* rows of a table of labels or models */
  size_t keys_max;          /* at least 8; see groups.h */
  double month_days;
  double users; /* NaN when not given */
  struct projection_split split;
};

/* False with why filled when a value cannot be understood. Strings point into args. */
bool report_options_read(const struct args_report *args, struct report_options *out,
                         char why[REPORT_WHY_MAX]);

#endif
