/* bill.h - what a call cost, as well as the log knows it. */
#ifndef TIERD_CTL_REPORT_BILL_H
#define TIERD_CTL_REPORT_BILL_H

#include "daemon/ctl/join_table.h"
#include "daemon/ctl/report/line.h"
#include "daemon/router/catalog.h"

/* From the best source to the poorest. */
enum bill_source {
  BILL_TOLD,      /* feedback said what it cost */
  BILL_PRICED,    /* feedback told the usage, the catalogue priced it */
  BILL_ESTIMATED, /* nobody said anything: what was expected */
  BILL_UNKNOWN,   /* a price was not published; there is no amount */
  BILL_SOURCES
};

/* Nano-USD, MONEY_UNKNOWN where not known. */
struct report_bill {
  enum bill_source source; /* of spent */
  int64_t spent;           /* on the model that was chosen */
  /* The steps of the waterfall, scaled so that they end in spent: what the call really
   * used would have cost that much more or less on the other models as well. */
  int64_t steps[STEPS_COUNT];
  bool compared; /* all steps are known */
  bool again;    /* feedback names another model: the call was made a second time */
  enum bill_source extra_source;
  int64_t extra; /* what that cost; 0 without */
};

/* feedback may be NULL, and so may catalog, which prices usage. */
struct report_bill report_bill_of(const struct report_line *line,
                                  const struct join_feedback *feedback,
                                  const struct catalog *catalog);

#endif
