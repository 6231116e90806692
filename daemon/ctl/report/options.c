/* options.c - reads times, counts and shares of the command line. */
#include "daemon/ctl/report/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report/line.h"

enum { TOP_DEFAULT = 10, TOP_MAX = 1000 };

#define FAIL(...) (snprintf(why, REPORT_WHY_MAX, __VA_ARGS__), false)

/* A plain decimal; strtod() alone would take "nan" and "0x1". */
static bool read_number(const char *text, double least, double most, double *out) {
  char *end;
  if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0')
    return false;
  *out = strtod(text, &end);
  return *end == '\0' && *out >= least && *out <= most;
}

/* NULL leaves what was there. */
/* All in UTC: a report must not depend on where it was made. */
static bool read_time(const char *name, const char *text, int64_t *out, char why[REPORT_WHY_MAX]) {
  if (!text || report_time_parse(text, out))
    return true;
  return FAIL("--%s is '%.40s'; expected a date, 2026-03-01, or a time in UTC, 2026-03-01T12:30Z",
              name, text);
}

/* One "name=percent". */
static bool read_part(char *part, struct projection_split *split, char why[REPORT_WHY_MAX]) {
  /* Cut in two where it stands: the copy is ours. */
  char *equals = strchr(part, '=');
  double percent;
  if (equals)
    *equals = '\0';
  for (size_t i = 0; i < PROJECTION_PARTS; i++) {
    /* "other" is what is left and cannot be given, else the shares could miss 100 per
     * cent. */
    if (!equals || i == PROJECTION_OTHER || strcmp(part, projection_names[i]) != 0)
      continue;
    if (!read_number(equals + 1, 0, 100, &percent))
      return FAIL("--split: %.20s is '%.20s'; expected per cent from 0 to 100", part, equals + 1);
    split->share[i] = percent / 100;
    return true;
  }
  return FAIL("--split has '%.40s'; expected tokens, infrastructure, evaluation or guardrails, as "
              "tokens=35,infrastructure=22.5",
              part);
}

/* Parts may come in any order; those left out keep their default. */
/* On a copy, for the text is the command line's and messages may quote it. */
static bool read_split(const char *text, struct projection_split *split, char why[REPORT_WHY_MAX]) {
  char copy[256], *rest = copy, *part;
  if (strlen(text) >= sizeof copy)
    return FAIL("--split is too long; expected tokens=35,infrastructure=22.5,...");
  snprintf(copy, sizeof copy, "%s", text);
  while ((part = strsep(&rest, ",")) != NULL)
    if (!read_part(part, split, why))
      return false;
  if (!projection_split_finish(split))
    return FAIL("--split adds up to more than 100 per cent, or gives tokens none; parts that are "
                "left out keep their default (tokens 35, infrastructure 22.5, evaluation 17.5, "
                "guardrails 12.5)");
  return true;
}

/* All defaults first, so that an option that is not given needs no branch. */
bool report_options_read(const struct args_report *args, struct report_options *out,
                         char why[REPORT_WHY_MAX]) {
  double top = TOP_DEFAULT;
  *out = (struct report_options){.since_s = INT64_MIN,
                                 .until_s = INT64_MAX,
                                 .label = args->label,
                                 .time_label = args->time_label,
                                 .month_days = 30,
                                 .keys_max = REPORT_KEYS_MAX,
                                 .users = (double)NAN,
                                 .split = projection_split_default()};
  if (!read_time("since", args->since, &out->since_s, why) ||
      !read_time("until", args->until, &out->until_s, why))
    return false;
  /* An empty report would look like a log without decisions. */
  if (out->since_s >= out->until_s)
    return FAIL("--since is not before --until, so that no decision is left");
  if (args->top && !read_number(args->top, 1, TOP_MAX, &top))
    return FAIL("--top is '%.40s'; expected a number from 1 to %d", args->top, TOP_MAX);
  /* A table of a thousand rows is one that nobody reads; --json has all of them. */
  out->top = (size_t)top;
  /* More users than people is a slip. */
  if (args->users && !read_number(args->users, 1, 1e10, &out->users))
    return FAIL("--users is '%.40s'; expected how many use it a day, from 1", args->users);
  /* A year is let through, for whoever wants the bill of one. */
  if (args->month_days && !read_number(args->month_days, 1, 366, &out->month_days))
    return FAIL("--month-days is '%.40s'; expected days from 1 to 366", args->month_days);
  return !args->split || read_split(args->split, &out->split, why);
}
