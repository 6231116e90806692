/* calendar.h - dates, times and durations as the catalogue writes them.
 *
 * All of it is UTC. Each function is false, and *out untouched, when the text is none
 * of what it reads. */
#ifndef TIERD_CONFIG_CALENDAR_H
#define TIERD_CONFIG_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier/text/span.h"

/* "YYYY-MM-DD", "YYYY-MM" or "YYYY", the year from 1970 to 9999, as days since
 * 1970-01-01. What is left out counts as the first, the oldest that the date can be. */
bool calendar_parse(struct span text, int64_t *days);

/* "YYYY-MM-DD" or "YYYY-MM-DDTHH:MMZ" as seconds since 1970, and whether it was a
 * date alone, which stands for its midnight. */
bool calendar_parse_instant(struct span text, int64_t *seconds, bool *date_alone);

/* "HH:MM-HH:MM" as minutes of the day, up to 24:00 at the end. */
bool calendar_parse_hours(struct span text, uint16_t *start, uint16_t *end);

/* "mon-fri", "sat,sun" or "wed" as bits, bit 0 for Monday. */
bool calendar_parse_weekdays(struct span text, uint8_t *weekdays);

/* "90s", "5m", "12h" or "7d" in seconds, from 1 second to 365 days. */
bool calendar_parse_duration(struct span text, uint32_t *seconds);

#endif
