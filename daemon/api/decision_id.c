/* decision_id.c - makes ids and recognises them.
 *
 * Ids say where a decision may still be in memory (ops/recent.h); feedback on older ones finds
 * its decision when the log is read. */
#include "daemon/api/decision_id.h"

#include <string.h>

enum { PREFIX_DIGITS = 16, COUNT_DIGITS_MAX = 16 };

/* The lowest digits of value, which are as many as that. */
static char *put_hex(char *at, uint64_t value, size_t digits) {
  while (digits-- > 0)
    *at++ = "0123456789abcdef"[value >> (4 * digits) & 15];
  return at;
}

/* By hand, for every decision has one and printf takes as long as an answer's amounts. */
void decision_id_print(uint64_t prefix, uint64_t count, char *out) {
  size_t digits = 1;
  while (digits < COUNT_DIGITS_MAX && count >> (4 * digits) != 0)
    digits++;
  memcpy(out, "d-", 2);
  char *at = put_hex(out + 2, prefix, PREFIX_DIGITS);
  *at++ = '-';
  *put_hex(at, count, digits) = '\0';
}

/* How many hexadecimal digits, in lower case, stand at the beginning. */
static size_t digits(const char *at, const char *end) {
  const char *p = at;
  while (p < end && ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f')))
    p++;
  return (size_t)(p - at);
}

bool decision_id_valid(struct span text) {
  const char *end = text.ptr + text.len;
  if (text.len < 2 + PREFIX_DIGITS + 2 || memcmp(text.ptr, "d-", 2) != 0)
    return false;
  const char *dash = text.ptr + 2 + PREFIX_DIGITS;
  if (digits(text.ptr + 2, end) != PREFIX_DIGITS || *dash != '-')
    return false;
  const size_t count = digits(dash + 1, end);
  /* One spelling a decision: a count has no zero in front. */
  return dash + 1 + count == end && count >= 1 && count <= COUNT_DIGITS_MAX &&
         (count == 1 || dash[1] != '0');
}

static uint64_t number(const char *at, size_t len) {
  uint64_t value = 0;
  for (size_t i = 0; i < len; i++)
    value = value << 4 | (uint64_t)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
  return value;
}

bool decision_id_parse(struct span text, uint64_t *prefix, uint64_t *count) {
  const size_t before = 2 + PREFIX_DIGITS + 1;
  if (!decision_id_valid(text))
    return false;
  *prefix = number(text.ptr + 2, PREFIX_DIGITS);
  *count = number(text.ptr + before, text.len - before);
  return true;
}
