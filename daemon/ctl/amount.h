/* amount.h - figures as people read them: money, counts, shares, durations.
 *
 * Every function writes a NUL-terminated text into out, AMOUNT_TEXT_MAX bytes,
 * and returns out. An unknown amount is NAN and reads "unknown": an unpublished
 * price must never look like a price of nothing.
 */
#ifndef TIERD_CTL_AMOUNT_H
#define TIERD_CTL_AMOUNT_H

enum { AMOUNT_TEXT_MAX = 48 };

/* USD, three significant digits and at least two decimals: "$0.00412", "$12.50". */
char *amount_usd(double usd, char *out);

/* USD for columns that are summed up: cents, with thousands separated, from a cent on;
 * below as amount_usd(): "$10,962.28". */
char *amount_bill(double usd, char *out);

/* A count with thousands separated: "12,345". */
char *amount_count(double count, char *out);

/* A share of one in per cent, one decimal: 0.973 reads "97.3 %". */
char *amount_percent(double share, char *out);

/* A probability, three decimals: "0.934". */
char *amount_probability(double probability, char *out);

/* Seconds as the two largest units: "2 d 3 h", "4 min 5 s". */
char *amount_duration(double seconds, char *out);

#endif
