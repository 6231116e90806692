/* money.h - amounts of money: integer nano-USD inside, decimal USD outside.
 *
 * 1 USD is 1e9 nano. Prices are nano-USD per million tokens, so that the
 * smallest published price (0.003 USD a million) is exact. An unknown amount is
 * MONEY_UNKNOWN, never 0, and arithmetic on it yields MONEY_UNKNOWN.
 */
#ifndef TIERD_ROUTER_MONEY_H
#define TIERD_ROUTER_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONEY_UNKNOWN INT64_MIN
#define MONEY_MAX (INT64_MAX / 4)
#define NANO_PER_USD INT64_C(1000000000)

static inline bool money_known(int64_t nano) {
  return nano != MONEY_UNKNOWN;
}

/* tokens at a price in nano-USD per million tokens, rounded half up, saturating
 * at MONEY_MAX. Unknown when the price is. */
int64_t money_for_tokens(uint64_t tokens, int64_t nano_per_million);

/* ppm millionths of an amount or a price, rounded half up, saturating at MONEY_MAX.
 * Unknown when the amount is, which else is not negative. */
int64_t money_times_ppm(int64_t nano, uint32_t ppm);

/* Sum, saturating; unknown when either is. */
int64_t money_add(int64_t a, int64_t b);

/* USD as a double to nano, rounded to nearest; MONEY_UNKNOWN when negative, not
 * finite or above MONEY_MAX. */
int64_t money_from_usd(double usd);

/* Writes decimal USD without exponent and without trailing zeros ("0.0041"), or
 * "null" when unknown, NUL-terminated. out holds at least MONEY_TEXT_MAX bytes.
 * Returns the length. */
enum { MONEY_TEXT_MAX = 32 };
size_t money_print(int64_t nano, char *out);

#endif
