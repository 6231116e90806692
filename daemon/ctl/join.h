/* join.h - brings feedback to its decisions, in logs of any size.
 *
 * join_run() is tierctl log join without argv; join_walk() is what it stands on, for
 * whoever wants the pairs themselves. */
#ifndef TIERD_CTL_JOIN_H
#define TIERD_CTL_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daemon/ctl/join_table.h"

/* JOIN_IDS_MAX ids take some 90 MB. */
enum { JOIN_WHY_MAX = 512, JOIN_IDS_MAX = 1 << 19 };

struct join_files {
  const char *const *paths;
  size_t count;
  size_t ids_max; /* with feedback that are held at once; beyond, files are read again */
};

struct join_counts {
  size_t decisions, feedback; /* lines */
  size_t rows;                /* written */
  size_t unmatched;           /* ids with feedback and no decision */
  size_t unlabelled;          /* matched, but with neither score nor label */
  size_t duplicates;          /* decisions that had been read before */
  size_t bad_lines;
};

/* Takes a decision, with what was said about it, NULL for nothing. Neither outlives the
 * call. False with why filled ends the walk. */
typedef bool join_visit(void *state, struct join_line *decision,
                        const struct join_feedback *feedback, char why[JOIN_WHY_MAX]);

/* Visits every decision of all files once, in no particular order. A decision that has
 * feedback and comes up a second time is counted as a duplicate and left out. counts
 * gets all but rows and unlabelled. Files, bad lines and errors as in join_run(). */
bool join_walk(const struct join_files *files, join_visit *visit, void *state, FILE *diagnostics,
               struct join_counts *counts, char why[JOIN_WHY_MAX]);

/* Reads the files, as often as ids_max makes it necessary, and writes a row for each decision that
 * has feedback to out. Bad lines are reported on diagnostics (NULL for nowhere), the first few
 * singly. False with why filled when a file cannot be read, out cannot be written or memory is
 * short. */
bool join_run(const struct join_files *files, FILE *out, FILE *diagnostics,
              struct join_counts *counts, char why[JOIN_WHY_MAX]);

#endif
