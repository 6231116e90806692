/* join_run.c - writes a row for each decision that has feedback.
 *
 * Finding the pairs is join.c's business, what a row says join_row.c's. */
#include <errno.h>
#include <string.h>

#include "daemon/ctl/join.h"
#include "daemon/ctl/join_row.h"

/* What the walk hands through to each row. */
struct rows {
  FILE *out;
  struct join_counts *counts;
};

static bool failed(char why[JOIN_WHY_MAX], const char *what) {
  snprintf(why, JOIN_WHY_MAX, "%s", what);
  return false;
}

/* A decision that nobody spoke of teaches nothing; one of which only usage or cost was
 * told has no label, and is counted so that the summary can say so. */
static bool write_row(void *state, struct join_line *decision, const struct join_feedback *feedback,
                      char why[JOIN_WHY_MAX]) {
  struct rows *rows = state;
  char *row;
  if (!feedback)
    return true;
  switch (join_row_make(decision, feedback, &row)) {
  case JOIN_ROW_UNLABELLED:
    rows->counts->unlabelled++;
    return true;
  case JOIN_ROW_NO_MEMORY:
    return failed(why, "out of memory");
  case JOIN_ROW_MADE:
    break;
  }
  /* A full disk shows here or when the file is closed; both are checked. */
  const bool ok = fputs(row, rows->out) >= 0 && fputc('\n', rows->out) != EOF;
  cJSON_free(row);
  if (!ok) {
    snprintf(why, JOIN_WHY_MAX, "cannot write the rows: %s", strerror(errno));
    return false;
  }
  /* Only what has been written counts. */
  rows->counts->rows++;
  return true;
}

/* The walk finds the pairs and counts; here is only what becomes of one. */
bool join_run(const struct join_files *files, FILE *out, FILE *diagnostics,
              struct join_counts *counts, char why[JOIN_WHY_MAX]) {
  struct rows rows = {out, counts};
  return join_walk(files, write_row, &rows, diagnostics, counts, why);
}
