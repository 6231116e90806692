/* join.h - decisions and feedback to labelled logs; tierctl log join without argv. */
#ifndef TIERD_CTL_JOIN_H
#define TIERD_CTL_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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

/* Reads the files, as often as ids_max makes it necessary, and writes a row for each decision that
 * has feedback to out. Bad lines are reported on diagnostics (NULL for nowhere), the first few
 * singly. False with why filled when a file cannot be read, out cannot be written or memory is
 * short. */
bool join_run(const struct join_files *files, FILE *out, FILE *diagnostics,
              struct join_counts *counts, char why[JOIN_WHY_MAX]);

#endif
