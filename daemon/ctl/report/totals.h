/* totals.h - all that a report is made of, added up line by line.
 *
 *   struct report_totals *totals = totals_create(&options, catalog);
 *   totals_add(totals, decision, feedback);     // for each decision, in any order
 *   ... report_summary_of(totals)
 *   totals_destroy(totals);
 *
 * Memory is bounded: names by tallies.h, what is counted by hash by groups.h. With
 * every table full, they take some 100 MB. */
#ifndef TIERD_CTL_REPORT_TOTALS_H
#define TIERD_CTL_REPORT_TOTALS_H

#include "daemon/ctl/report/bill.h"
#include "daemon/ctl/report/groups.h"
#include "daemon/ctl/report/options.h"
#include "daemon/ctl/report/quality.h"
#include "daemon/ctl/report/tallies.h"
#include "daemon/ctl/report/waste.h"

enum { LABEL_KEYS_MAX = 8, SIZE_BINS = 32, HOURS = 24 };

struct line_sum {
  uint64_t lines;
  int64_t nano;
};

/* Of a kind of waste. */
struct waste_sum {
  uint64_t lines;    /* calls that showed it */
  uint64_t unpriced; /* of these, without a price */
  int64_t nano;
};

/* Estimates against what feedback told of the same calls. */
struct calibration_sums {
  uint64_t lines, within; /* within low and high */
  int64_t estimated, told;
  uint64_t token_lines;
  double input_estimated, input_told;
  uint64_t output_lines, output_p50, output_p90; /* answers no longer than these */
  struct { /* by the size of the estimate, each bin twice the one before */
    uint64_t lines;
    int64_t estimated, told;
  } bins[SIZE_BINS];
};

struct label_tallies {
  char key[TALLY_NAME_MAX];
  struct tallies values;
};

struct report_totals {
  const struct report_options *options;
  const struct catalog *catalog; /* NULL without --catalog */
  uint64_t decisions;            /* that the report is about */
  uint64_t outside;              /* before --since or after --until */
  uint64_t untimed;              /* without a readable time, left out */
  int64_t first_s, last_s;
  struct line_sum spent[BILL_SOURCES], extra[BILL_SOURCES];
  struct line_sum compared; /* calls whose steps are all known, and what they cost */
  int64_t steps[STEPS_COUNT];
  struct tallies tiers, models, unpriced; /* unpriced: models of calls without a cost */
  struct label_tallies labels[LABEL_KEYS_MAX];
  size_t labels_count;
  uint64_t labels_left_out; /* labels of further keys */
  struct tally hours[HOURS];
  struct calibration_sums calibration;
  struct quality quality;
  struct waste_sum waste[WASTE_KINDS];
  uint64_t unjudged;                /* calls of which nobody said whether they were cached */
  uint64_t again;                   /* calls of sessions that their line says to ask again */
  int64_t again_steps[STEPS_COUNT]; /* of these */
  struct tallies reasked;           /* by how it shows, in sessions or not */
  struct groups asked; /* by session and question, of lines that do not say: STEPS_COUNT amounts */
  struct groups sent;  /* by session and conversation: spent */
  struct groups prompts; /* by model and system prompt: see prompts.h */
  struct groups visits;  /* by session and day */
};

/* Both must outlive the totals. NULL when memory is out. */
struct report_totals *totals_create(const struct report_options *options,
                                    const struct catalog *catalog);
void totals_destroy(struct report_totals *totals);

/* False when memory is out. feedback may be NULL. */
bool totals_add(struct report_totals *totals, const struct join_line *decision,
                const struct join_feedback *feedback);

#endif
