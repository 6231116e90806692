/* json_check.c - a strict check of one JSON text before anything builds a tree of it.
 *
 * How data flows: json_check() walks the bytes once. What may come next is a small
 * state (enum want); what is open is a stack of one byte a level, so that nesting
 * costs no C stack. Each token's function moves checker.pos past the token, or
 * leaves it at the offending byte and returns the reason. Line numbers are counted
 * only once there is something to complain about.
 *
 * The text is changed in two ways, neither of which moves a byte: escapes that are
 * poison to C strings become \uFFFD, and numbers of more than NUMBER_BYTES_MAX
 * characters, which the tree builder would cut in two, are rounded and padded with
 * spaces.
 *
 * Left to others: values, duplicate keys, and what the text means.
 */
#include "classifier/text/json_check.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/text/json_plain.h"

enum {
  NUMBER_BYTES_MAX = 63,     /* what the tree builder reads of one number */
  NUMBER_DIGITS_MAX = 309,   /* digits of the integer nearest to DBL_MAX */
  NUMBER_DIGITS_ROUNDED = 40 /* kept of an overlong number; a double holds 17 */
};

/* What may follow the bytes that were read so far, white space aside. */
enum want {
  WANT_VALUE,
  WANT_VALUE_OR_END, /* after '[' */
  WANT_KEY,          /* after ',' in an object: no trailing commas */
  WANT_KEY_OR_END,   /* after '{' */
  WANT_COLON,
  WANT_COMMA_OR_END,
  WANT_NOTHING /* the one value is complete */
};

struct checker {
  unsigned char *text;
  size_t len;
  size_t pos; /* the next byte to read; the offending one after a failure */
  size_t depth_max;
  size_t nodes_left;
  enum want want;
  size_t depth;
  unsigned char open[JSON_DEPTH_MAX]; /* '[' or '{' for each open level */
};

/* What a byte means within a string. */
enum byte_class { PLAIN, QUOTE, ESCAPE, CONTROL, LEAD_2, LEAD_3, LEAD_4, INVALID };

/* Eight bytes a cell, sixteen a line. */
/* clang-format off */
#define X8(c) c, c, c, c, c, c, c, c

static const unsigned char byte_classes[256] = {
    X8(CONTROL), X8(CONTROL), X8(CONTROL), X8(CONTROL),
    /* 0x20 */ PLAIN, PLAIN, QUOTE, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, X8(PLAIN),
    /* 0x30 */ X8(PLAIN), X8(PLAIN), X8(PLAIN), X8(PLAIN),
    /* 0x50 */ X8(PLAIN), PLAIN, PLAIN, PLAIN, PLAIN, ESCAPE, PLAIN, PLAIN, PLAIN,
    /* 0x60 */ X8(PLAIN), X8(PLAIN), X8(PLAIN), X8(PLAIN),
    /* 0x80: continuation bytes cannot start a character */
    X8(INVALID), X8(INVALID), X8(INVALID), X8(INVALID),
    X8(INVALID), X8(INVALID), X8(INVALID), X8(INVALID),
    /* 0xc0 and 0xc1 would only spell ASCII at length */
    INVALID, INVALID, LEAD_2, LEAD_2, LEAD_2, LEAD_2, LEAD_2, LEAD_2, X8(LEAD_2),
    /* 0xd0 */ X8(LEAD_2), X8(LEAD_2),
    /* 0xe0 */ X8(LEAD_3), X8(LEAD_3),
    /* 0xf5 and above lie past U+10FFFF */
    LEAD_4, LEAD_4, LEAD_4, LEAD_4, LEAD_4, INVALID, INVALID, INVALID, X8(INVALID)};
#undef X8
/* clang-format on */

static bool is_digit(unsigned char c) {
  return c >= '0' && c <= '9';
}

static bool at_digit(const struct checker *c) {
  return c->pos < c->len && is_digit(c->text[c->pos]);
}

/* Whether second may follow lead. The narrower ranges shut out overlong forms (E0,
 * F0), surrogates (ED) and what lies past U+10FFFF (F4). */
static bool utf8_second_ok(unsigned char lead, unsigned char second) {
  switch (lead) {
  case 0xe0:
    return second >= 0xa0 && second <= 0xbf;
  case 0xed:
    return second >= 0x80 && second <= 0x9f;
  case 0xf0:
    return second >= 0x90 && second <= 0xbf;
  case 0xf4:
    return second >= 0x80 && second <= 0x8f;
  default:
    return second >= 0x80 && second <= 0xbf;
  }
}

/* One character of size bytes at pos. A text that ends within it is truncated, as
 * long as the bytes that are there could go on to be a character. */
static enum json_status check_utf8(struct checker *c, size_t size) {
  const unsigned char *at = c->text + c->pos;
  size_t there = c->len - c->pos < size ? c->len - c->pos : size;
  if (there > 1 && !utf8_second_ok(at[0], at[1]))
    return JSON_BAD_UTF8;
  for (size_t i = 2; i < there; i++)
    if ((at[i] & 0xc0) != 0x80)
      return JSON_BAD_UTF8;
  if (there < size) {
    c->pos = c->len;
    return JSON_TRUNCATED;
  }
  c->pos += size;
  return JSON_OK;
}

/* The value of a hexadecimal digit in either case, or -1. */
static int hex_value(unsigned char c) {
  if (is_digit(c))
    return c - '0';
  c |= 0x20; /* to lower case */
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the four digits at text[at..at+4), which must exist; -1 when
 * they are not hexadecimal. */
static int hex4(const struct checker *c, size_t at) {
  int unit = 0;
  for (size_t i = at; i < at + 4; i++) {
    int digit = hex_value(c->text[i]);
    if (digit < 0)
      return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/* Whether \uDC00 to \uDFFF stands at pos + 6, right after the escape at pos. */
static bool low_surrogate_follows(const struct checker *c) {
  size_t at = c->pos + 6;
  if (c->len - c->pos < 12 || c->text[at] != '\\' || c->text[at + 1] != 'u')
    return false;
  int unit = hex4(c, at + 2);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/* \uXXXX at pos. A lone surrogate has no UTF-8 form and NUL would end a C string
 * early, so both become U+FFFD. */
static enum json_status check_unicode_escape(struct checker *c) {
  size_t hex = c->pos + 2;
  for (size_t i = hex; i < hex + 4; i++) {
    if (i == c->len) {
      c->pos = c->len;
      return JSON_TRUNCATED;
    }
    if (hex_value(c->text[i]) < 0)
      return JSON_BAD_ESCAPE;
  }
  int unit = hex4(c, hex);
  if (unit >= 0xd800 && unit <= 0xdbff && low_surrogate_follows(c)) {
    c->pos += 12;
    return JSON_OK;
  }
  if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))
    memcpy(c->text + hex, "FFFD", 4);
  c->pos += 6;
  return JSON_OK;
}

/* The backslash at pos and what it escapes. */
static enum json_status check_escape(struct checker *c) {
  if (c->len - c->pos < 2) {
    c->pos = c->len;
    return JSON_TRUNCATED;
  }
  switch (c->text[c->pos + 1]) {
  case '"':
  case '\\':
  case '/':
  case 'b':
  case 'f':
  case 'n':
  case 'r':
  case 't':
    c->pos += 2;
    return JSON_OK;
  case 'u':
    return check_unicode_escape(c);
  default:
    return JSON_BAD_ESCAPE;
  }
}

/* Whatever is not a plain byte or the closing quote of a string. */
static enum json_status check_special(struct checker *c, enum byte_class class) {
  switch (class) {
  case ESCAPE:
    return check_escape(c);
  case CONTROL:
    return JSON_CONTROL_CHAR;
  case LEAD_2:
    return check_utf8(c, 2);
  case LEAD_3:
    return check_utf8(c, 3);
  case LEAD_4:
    return check_utf8(c, 4);
  default:
    return JSON_BAD_UTF8;
  }
}

/* The string whose opening quote is at pos. Prompts are mostly plain bytes, which are
 * skipped in blocks; near the end of the text each one is looked up. */
static enum json_status check_string(struct checker *c) {
  c->pos++;
  for (;;) {
    size_t pos = c->pos + json_plain_bytes(c->text + c->pos, c->text + c->len);
    while (pos < c->len && byte_classes[c->text[pos]] == PLAIN)
      pos++;
    c->pos = pos;
    if (pos == c->len)
      return JSON_TRUNCATED;
    enum byte_class class = byte_classes[c->text[pos]];
    if (class == QUOTE) {
      c->pos++;
      return JSON_OK;
    }
    enum json_status status = check_special(c, class);
    if (status != JSON_OK)
      return status;
  }
}

/* A number as 0.d1d2d3... times ten to the power of point, d1 not being 0. */
struct decimal {
  char digits[NUMBER_DIGITS_MAX];
  size_t digits_count; /* 0 for the number 0 */
  int64_t point;
};

/* The exponent's value, held at a bound that no length of digits can make up for. */
static int64_t read_exponent(const unsigned char *at, const unsigned char *end) {
  const int64_t bound = INT64_C(1000000000000000);
  bool negative = *at == '-';
  int64_t value = 0;
  for (; at < end; at++)
    if (is_digit(*at) && value < bound)
      value = value * 10 + (*at - '0');
  return negative ? -value : value;
}

/* Reads a number that keeps to the grammar. Digits past NUMBER_DIGITS_MAX cannot
 * carry a double over its limit, which is an integer, and are dropped. */
static void read_decimal(const unsigned char *at, const unsigned char *end, struct decimal *out) {
  bool fraction = false;
  out->digits_count = 0;
  out->point = 0;
  for (; at < end && *at != 'e' && *at != 'E'; at++) {
    if (*at == '.')
      fraction = true;
    if (!is_digit(*at))
      continue;
    bool leading_zero = out->digits_count == 0 && *at == '0';
    if (leading_zero == fraction) /* 0.00x shrinks, xyz.0 grows */
      out->point += leading_zero ? -1 : 1;
    if (!leading_zero && out->digits_count < NUMBER_DIGITS_MAX)
      out->digits[out->digits_count++] = (char)*at;
  }
  if (at < end)
    out->point += read_exponent(at + 1, end);
}

/* Whether a double has no room for the number. Only numbers of 309 digits before
 * the point need a closer look; without a point of its own, the text handed to
 * strtod() reads the same in any locale. */
static bool overflows(const struct decimal *number) {
  if (number->digits_count == 0 || number->point < NUMBER_DIGITS_MAX)
    return false;
  if (number->point > NUMBER_DIGITS_MAX)
    return true;
  char text[NUMBER_DIGITS_MAX + 16];
  snprintf(text, sizeof text, "%.*se%zu", (int)number->digits_count, number->digits,
           NUMBER_DIGITS_MAX - number->digits_count);
  return isinf(strtod(text, NULL));
}

/* Puts a shorter spelling in the place of an overlong number. */
static void shorten(unsigned char *at, size_t len, const struct decimal *number) {
  char text[NUMBER_BYTES_MAX + 1];
  size_t kept = number->digits_count;
  if (kept > NUMBER_DIGITS_ROUNDED)
    kept = NUMBER_DIGITS_ROUNDED;
  if (kept == 0 || number->point < -400) /* underflows to 0, whatever the digits */
    snprintf(text, sizeof text, "0");
  else
    snprintf(text, sizeof text, "%.*se%d", (int)kept, number->digits,
             (int)(number->point - (int64_t)kept));
  size_t sign = at[0] == '-' ? 1 : 0;
  memset(at + sign, ' ', len - sign);
  memcpy(at + sign, text, strlen(text));
}

/* The value of the number at text[start..pos), once its grammar is known good. */
static enum json_status check_number_value(struct checker *c, size_t start, bool exponent) {
  size_t len = c->pos - start;
  if (!exponent && len <= NUMBER_BYTES_MAX)
    return JSON_OK;
  struct decimal number;
  read_decimal(c->text + start, c->text + c->pos, &number);
  if (overflows(&number)) {
    c->pos = start;
    return JSON_NUMBER_RANGE;
  }
  if (len > NUMBER_BYTES_MAX)
    shorten(c->text + start, len, &number);
  return JSON_OK;
}

/* Moves past at least one digit, or says that there is none. */
static bool skip_digits(struct checker *c) {
  if (!at_digit(c))
    return false;
  while (at_digit(c))
    c->pos++;
  return true;
}

/* [ "-" ] ( "0" | digit1-9 digits ) [ "." digits ] [ ("e" | "E") [ sign ] digits ] */
static enum json_status check_number(struct checker *c) {
  size_t start = c->pos;
  bool exponent = false;
  if (c->text[c->pos] == '-')
    c->pos++;
  if (c->pos < c->len && c->text[c->pos] == '0') {
    c->pos++;
    if (at_digit(c))
      return JSON_BAD_NUMBER;
  } else if (!skip_digits(c)) {
    return JSON_BAD_NUMBER;
  }
  if (c->pos < c->len && c->text[c->pos] == '.') {
    c->pos++;
    if (!skip_digits(c))
      return JSON_BAD_NUMBER;
  }
  if (c->pos < c->len && (c->text[c->pos] == 'e' || c->text[c->pos] == 'E')) {
    exponent = true;
    c->pos++;
    if (c->pos < c->len && (c->text[c->pos] == '+' || c->text[c->pos] == '-'))
      c->pos++;
    if (!skip_digits(c))
      return JSON_BAD_NUMBER;
  }
  return check_number_value(c, start, exponent);
}

/* A word, compared byte by byte so that pos ends at the first one that differs. */
static enum json_status check_literal(struct checker *c, const char *literal) {
  for (; *literal != '\0'; literal++, c->pos++) {
    if (c->pos == c->len)
      return JSON_TRUNCATED;
    if (c->text[c->pos] != (unsigned char)*literal)
      return JSON_SYNTAX;
  }
  return JSON_OK;
}

/* What may follow a value depends only on whether something is still open. */
static void value_done(struct checker *c) {
  c->want = c->depth > 0 ? WANT_COMMA_OR_END : WANT_NOTHING;
}

/* A bracket opens a level. The limit is held here, before the stack is written, and
 * is never above the stack's size. */
static enum json_status open_level(struct checker *c) {
  unsigned char bracket = c->text[c->pos];
  if (c->depth == c->depth_max)
    return JSON_TOO_DEEP;
  c->open[c->depth++] = bracket;
  c->pos++;
  c->want = bracket == '{' ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
  return JSON_OK;
}

static enum json_status close_level(struct checker *c) {
  c->depth--;
  c->pos++;
  value_done(c);
  return JSON_OK;
}

/* Strings, numbers and words: values without values inside. */
static enum json_status check_scalar(struct checker *c) {
  switch (c->text[c->pos]) {
  case '"':
    return check_string(c);
  case 't':
    return check_literal(c, "true");
  case 'f':
    return check_literal(c, "false");
  case 'n':
    return check_literal(c, "null");
  case '.': /* what is meant is clear, so the message may be too */
  case '+':
    return JSON_BAD_NUMBER;
  default:
    if (c->text[c->pos] == '-' || at_digit(c))
      return check_number(c);
    return JSON_SYNTAX;
  }
}

/* Any value. Those with values inside only open a level here; the main loop goes on
 * within, which is what keeps this free of recursion. */
static enum json_status check_value(struct checker *c) {
  if (c->nodes_left == 0)
    return JSON_TOO_MANY_NODES;
  c->nodes_left--;
  if (c->text[c->pos] == '{' || c->text[c->pos] == '[')
    return open_level(c);
  enum json_status status = check_scalar(c);
  if (status == JSON_OK)
    value_done(c);
  return status;
}

/* Keys are strings and nothing else; duplicates are the reader's business. */
static enum json_status check_key(struct checker *c) {
  if (c->text[c->pos] != '"')
    return JSON_SYNTAX;
  enum json_status status = check_string(c);
  if (status == JSON_OK)
    c->want = WANT_COLON;
  return status;
}

/* The colon between a key and its value. */
static enum json_status check_colon(struct checker *c) {
  if (c->text[c->pos] != ':')
    return JSON_SYNTAX;
  c->pos++;
  c->want = WANT_VALUE;
  return JSON_OK;
}

/* Between the elements of what is open. After a comma another one must come, so
 * WANT_VALUE and WANT_KEY leave no way for a trailing comma. */
static enum json_status check_comma_or_end(struct checker *c) {
  bool object = c->open[c->depth - 1] == '{';
  unsigned char byte = c->text[c->pos];
  if (byte == (object ? '}' : ']'))
    return close_level(c);
  if (byte != ',')
    return JSON_SYNTAX;
  c->pos++;
  c->want = object ? WANT_KEY : WANT_VALUE;
  return JSON_OK;
}

/* One token, which starts at pos. */
static enum json_status check_token(struct checker *c) {
  unsigned char byte = c->text[c->pos];
  switch (c->want) {
  case WANT_VALUE:
    return check_value(c);
  case WANT_VALUE_OR_END:
    return byte == ']' ? close_level(c) : check_value(c);
  case WANT_KEY:
    return check_key(c);
  case WANT_KEY_OR_END:
    return byte == '}' ? close_level(c) : check_key(c);
  case WANT_COLON:
    return check_colon(c);
  case WANT_COMMA_OR_END:
    return check_comma_or_end(c);
  case WANT_NOTHING:
    break;
  }
  return JSON_TRAILING;
}

/* The four characters that the RFC calls white space; not form feed, not U+00A0. */
static void skip_space(struct checker *c) {
  while (c->pos < c->len) {
    unsigned char byte = c->text[c->pos];
    if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t')
      return;
    c->pos++;
  }
}

/* Token after token to the end. A text that ends while something is still wanted was
 * cut short. */
static enum json_status check_text(struct checker *c) {
  skip_space(c);
  if (c->pos == c->len)
    return JSON_EMPTY;
  do {
    enum json_status status = check_token(c);
    if (status != JSON_OK)
      return status;
    skip_space(c);
  } while (c->pos < c->len);
  return c->want == WANT_NOTHING ? JSON_OK : JSON_TRUNCATED;
}

/* The line of pos, from 1. Only errors pay for this second pass. */
static size_t line_of(const struct checker *c) {
  size_t line = 1;
  for (size_t i = 0; i < c->pos; i++)
    line += c->text[i] == '\n';
  return line;
}

enum json_status json_check(char *text, size_t len, const struct json_limits *limits,
                            struct json_error *err) {
  struct checker c;
  assert(limits != NULL && (text != NULL || len == 0));
  c.text = (unsigned char *)text;
  c.len = len;
  c.pos = 0;
  c.depth_max = limits->depth_max < JSON_DEPTH_MAX ? limits->depth_max : JSON_DEPTH_MAX;
  c.nodes_left = limits->nodes_max;
  c.want = WANT_VALUE;
  c.depth = 0; /* open[] is written before it is read */
  enum json_status status = check_text(&c);
  if (err != NULL) {
    err->status = status;
    err->offset = c.pos;
    err->line = status == JSON_OK ? 0 : line_of(&c);
  }
  return status;
}

const char *json_status_text(enum json_status status) {
  switch (status) {
  case JSON_OK:
    return "well-formed";
  case JSON_EMPTY:
    return "empty";
  case JSON_SYNTAX:
    return "not JSON";
  case JSON_TRUNCATED:
    return "ends within a value";
  case JSON_TRAILING:
    return "goes on after the end of the value";
  case JSON_TOO_DEEP:
    return "nested too deeply";
  case JSON_TOO_MANY_NODES:
    return "has too many values";
  case JSON_BAD_UTF8:
    return "has a string that is not UTF-8";
  case JSON_BAD_ESCAPE:
    return "has an unknown escape in a string";
  case JSON_CONTROL_CHAR:
    return "has an unescaped control character in a string";
  case JSON_BAD_NUMBER:
    return "has a malformed number";
  case JSON_NUMBER_RANGE:
    return "has a number that is too large for a double";
  }
  return "unknown status";
}
