/* calendar.c - dates as the catalogue writes them.
 *
 * Days are counted by the civil calendar, without time zones or the C library's
 * struct tm, whose conversions depend on the environment.
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
