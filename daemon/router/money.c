/* money.c - arithmetic on amounts of money that cannot overflow or lie.
 *
 * Token counts and prices come in, nano-USD go out; money_print() writes them as
 * decimals at the very end. Two rules hold everywhere: what is unknown stays
 * unknown, and what is too large stops at MONEY_MAX instead of wrapping round.
 * Which price applies to which tokens is the business of catalog.c and cost.c.
 */
#include "daemon/router/money.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const uint64_t tokens_per_price = 1000000;

int64_t money_for_tokens(uint64_t tokens, int64_t nano_per_million) {
  if (!money_known(nano_per_million))
    return MONEY_UNKNOWN;
  assert(nano_per_million >= 0);

  /* tokens * price needs up to 127 bits. Both factors are split at a million,
   * so that each partial product fits in 64 and the division stays exact:
   * (a * M + b) * price / M = a * price + b * (price / M) + b * (price % M) / M. */
  const uint64_t price = (uint64_t)nano_per_million;
  const uint64_t millions = tokens / tokens_per_price;
  const uint64_t rest = tokens % tokens_per_price;
  if (price != 0 && millions > (uint64_t)MONEY_MAX / price)
    return MONEY_MAX;
  uint64_t nano = millions * price + rest * (price / tokens_per_price);
  nano += (rest * (price % tokens_per_price) + tokens_per_price / 2) / tokens_per_price;
  return nano > (uint64_t)MONEY_MAX ? MONEY_MAX : (int64_t)nano;
}

int64_t money_times_ppm(int64_t nano, uint32_t ppm) {
  /* A million tokens' price over a million tokens: the same product and division. */
  return money_for_tokens(ppm, nano);
}

/* Amounts live between -MONEY_MAX and MONEY_MAX; two of them add up without
 * overflow, which is why MONEY_MAX is a quarter of the type's range. */
static int64_t clamp(int64_t nano) {
  if (nano > MONEY_MAX)
    return MONEY_MAX;
  return nano < -MONEY_MAX ? -MONEY_MAX : nano;
}

int64_t money_add(int64_t a, int64_t b) {
  if (!money_known(a) || !money_known(b))
    return MONEY_UNKNOWN;
  return clamp(clamp(a) + clamp(b));
}

int64_t money_from_usd(double usd) {
  /* Written so that NaN fails the test too. */
  if (!(usd >= 0) || !isfinite(usd))
    return MONEY_UNKNOWN;
  const double nano = round(usd * (double)NANO_PER_USD);
  /* MONEY_MAX is no double: it rounds up to the next one, which is out. */
  if (nano >= (double)MONEY_MAX)
    return MONEY_UNKNOWN;
  return (int64_t)nano;
}

/* Writes the last count digits of value in front of end; returns where they begin. By
 * hand, since a decision prints some thirty amounts and printf was most of their cost. */
static char *put_digits(char *end, uint64_t value, int count) {
  for (; count > 0; count--, value /= 10)
    *--end = (char)('0' + value % 10);
  return end;
}

static int digits_of(uint64_t value) {
  int digits = 1;
  while (value /= 10)
    digits++;
  return digits;
}

size_t money_print(int64_t nano, char *out) {
  if (!money_known(nano)) {
    memcpy(out, "null", sizeof "null");
    return sizeof "null" - 1;
  }

  /* The magnitude as unsigned, for the negation of a large amount overflows. */
  const uint64_t magnitude = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
  const uint64_t whole = magnitude / (uint64_t)NANO_PER_USD;
  uint64_t fraction = magnitude % (uint64_t)NANO_PER_USD;
  int decimals = 9;
  if (fraction != 0 && fraction % 1000 == 0) { /* most prices are whole thousandths of a cent */
    fraction /= 1000;
    decimals = 6;
  }
  for (; fraction != 0 && fraction % 10 == 0; decimals--)
    fraction /= 10;

  char text[MONEY_TEXT_MAX]; /* a sign, 10 digits, a point, 9 digits at most */
  char *const end = text + sizeof text;
  char *at = end;
  if (fraction != 0) {
    at = put_digits(at, fraction, decimals);
    *--at = '.';
  }
  at = put_digits(at, whole, digits_of(whole));
  if (nano < 0)
    *--at = '-';
  size_t len = (size_t)(end - at);
  memcpy(out, at, len);
  out[len] = '\0';
  return len;
}
