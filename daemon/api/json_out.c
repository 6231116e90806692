/* json_out.c - the answers' writer: JSON straight into a buffer, without a tree.
 *
 * Commas are set by what came before, so that callers write members in any order and leave
 * any of them out. Memory that runs out marks the buffer, which is looked at once, at the
 * end. Texts may hold any bytes; what comes out is valid UTF-8. */
#include "daemon/api/json_out.h"

#include <math.h>

#include "classifier/text/utf8.h"
#include "daemon/router/money.h"

/* Before a value or a key; after an opening bracket or a key there is nothing to part. */
static void separate(struct json_out *out) {
  if (out->comma)
    buffer_add(out->buffer, ",", 1);
  out->comma = true;
}

void json_open(struct json_out *out, char bracket) {
  separate(out);
  buffer_add(out->buffer, &bracket, 1);
  out->comma = false;
}

void json_close(struct json_out *out, char bracket) {
  buffer_add(out->buffer, &bracket, 1);
  out->comma = true;
}

/* The two-letter forms that are short for what is frequent; the rest by number. */
static void add_escaped(struct buffer *buffer, unsigned char c) {
  static const char digits[] = "0123456789abcdef";
  char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
  switch (c) {
  case '"':
  case '\\':
    text[1] = (char)c;
    buffer_add(buffer, text, 2);
    return;
  case '\n':
    buffer_add(buffer, "\\n", 2);
    return;
  case '\t':
    buffer_add(buffer, "\\t", 2);
    return;
  default:
    buffer_add(buffer, text, 6);
  }
}

/* Where the run of bytes ends that need no escape and no check: eight at a time, for a
 * branch a byte is what writing texts would cost. A byte is special when it is below 0x20,
 * above 0x7E, a quote or a backslash (S. E. Anderson, Bit Twiddling Hacks: "Determine if a
 * word has a byte less than n", "... has a zero byte"). */
static const unsigned char *plain_end(const unsigned char *p, const unsigned char *end) {
  static const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  for (; end - p >= 8; p += 8) {
    uint64_t x;
    memcpy(&x, p, sizeof x);
    const uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\', delete = x ^ ones * 0x7F;
    if ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
         ((delete - ones) & ~delete) | x) &
        high)
      break;
  }
  while (p < end && *p >= 0x20 && *p < 0x7F && *p != '"' && *p != '\\')
    p++;
  return p;
}

/* Runs of plain ASCII are copied as a whole, for that is what nearly all text is. Bytes that
 * are no UTF-8 become U+FFFD: a client's parser would refuse the answer. */
static void add_string(struct buffer *buffer, struct span text) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *end = p + text.len;
  buffer_add(buffer, "\"", 1);
  while (p < end) {
    const unsigned char *start = p;
    p = plain_end(p, end);
    buffer_add(buffer, (const char *)start, (size_t)(p - start));
    if (p == end)
      break;
    uint32_t codepoint;
    bool bad = false;
    size_t length = utf8_decode(p, end, &codepoint, &bad);
    if (bad)
      buffer_add(buffer, "\xEF\xBF\xBD", 3);
    else if (length > 1)
      buffer_add(buffer, (const char *)p, length);
    else
      add_escaped(buffer, *p);
    p += length;
  }
  buffer_add(buffer, "\"", 1);
}

void json_string(struct json_out *out, struct span text) {
  separate(out);
  add_string(out->buffer, text);
}

void json_text(struct json_out *out, const char *zero_terminated) {
  json_string(out, span_of(zero_terminated));
}

void json_text_or_null(struct json_out *out, const char *zero_terminated) {
  if (zero_terminated && *zero_terminated)
    json_text(out, zero_terminated);
  else
    json_null(out);
}

void json_key_span(struct json_out *out, struct span key) {
  separate(out);
  add_string(out->buffer, key);
  buffer_add(out->buffer, ":", 1);
  out->comma = false;
}

static void add_unsigned(struct buffer *buffer, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  buffer_add(buffer, digits + at, sizeof digits - at);
}

void json_unsigned(struct json_out *out, uint64_t value) {
  separate(out);
  add_unsigned(out->buffer, value);
}

void json_integer(struct json_out *out, int64_t value) {
  separate(out);
  if (value < 0)
    buffer_add(out->buffer, "-", 1);
  add_unsigned(out->buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_bool(struct json_out *out, bool value) {
  separate(out);
  buffer_add_text(out->buffer, value ? "true" : "false");
}

void json_null(struct json_out *out) {
  separate(out);
  buffer_add_text(out->buffer, "null");
}

void json_raw(struct json_out *out, struct span text) {
  separate(out);
  buffer_add_span(out->buffer, text);
}

void json_fixed(struct json_out *out, double value, int decimals) {
  uint64_t scale = 1;
  for (int i = 0; i < decimals; i++)
    scale *= 10;
  if (!isfinite(value) || fabs(value) > 1e9) {
    json_null(out);
    return;
  }
  separate(out);
  uint64_t scaled = (uint64_t)llround(fabs(value) * (double)scale);
  if (value < 0 && scaled > 0)
    buffer_add(out->buffer, "-", 1);
  add_unsigned(out->buffer, scaled / scale);
  uint64_t rest = scaled % scale;
  if (rest == 0)
    return;
  for (; rest % 10 == 0; decimals--)
    rest /= 10;
  char digits[10] = ".";
  for (int at = decimals; at > 0; at--, rest /= 10)
    digits[at] = (char)('0' + rest % 10);
  buffer_add(out->buffer, digits, (size_t)decimals + 1);
}

void json_money(struct json_out *out, int64_t nano) {
  separate(out);
  if (buffer_reserve(out->buffer, MONEY_TEXT_MAX))
    out->buffer->len += money_print(nano, out->buffer->data + out->buffer->len);
}
