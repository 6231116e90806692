/* calendar.h - dates as the catalogue writes them. */
#ifndef TIERD_CONFIG_CALENDAR_H
#define TIERD_CONFIG_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

/* Parses "YYYY-MM-DD", "YYYY-MM" or "YYYY", the year from 1970 to 9999, into days
 * since 1970-01-01. What is left out counts as the first, the oldest that the date
 * can be. False when text is none of these or there is no such day. */
bool calendar_parse(struct span text, int64_t *days);

#endif
