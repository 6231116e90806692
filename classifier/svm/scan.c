/* scan.c - the bounded reader under the model file's parser. */
#include "classifier/svm/scan.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { NUMBER_CHARS_MAX = 63 };

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

struct span scan_word(struct scan *scan) {
  while (scan->at < scan->end && is_blank(*scan->at))
    scan->at++;
  const char *start = scan->at;
  while (scan->at < scan->end && !is_blank(*scan->at) && *scan->at != '\n')
    scan->at++;
  return span_make(start, (size_t)(scan->at - start));
}

/* strtod() needs a terminator, which the text may lack; hence the small copy. It
 * reads the decimal point of the C locale, which tierd never leaves. */
bool scan_number(struct scan *scan, double *out) {
  char copy[NUMBER_CHARS_MAX + 1];
  struct span word = scan_word(scan);
  if (word.len == 0 || word.len > NUMBER_CHARS_MAX)
    return false;
  memcpy(copy, word.ptr, word.len);
  copy[word.len] = '\0';
  char *end;
  *out = strtod(copy, &end);
  return end == copy + word.len && isfinite(*out) && fabs(*out) <= (double)FLT_MAX;
}

bool scan_integer(struct scan *scan, uint64_t max, uint64_t *out) {
  struct span word = scan_word(scan);
  uint64_t value = 0;
  if (word.len == 0 || word.len > 19)
    return false;
  for (size_t i = 0; i < word.len; i++) {
    if (word.ptr[i] < '0' || word.ptr[i] > '9')
      return false;
    value = value * 10 + (uint64_t)(word.ptr[i] - '0');
  }
  *out = value;
  return value <= max;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool scan_hex64(struct scan *scan, uint64_t *out) {
  struct span word = scan_word(scan);
  if (word.len != 16)
    return false;
  *out = 0;
  for (size_t i = 0; i < 16; i++) {
    int digit = hex_digit(word.ptr[i]);
    if (digit < 0)
      return false;
    *out = *out << 4 | (uint64_t)digit;
  }
  return true;
}

bool scan_expect(struct scan *scan, const char *word) {
  return span_is(scan_word(scan), word);
}

bool scan_line_end(struct scan *scan) {
  while (scan->at < scan->end && is_blank(*scan->at))
    scan->at++;
  if (scan->at == scan->end)
    return true;
  if (*scan->at != '\n')
    return false;
  scan->at++;
  scan->line++;
  return true;
}

struct span scan_rest(struct scan *scan) {
  while (scan->at < scan->end && is_blank(*scan->at))
    scan->at++;
  const char *start = scan->at;
  while (scan->at < scan->end && *scan->at != '\n')
    scan->at++;
  struct span rest = span_make(start, (size_t)(scan->at - start));
  while (rest.len > 0 && is_blank(rest.ptr[rest.len - 1]))
    rest.len--;
  if (scan->at < scan->end) {
    scan->at++;
    scan->line++;
  }
  return rest;
}
