/* amount.c - numbers to text for tables and lines.
 *
 * Numbers come from the daemon's JSON as doubles and may be of any size, so each
 * form falls back to an exponent where plain digits would run wide. Alignment is
 * left to table.c.
 */
#include "daemon/ctl/amount.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Above this, plain digits are no use to a reader. */
#define AMOUNT_PLAIN_MAX 1e15

/* In words and not as 0 or a dash: unknown amounts must not be mistaken for small ones. */
static char *unknown(char *out) {
  return strcpy(out, "unknown");
}

/* Three significant digits below a dollar, but never beyond nano-USD, which is
 * the daemon's own resolution. */
static int usd_decimals(double usd) {
  int decimals = usd > 0 ? 2 - (int)floor(log10(usd)) : 2;
  return decimals < 2 ? 2 : decimals > 9 ? 9 : decimals;
}

/* Drops zeros after the second decimal: "$0.0500" says no more than "$0.05". */
static void trim_zeros(char *text) {
  char *point = strchr(text, '.');
  if (!point)
    return;
  char *last = text + strlen(text) - 1;
  while (last > point + 2 && *last == '0')
    *last-- = '\0';
}

/* A price of a call: as many digits as it takes to see it. */
char *amount_usd(double usd, char *out) {
  if (!isfinite(usd))
    return unknown(out);
  /* The sign goes before the currency: "-$0.05". */
  double size = fabs(usd);
  const char *sign = usd < 0 ? "-" : "";
  if (size >= AMOUNT_PLAIN_MAX) {
    snprintf(out, AMOUNT_TEXT_MAX, "%s$%.3g", sign, size);
  } else if (size > 0 && size < 5e-10) {
    snprintf(out, AMOUNT_TEXT_MAX, "%s<$0.000000001", sign);
  } else {
    snprintf(out, AMOUNT_TEXT_MAX, "%s$%.*f", sign, usd_decimals(size), size);
    trim_zeros(out);
  }
  return out;
}

/* A sum on a bill: cents, and thousands set apart, unless cents would show nothing. */
char *amount_bill(double usd, char *out) {
  const double cents = round(fabs(usd) * 100);
  char whole[AMOUNT_TEXT_MAX];
  if (!isfinite(usd) || cents < 1 || cents >= AMOUNT_PLAIN_MAX)
    return amount_usd(usd, out);
  amount_count(floor(cents / 100), whole);
  snprintf(out, AMOUNT_TEXT_MAX, "%s$%.32s.%02d", usd < 0 ? "-" : "", whole, (int)fmod(cents, 100));
  return out;
}

/* Commas by hand, since the locale's grouping must not change what scripts read. */
char *amount_count(double count, char *out) {
  if (!isfinite(count))
    return unknown(out);
  if (fabs(count) >= AMOUNT_PLAIN_MAX) {
    snprintf(out, AMOUNT_TEXT_MAX, "%.3g", count);
    return out;
  }
  char digits[32];
  /* Rounded to a whole number first, so that the commas count digits that are shown. */
  int len = snprintf(digits, sizeof digits, "%.0f", fabs(count));
  char *at = out;
  if (count <= -0.5)
    *at++ = '-';
  for (int i = 0; i < len; i++) {
    if (i > 0 && (len - i) % 3 == 0)
      *at++ = ',';
    *at++ = digits[i];
  }
  *at = '\0';
  return out;
}

char *amount_percent(double share, char *out) {
  double percent = share * 100;
  if (!isfinite(percent))
    return unknown(out);
  /* Rounded before printing, so that a tiny loss does not read "-0.0 %". */
  if (fabs(percent) < 0.05)
    percent = 0;
  const char *form = fabs(percent) < 1e6 ? "%.1f %%" : "%.3g %%";
  snprintf(out, AMOUNT_TEXT_MAX, form, percent);
  return out;
}

/* Not in per cent, so that it is not taken for a share of money beside it. */
char *amount_probability(double probability, char *out) {
  if (!isfinite(probability))
    return unknown(out);
  snprintf(out, AMOUNT_TEXT_MAX, fabs(probability) < 1e6 ? "%.3f" : "%.3g", probability);
  return out;
}

/* Two units at the most, and rounded down: an uptime of 59.9 s is not yet a minute. */
char *amount_duration(double seconds, char *out) {
  if (!isfinite(seconds) || seconds < 0)
    return unknown(out);
  if (seconds >= AMOUNT_PLAIN_MAX)
    snprintf(out, AMOUNT_TEXT_MAX, "%.3g s", seconds);
  else if (seconds < 60)
    snprintf(out, AMOUNT_TEXT_MAX, "%.0f s", floor(seconds));
  else if (seconds < 3600)
    snprintf(out, AMOUNT_TEXT_MAX, "%.0f min %.0f s", floor(seconds / 60),
             floor(fmod(seconds, 60)));
  else if (seconds < 86400)
    snprintf(out, AMOUNT_TEXT_MAX, "%.0f h %.0f min", floor(seconds / 3600),
             floor(fmod(seconds, 3600) / 60));
  else
    snprintf(out, AMOUNT_TEXT_MAX, "%.0f d %.0f h", floor(seconds / 86400),
             floor(fmod(seconds, 86400) / 3600));
  return out;
}
