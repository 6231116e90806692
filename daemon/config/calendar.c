/* calendar.c - dates, times and durations as the catalogue writes them.
 *
 * Days are counted by the civil calendar, without time zones or the C library's
 * struct tm, whose conversions depend on the environment. Text comes as a span that
 * the readers below eat from the front; what is left over makes the whole no date.
 */
#include "daemon/config/calendar.h"

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Exactly count digits at *text, which moves past them; -1 when there are others. */
static int take_digits(struct span *text, size_t count) {
  int number = 0;
  if (text->len < count)
    return -1;
  for (size_t i = 0; i < count; i++) {
    if (text->ptr[i] < '0' || text->ptr[i] > '9')
      return -1;
    number = number * 10 + (text->ptr[i] - '0');
  }
  *text = span_make(text->ptr + count, text->len - count);
  return number;
}

/* "-NN" at *text; 1 when the text has ended instead, -1 when it is neither. */
static int take_part(struct span *text) {
  if (text->len == 0)
    return 1;
  if (text->ptr[0] != '-')
    return -1;
  *text = span_make(text->ptr + 1, text->len - 1);
  return take_digits(text, 2);
}

bool calendar_parse(struct span text, int64_t *days) {
  const int year = take_digits(&text, 4);
  const int month = take_part(&text);
  const int day = take_part(&text);
  if (text.len != 0 || year < 1970 || month < 1 || month > 12)
    return false;
  if (day < 1 || day > days_in_month(year, month))
    return false;

  int64_t count = day - 1;
  for (int m = 1; m < month; m++)
    count += days_in_month(year, m);
  /* Eight thousand steps at the most, and once a model: no formula is needed. */
  for (int y = 1970; y < year; y++)
    count += is_leap(y) ? 366 : 365;
  *days = count;
  return true;
}

/* Eats c at the front of *text. */
static bool take(struct span *text, char c) {
  if (text->len == 0 || text->ptr[0] != c)
    return false;
  *text = span_make(text->ptr + 1, text->len - 1);
  return true;
}

/* "HH:MM" up to 24:00, in minutes; -1 when there is something else. */
static int take_clock(struct span *text) {
  const int hour = take_digits(text, 2);
  const bool colon = take(text, ':');
  const int minute = take_digits(text, 2);
  if (hour < 0 || !colon || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60)
    return -1;
  return hour * 60 + minute;
}

bool calendar_parse_instant(struct span text, int64_t *seconds, bool *date_alone) {
  enum { DATE_LEN = 10 };
  int64_t days;
  if (text.len < DATE_LEN || !calendar_parse(span_make(text.ptr, DATE_LEN), &days))
    return false;
  struct span rest = span_make(text.ptr + DATE_LEN, text.len - DATE_LEN);
  int minutes = 0;
  if (rest.len > 0) {
    /* The Z is required: a time without a zone would be read as local by many. */
    minutes = take(&rest, 'T') ? take_clock(&rest) : -1;
    if (minutes < 0 || minutes == 24 * 60 || !take(&rest, 'Z') || rest.len > 0)
      return false;
  }
  *date_alone = text.len == DATE_LEN;
  *seconds = days * 86400 + (int64_t)minutes * 60;
  return true;
}

bool calendar_parse_hours(struct span text, uint16_t *start, uint16_t *end) {
  const int from = take_clock(&text);
  const bool dash = take(&text, '-');
  const int to = take_clock(&text);
  if (from < 0 || from == 24 * 60 || !dash || to < 0 || text.len > 0)
    return false;
  *start = (uint16_t)from;
  *end = (uint16_t)to;
  return true;
}

/* 0 for "mon" to 6 for "sun"; -1 when there is something else. */
static int take_weekday(struct span *text) {
  static const char names[][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  for (int i = 0; i < 7; i++) {
    if (text->len < 3 || !span_is(span_make(text->ptr, 3), names[i]))
      continue;
    *text = span_make(text->ptr + 3, text->len - 3);
    return i;
  }
  return -1;
}

bool calendar_parse_weekdays(struct span text, uint8_t *weekdays) {
  uint8_t days = 0;
  /* Days and ranges of days, parted by commas. */
  do {
    const int first = take_weekday(&text);
    const int last = take(&text, '-') ? take_weekday(&text) : first;
    if (first < 0 || last < 0)
      return false;
    /* "fri-mon" goes over the weekend. */
    for (int i = first;; i = (i + 1) % 7) {
      days = (uint8_t)(days | 1 << i);
      if (i == last)
        break;
    }
  } while (take(&text, ','));
  if (text.len > 0)
    return false;
  *weekdays = days;
  return true;
}

bool calendar_parse_duration(struct span text, uint32_t *seconds) {
  static const struct {
    char unit;
    uint32_t seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  const uint32_t seconds_max = 365 * 86400;
  uint32_t count = 0;
  /* The last character is the unit. Digits end where the number is out of range
   * anyway, which keeps it from wrapping round. */
  while (text.len > 1 && text.ptr[0] >= '0' && text.ptr[0] <= '9' && count <= seconds_max) {
    count = count * 10 + (uint32_t)(text.ptr[0] - '0');
    text = span_make(text.ptr + 1, text.len - 1);
  }
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (text.len != 1 || text.ptr[0] != units[i].unit)
      continue;
    if (count < 1 || count > seconds_max / units[i].seconds)
      return false;
    *seconds = count * units[i].seconds;
    return true;
  }
  return false;
}
