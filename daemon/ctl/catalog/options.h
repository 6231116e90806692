/* options.h - the command line of tierctl catalog.
 *
 *   struct catalog_options options;
 *   if (!catalog_options_parse(&options, argc, argv, why)) // say why, exit 2
 */
#ifndef TIERD_CTL_CATALOG_OPTIONS_H
#define TIERD_CTL_CATALOG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OPTIONS_WHY_MAX = 320, OPTIONS_REPEATS_MAX = 256, STALE_DAYS_DEFAULT = 45 };

enum catalog_command { CATALOG_HELP = 1, CATALOG_IMPORT = 2, CATALOG_CHECK = 4, CATALOG_DIFF = 8 };

/* Values of an option that may be repeated. */
struct option_values {
  const char *items[OPTIONS_REPEATS_MAX];
  size_t count;
};

/* Strings point into argv, NULL when not given. */
struct catalog_options {
  enum catalog_command command;
  enum catalog_command help_of; /* of CATALOG_HELP: the command before it, or 0 */
  bool help_all;                /* of CATALOG_HELP: the rare options, too */
  const char *files[2];         /* import and check take one, diff two */
  size_t files_count;
  bool json;
  /* import */
  const char *providers, *models, *tiers, *base, *tier_by_price, *as_of, *out;
  struct option_values tier_of;  /* MODEL=TIER */
  struct option_values defaults; /* TIER=MODEL */
  bool force, zero_is_free, retired;
  /* check */
  const char *today, *against;
  uint32_t stale_days;
};

/* Reads argv[0..], what follows "catalog" on the command line. False with why filled,
 * which says what is wrong and how to mend it. */
bool catalog_options_parse(struct catalog_options *options, int argc, char **argv,
                           char why[OPTIONS_WHY_MAX]);

/* What a command takes, on a screen, or all that it takes; of 0, which commands there are. */
void catalog_options_help(FILE *out, enum catalog_command command, bool all);

#endif
