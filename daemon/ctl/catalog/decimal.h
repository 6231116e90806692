/* decimal.h - prices of lists, whatever their unit, to nano-USD, exactly.
 *
 *   decimal_nano(1.5e-07, DECIMAL_PER_TOKEN) == 150000000    // 0.15 USD a million
 *   decimal_nano(0.15, DECIMAL_PER_MILLION) == 150000000
 */
#ifndef TIERD_CTL_CATALOG_DECIMAL_H
#define TIERD_CTL_CATALOG_DECIMAL_H

#include <stdint.h>

#include "daemon/router/money.h"

/* By how many decimal places a list's unit is above nano-USD per million tokens. */
enum decimal_places {
  DECIMAL_PER_MILLION = 9, /* USD per million tokens */
  DECIMAL_PER_TOKEN = 15   /* USD per token */
};

/* The shortest decimal that stands for value, shifted by places and rounded half up.
 * A literal of up to 15 digits is thus converted as it was written, not as binary
 * floating point has it. MONEY_UNKNOWN when value is negative, not finite, or comes
 * out above MONEY_MAX. */
int64_t decimal_nano(double value, enum decimal_places places);

/* "0.15" on the command line as USD to nano-USD; MONEY_UNKNOWN when it is no plain,
 * unsigned decimal. */
int64_t decimal_parse_usd(const char *text);

#endif
