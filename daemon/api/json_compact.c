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
static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};

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
  long long digits = llround(shift >= 0 ? value * powers[shift] : value / powers[-shift]);
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

/* One number of at most TEXT_MAX bytes; returns how many. */
static size_t print(double value, char *out) {
  const double magnitude = fabs(value);
  size_t sign = value < 0 ? 1 : 0;
  if (!isfinite(value)) {
    memcpy(out, "null", 4);
    return 4;
  }
  /* Also what is 0 but for rounding on the way. */
  if (magnitude < 1e-30) {
    *out = '0';
    return 1;
  }
  if (magnitude < least || magnitude >= most)
    return (size_t)snprintf(out, TEXT_MAX, "%.*g", DIGITS, value);
  *out = '-';
  return sign + print_plain(magnitude, out + sign);
}

void json_compact(struct json_out *out, const float *values, size_t count) {
  struct buffer *buffer = out->buffer;
  json_open(out, '[');
  /* Room is made once for all, and the numbers are put straight into it. */
  if (buffer_reserve(buffer, count * (TEXT_MAX + 1))) {
    for (size_t i = 0; i < count; i++) {
      if (i > 0)
        buffer->data[buffer->len++] = ',';
      buffer->len += print((double)values[i], buffer->data + buffer->len);
    }
  }
  json_close(out, ']');
}
