/* flags.h - a command's options as one table: parsed, range-checked, and --help.
 *
 *   struct flag table[] = {
 *       {"rate", "N", "requests a second", FLAG_NUMBER, &rate, 0, 1e6},
 *       {"json", NULL, "print JSON", FLAG_SET, &json, 0, 0}};
 *   struct flags flags = {"tier-bench load", "[OPTION]...", "Sends requests.", "", table, 2, 2};
 *   switch (flags_parse(&flags, argc, argv, NULL)) ...
 *
 * Accepts "--name value" and "--name=value"; --help and --help-all are always there. */
#ifndef TIERD_BENCH_FLAGS_H
#define TIERD_BENCH_FLAGS_H

#include <stddef.h>

enum flag_kind {
  FLAG_SET,   /* out is a bool; takes no value */
  FLAG_TEXT,  /* out is a const char *, which will point into argv */
  FLAG_COUNT, /* out is a uint64_t; a whole number from low to high */
  FLAG_NUMBER /* out is a double from low to high */
};

struct flag {
  const char *name;     /* without the dashes */
  const char *argument; /* what --help calls the value; NULL for FLAG_SET */
  const char *meaning;
  enum flag_kind kind;
  void *out; /* of the type that kind says; keeps its value when the flag is not given */
  double low, high;
};

struct flags {
  const char *command; /* as the user types it: begins messages */
  const char *operands;
  const char *about;
  const char *notes; /* after the options, with newline; may be empty */
  const struct flag *table;
  size_t count;
  size_t everyday; /* that --help shows, the first of the table; --help-all shows all */
};

enum flags_result {
  FLAGS_OK,
  FLAGS_HELP, /* help has been printed to standard output: leave with 0 */
  FLAGS_BAD   /* what is wrong has been said on standard error: leave with 2 */
};

/* argv[0] is skipped. What follows "--" or does not begin with one is an operand: an
 * error when rest is NULL, else *rest is the index of the first one, and argc when
 * there is none. */
enum flags_result flags_parse(const struct flags *flags, int argc, char **argv, int *rest);

#endif
