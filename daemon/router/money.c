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

/* Two digits of value, which is below 100. By table, since a decision prints some thirty
 * amounts and their divisions were most of what printing them cost. */
static inline void put_two(char *out, uint32_t value) {
  static const char pairs[] = "0001020304050607080910111213141516171819"
                              "2021222324252627282930313233343536373839"
                              "4041424344454647484950515253545556575859"
                              "6061626364656667686970717273747576777879"
                              "8081828384858687888990919293949596979899";
  memcpy(out, pairs + (size_t)2 * value, 2);
}

/* The whole dollars; returns how many digits they have. */
static size_t put_whole(char *out, uint64_t whole) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + whole % 10);
    whole /= 10;
  } while (whole != 0);
  memcpy(out, digits + at, sizeof digits - at);
  return sizeof digits - at;
}

/* A point and the digits of a fraction, which is not 0; returns how many bytes. */
static size_t put_fraction(char *out, uint32_t nano) {
  const uint32_t low = nano % 10000, high = nano / 10000;
  out[0] = '.';
  out[1] = (char)('0' + high / 10000);
  put_two(out + 2, high / 100 % 100);
  put_two(out + 4, high % 100);
  put_two(out + 6, low / 100);
  put_two(out + 8, low % 100);
  size_t len = 10;
  while (out[len - 1] == '0')
    len--;
  return len;
}

size_t money_print(int64_t nano, char *out) {
  if (!money_known(nano)) {
    memcpy(out, "null", sizeof "null");
    return sizeof "null" - 1;
  }

  /* The magnitude as unsigned, for the negation of a large amount overflows. */
  const uint64_t magnitude = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
  const uint64_t whole = magnitude / (uint64_t)NANO_PER_USD;
  const uint32_t fraction = (uint32_t)(magnitude % (uint64_t)NANO_PER_USD);
  size_t len = 0;
  if (nano < 0)
    out[len++] = '-';
  if (whole < 10)
    out[len++] = (char)('0' + whole);
  else
    len += put_whole(out + len, whole);
  if (fraction != 0)
    len += put_fraction(out + len, fraction);
  out[len] = '\0';
  return len;
}
