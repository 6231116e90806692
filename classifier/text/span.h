/* span.h - a view of bytes that somebody else owns. Never NUL-terminated. */
#ifndef TIERD_TEXT_SPAN_H
#define TIERD_TEXT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
  const char *ptr; /* NULL only when len is 0 */
  size_t len;      /* bytes */
};

static inline struct span span_of(const char *zero_terminated) {
  return (struct span){zero_terminated, zero_terminated ? strlen(zero_terminated) : 0};
}

static inline struct span span_make(const char *ptr, size_t len) {
  return (struct span){ptr, len};
}

static inline bool span_eq(struct span a, struct span b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_is(struct span a, const char *zero_terminated) {
  return span_eq(a, span_of(zero_terminated));
}

/* Blanks and line ends of ASCII. */
static inline bool span_is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without such at either end. */
static inline struct span span_trim(struct span text) {
  while (text.len > 0 && span_is_blank(text.ptr[0]))
    text = span_make(text.ptr + 1, text.len - 1);
  while (text.len > 0 && span_is_blank(text.ptr[text.len - 1]))
    text.len--;
  return text;
}

#endif
