/* decimal.c - prices of lists, whatever their unit, to nano-USD, exactly.
 *
 * The JSON library hands out doubles. 1.5e-07 times a million is not 0.15 in binary
 * floating point, and sums of such slips show as price changes that nobody made. So
 * each double is first written as the shortest decimal that reads back as the same
 * double, which is the literal of the file where that had up to 15 digits; from there
 * on all is whole numbers. What counts as a sensible price is left to list_entry.c.
 */
#include "daemon/ctl/catalog/decimal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number: digits times ten to the power of exponent. */
struct decimal {
  uint64_t digits; /* at most 17 of them */
  int exponent;
};

/* Tries 15, 16 and 17 digits and takes the first that reads back as the same double. */
static struct decimal shortest(double value) {
  char text[40];
  int precision = 15;
  /* 17 digits tell any two doubles apart, so this ends. */
  for (;; precision++) {
    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    if (precision == 17 || strtod(text, NULL) >= value)
      if (precision == 17 || strtod(text, NULL) <= value)
        break;
  }
  struct decimal out = {0, 0};
  const char *at = text;
  /* Whatever is no digit is the decimal point, which depends on the locale. */
  for (; *at != '\0' && *at != 'e'; at++)
    if (*at >= '0' && *at <= '9')
      out.digits = out.digits * 10 + (uint64_t)(*at - '0');
  out.exponent = (*at == 'e' ? atoi(at + 1) : 0) - (precision - 1);
  return out;
}

/* Shifts to the left until the exponent is gone, or the amount is out of range. */
static int64_t grow(struct decimal d) {
  for (; d.exponent > 0 && d.digits > 0; d.exponent--) {
    if (d.digits > (uint64_t)MONEY_MAX / 10)
      return MONEY_UNKNOWN;
    d.digits *= 10;
  }
  return d.digits > (uint64_t)MONEY_MAX ? MONEY_UNKNOWN : (int64_t)d.digits;
}

/* Drops digits on the right; the last one dropped decides on the rounding. */
static int64_t shrink(struct decimal d) {
  uint64_t dropped = 0;
  for (; d.exponent < 0 && (d.digits > 0 || dropped > 0); d.exponent++) {
    dropped = d.digits % 10;
    d.digits /= 10;
  }
  d.digits += dropped >= 5 ? 1 : 0;
  return d.digits > (uint64_t)MONEY_MAX ? MONEY_UNKNOWN : (int64_t)d.digits;
}

/* Only the exponent moves with the unit; the digits stay what the list wrote. */
int64_t decimal_nano(double value, enum decimal_places places) {
  /* Written so that NaN fails the test too. */
  if (!(value >= 0) || !isfinite(value))
    return MONEY_UNKNOWN;
  struct decimal d = shortest(value);
  d.exponent += (int)places;
  return d.exponent >= 0 ? grow(d) : shrink(d);
}

int64_t decimal_parse_usd(const char *text) {
  /* strtod() alone would take "nan", "0x1" and "1e9". */
  const size_t len = strlen(text);
  if (len == 0 || len > 24 || text[strspn(text, "0123456789.")] != '\0')
    return MONEY_UNKNOWN;
  char *end;
  const double value = strtod(text, &end);
  return *end == '\0' && end != text ? decimal_nano(value, DECIMAL_PER_MILLION) : MONEY_UNKNOWN;
}
