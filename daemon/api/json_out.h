/* json_out.h - writes JSON straight into a buffer: no tree, no locale, no printf.
 *
 *   struct json_out out = {.buffer = &buffer};
 *   json_open(&out, '{');
 *   json_key(&out, "tier");
 *   json_string(&out, span_of("economy"));
 *   json_close(&out, '}');
 *
 * Commas are put where they belong. A failed allocation shows in buffer.failed. */
#ifndef TIERD_API_JSON_OUT_H
#define TIERD_API_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/api/buffer.h"

struct json_out {
  struct buffer *buffer;
  bool comma; /* a value has been written at this level */
};

/* bracket is '{' or '[', and '}' or ']' for json_close. */
void json_open(struct json_out *out, char bracket);
void json_close(struct json_out *out, char bracket);

/* key must need no escaping. Here, since an answer is half keys, all of them literals. */
static inline void json_key(struct json_out *out, const char *key) {
  struct buffer *buffer = out->buffer;
  const size_t len = strlen(key);
  if (buffer_reserve(buffer, len + 4)) {
    char *at = buffer->data + buffer->len;
    if (out->comma)
      *at++ = ',';
    *at++ = '"';
    memcpy(at, key, len);
    memcpy(at + len, "\":", 2);
    buffer->len = (size_t)(at + len + 2 - buffer->data);
  }
  out->comma = false;
}

/* text is UTF-8; broken bytes become U+FFFD, control characters escapes. */
void json_string(struct json_out *out, struct span text);
void json_text(struct json_out *out, const char *zero_terminated);

/* null when text is NULL or empty. */
void json_text_or_null(struct json_out *out, const char *zero_terminated);

/* Also for keys that may need escaping, such as tier names. */
void json_key_span(struct json_out *out, struct span key);

void json_integer(struct json_out *out, int64_t value);
void json_unsigned(struct json_out *out, uint64_t value);
void json_bool(struct json_out *out, bool value);
void json_null(struct json_out *out);

/* text is a JSON value already. */
void json_raw(struct json_out *out, struct span text);

/* value with at most decimals (0 to 9) places, trailing zeros cut; null when it is
 * not finite or beyond 1e9. */
void json_fixed(struct json_out *out, double value, int decimals);

/* nano-USD as decimal USD; null when unknown. */
void json_money(struct json_out *out, int64_t nano);

#endif
