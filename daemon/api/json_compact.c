/* json_compact.c - four significant digits, without printf.
 *
 * A decision's line holds some 170 features; printing them with printf would take
 * longer than computing them. The rare number that is too large or too small for
 * plain decimals goes to printf all the same. */
#include "daemon/api/json_compact.h"

#include <math.h>
#include <stdio.h>

enum { DIGITS = 4, TEXT_MAX = 32 };

static const double least = 1e-6, most = 1e9;
static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* The exponent of the first significant digit of a value within least and most. */
/* Comparing is quicker here than a logarithm, and exact at the powers of ten. */
static int exponent_of(double value) {
  int exponent = 0;
  while (exponent < 9 && value >= powers[exponent + 1])
    exponent++;
  while (value < 1 && exponent > -7 && value * powers[-exponent] < 1)
    exponent--;
  return exponent;
}

/* The digits as a whole number of DIGITS digits, so that value is about
 * digits * 10^(exponent - DIGITS + 1). */
static long long digits_of(double value, int *exponent) {
  *exponent = exponent_of(value);
  /* Scaled so that the wanted digits stand before the decimal point. */
  const int shift = DIGITS - 1 - *exponent;
  long long digits = llround(shift >= 0 ? value * pow(10, shift) : value / powers[-shift]);
  if (digits >= 10000) { /* 9999.6 rounds to five digits */
    digits = 1000;
    ++*exponent;
  }
  return digits;
}

static size_t print_plain(double value, char *out) {
  int exponent;
  long long number = digits_of(value, &exponent);
  char digits[DIGITS];
  /* From the last digit to the first. */
  for (int i = DIGITS - 1; i >= 0; i--, number /= 10)
    digits[i] = (char)('0' + number % 10);
  int count = DIGITS;
  while (count > 1 && digits[count - 1] == '0')
    count--;
  size_t at = 0;
  if (exponent < 0) {
    out[at++] = '0';
    out[at++] = '.';
    for (int i = -1; i > exponent; i--)
      out[at++] = '0';
  }
  for (int i = 0; i < count || i <= exponent; i++) {
    if (exponent >= 0 && i == exponent + 1)
      out[at++] = '.';
    out[at++] = i < count ? digits[i] : '0';
  }
  return at;
}

void json_compact(struct json_out *out, double value) {
  char text[TEXT_MAX];
  size_t len = 0;
  const double magnitude = fabs(value);
  if (!isfinite(value)) {
    json_null(out);
    return;
  }
  /* Also for what is 0 but for rounding on the way. */
  if (magnitude < 1e-30) {
    text[len++] = '0';
  } else if (magnitude < least || magnitude >= most) {
    len = (size_t)snprintf(text, sizeof text, "%.*g", DIGITS, value);
  } else {
    if (value < 0)
      text[len++] = '-';
    len += print_plain(magnitude, text + len);
  }
  json_raw(out, span_make(text, len));
}
