/* corrections.h - what reported usage has taught about each model's tokens.
 *
 *   corrections_open(&corrections, state_dir, why, sizeof why);
 *   struct corrections_view *view = corrections_view_create(corrections);  // one a thread
 *   request.corrections = corrections_view_of(view, &catalog, number);     // no lock
 *   ...
 *   corrections_learn(corrections, slot, &observation);                    // on feedback
 *
 * For each model three running means are kept: of log(reported / counted input tokens),
 * of log(output tokens / p50), both drawn to 0 by as many imagined reports as
 * CORRECTIONS_PRIOR, and of the square of how far off the corrected p50 was, in units of
 * what the estimate expects, drawn to 1 likewise. What a single report says is clipped
 * first. README.md of daemon/router has the rule. */
#ifndef TIERD_OPS_CORRECTIONS_H
#define TIERD_OPS_CORRECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/router/catalog.h"
#include "daemon/router/correction.h"

#define CORRECTIONS_FILE "corrections"

enum {
  CORRECTIONS_MODELS_MAX = 2048,
  CORRECTIONS_NAME_MAX = 256, /* bytes; models of longer names are not corrected */
  CORRECTIONS_PRIOR = 50,     /* reports that would have said: no difference */
  CORRECTIONS_WINDOW = 1000   /* reports after which an old one counts for 1/e */
};

/* The most that one report may say, as a factor either way. */
#define CORRECTIONS_INPUT_FACTOR_MAX 2.0
#define CORRECTIONS_OUTPUT_FACTOR_MAX 8.0
#define CORRECTIONS_SPREAD_MAX 9.0 /* the square of three standard deviations */

struct corrections;      /* opaque */
struct corrections_view; /* one thread's copy; opaque */

/* What was reported beside what had been estimated without corrections. 0 or less where
 * there is nothing to say. */
struct correction_report {
  double input_counted, input_reported;
  double output_p50, output_p90, output_reported;
};

/* Reads what state_dir knows. On success *out is the caller's. False with why filled. */
bool corrections_open(struct corrections **out, const char *state_dir, char *why, size_t why_size);
void corrections_close(struct corrections *corrections); /* may be NULL */

/* The slot of a model's name, which stays its own; -1 when there is no room. Takes a
 * lock: for reloads and feedback. */
int corrections_slot(struct corrections *corrections, const char *model);

/* slot as above, -1 for none. Takes a lock. */
void corrections_learn(struct corrections *corrections, int slot,
                       const struct correction_report *report);

/* The factors of a slot as they are now. */
struct token_correction corrections_of(const struct corrections *corrections, int slot);

/* NULL when memory is out. */
struct corrections_view *corrections_view_create(struct corrections *corrections);
void corrections_view_destroy(struct corrections_view *view); /* may be NULL */

/* The factors of all models of a catalogue, in its order; number tells one catalogue
 * from the next. Valid until the next call. Reads without a lock, but for a new catalogue. */
const struct token_correction *corrections_view_of(struct corrections_view *view,
                                                   const struct catalog *catalog, uint64_t number);

/* The slot of a model of the catalogue last viewed. */
int corrections_view_slot(const struct corrections_view *view, uint32_t model);

/* For state_saver.h; owner is the corrections. */
bool corrections_take_change(void *owner);
void corrections_print(void *owner, FILE *out);

#endif
