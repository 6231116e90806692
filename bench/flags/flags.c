/* flags.c - parses a command line by a table, for the speed instruments.
 *
 * Each argument is looked up in the table and its value stored through the row's
 * pointer. What the values mean together is for the caller to check. */
#include "bench/flags/flags.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the table's order, which the caller chose for reading. */
static void print_help(const struct flags *flags, size_t shown) {
  (void)printf("Usage: %s %s\n\n%s\n\nOptions:\n", flags->command, flags->operands, flags->about);
  for (size_t i = 0; i < shown; i++) {
    const struct flag *flag = &flags->table[i];
    char left[64];
    (void)snprintf(left, sizeof left, "--%s%s%s", flag->name, flag->argument ? " " : "",
                   flag->argument ? flag->argument : "");
    (void)printf("  %-20s %s\n", left, flag->meaning);
  }
  /* Every command has these, so no table lists them. */
  (void)printf("  %-20s %s\n", "--help", "print this and leave");
  if (flags->everyday < flags->count)
    (void)printf("  %-20s %s\n", "--help-all", "print all options and leave");
  (void)fputs(flags->notes, stdout);
}

/* Always false, so that callers can return it. */
static bool complain(const struct flags *flags, const char *what, const char *about) {
  (void)fprintf(stderr, "%s: %s '%s'\nTry '%s --help'.\n", flags->command, what, about,
                flags->command);
  return false;
}

/* The row of "--name" or "--name=value"; *value is what follows the sign, or NULL. */
static const struct flag *find(const struct flags *flags, const char *argument,
                               const char **value) {
  const char *name = argument + 2;
  size_t len = strcspn(name, "=");
  *value = name[len] ? name + len + 1 : NULL;
  for (size_t i = 0; i < flags->count; i++)
    if (strlen(flags->table[i].name) == len && memcmp(flags->table[i].name, name, len) == 0)
      return &flags->table[i];
  return NULL;
}

/* Numbers go through a double, which holds every whole number that a table allows. */
static bool store_number(const struct flags *flags, const struct flag *flag, const char *value) {
  char *end;
  errno = 0;
  double number = strtod(value, &end);
  bool whole = flag->kind == FLAG_COUNT;
  /* The comparison is the way round that refuses NaN as well. */
  bool good = end != value && *end == '\0' && errno == 0 && number >= flag->low &&
              number <= flag->high && (!whole || floor(number) == number);
  if (!good) {
    (void)fprintf(stderr, "%s: --%s is '%s', expected a %s from %.15g to %.15g\n", flags->command,
                  flag->name, value, whole ? "whole number" : "number", flag->low, flag->high);
    return false;
  }
  if (whole)
    *(uint64_t *)flag->out = (uint64_t)number;
  else
    *(double *)flag->out = number;
  return true;
}

/* The kind says what out points to; the table is trusted to have them match. */
static bool store(const struct flags *flags, const struct flag *flag, const char *value) {
  switch (flag->kind) {
  case FLAG_SET:
    *(bool *)flag->out = true;
    return true;
  case FLAG_TEXT:
    *(const char **)flag->out = value;
    return true;
  case FLAG_COUNT:
  case FLAG_NUMBER:
    break;
  }
  return store_number(flags, flag, value);
}

/* One option, at *at; moves *at on to its value where that is an argument of its own. */
static bool take(const struct flags *flags, int argc, char **argv, int *at) {
  const char *value;
  /* Kept for messages, since *at may move on. */
  const char *given = argv[*at];
  const struct flag *flag = find(flags, given, &value);
  if (!flag)
    return complain(flags, "unrecognized option", given);
  if (flag->kind == FLAG_SET && value)
    return complain(flags, "a value was given to an option that takes none:", given);
  if (flag->kind != FLAG_SET && !value) {
    if (*at + 1 >= argc)
      return complain(flags, "a value is missing after", given);
    value = argv[++*at];
  }
  return store(flags, flag, value);
}

/* Options end at the first word that is none, so that a command and its own options can
 * follow. */
enum flags_result flags_parse(const struct flags *flags, int argc, char **argv, int *rest) {
  int at = 1;
  for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
    if (strcmp(argv[at], "--") == 0) {
      at++;
      break;
    }
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "--help-all") == 0) {
      print_help(flags, argv[at][6] == '\0' ? flags->everyday : flags->count);
      return FLAGS_HELP;
    }
    if (!take(flags, argc, argv, &at))
      return FLAGS_BAD;
  }
  /* Without a place for them operands are a mistake. */
  if (rest)
    *rest = at;
  else if (at < argc)
    return complain(flags, "unexpected argument", argv[at]), FLAGS_BAD;
  return FLAGS_OK;
}
