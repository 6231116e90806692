/* errors.h - sums of errors by group, for the table that tier-bench tokens prints. */
#ifndef TIERD_BENCH_TOKENS_ERRORS_H
#define TIERD_BENCH_TOKENS_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

enum { ERROR_GROUPS_MAX = 512, ERROR_NAME_BYTES = 48 };

enum error_axis { BY_FILE, BY_KIND, BY_SCRIPT, BY_BOTH, OVER_ALL };

struct error_group {
  enum error_axis axis;
  char name[ERROR_NAME_BYTES]; /* cut when longer; printable */
  uint64_t rows;
  uint64_t exact, estimated; /* tokens */
  double error, bias;        /* sums of (estimated - exact) / exact, absolute and signed */
  double quarter_error;      /* of characters / 4 */
};

/* One row of data. */
struct error_sample {
  uint64_t exact; /* above 0 */
  uint64_t estimated;
  uint64_t characters;
};

/* Some 50 KB; zeroed it is empty. */
struct error_table {
  struct error_group groups[ERROR_GROUPS_MAX];
  int count;
  bool full; /* a group found no place */
};

/* Adds a sample to the group of that axis and name. */
void errors_add(struct error_table *table, enum error_axis axis, const char *name,
                const struct error_sample *sample);

/* Orders by axis, then by name. */
void errors_sort(struct error_table *table);

/* To stdout: a table for people, or one JSON object. */
void errors_print(const struct error_table *table);
void errors_print_json(const struct error_table *table);

#endif
