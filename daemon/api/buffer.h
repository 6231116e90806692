/* buffer.h - bytes on their way out: grows as needed, keeps its memory when reset,
 * and remembers a failed allocation until somebody asks. */
#ifndef TIERD_API_BUFFER_H
#define TIERD_API_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "classifier/text/span.h"

struct buffer {
  char *data;
  size_t len;
  size_t room;
  bool failed; /* memory ran out; the content is incomplete */
};

/* Gets memory for extra more bytes; false when it is out. For buffer_reserve(). */
bool buffer_grow(struct buffer *buffer, size_t extra);

/* Makes room for extra more bytes; false when memory is out. */
static inline bool buffer_reserve(struct buffer *buffer, size_t extra) {
  return extra <= buffer->room - buffer->len || buffer_grow(buffer, extra);
}

/* Here, since an answer is made of some four hundred of these. */
static inline void buffer_add(struct buffer *buffer, const char *bytes, size_t len) {
  if (len == 0 || !buffer_reserve(buffer, len))
    return;
  memcpy(buffer->data + buffer->len, bytes, len);
  buffer->len += len;
}

/* Here as well: the length of a literal is known when this is compiled. */
static inline void buffer_add_text(struct buffer *buffer, const char *zero_terminated) {
  buffer_add(buffer, zero_terminated, strlen(zero_terminated));
}

void buffer_add_span(struct buffer *buffer, struct span span);

/* Removes the first len bytes. */
void buffer_consume(struct buffer *buffer, size_t len);

/* Empties it; gives memory beyond keep bytes back. */
void buffer_reset(struct buffer *buffer, size_t keep);
void buffer_deinit(struct buffer *buffer);

#endif
