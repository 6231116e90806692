/* buffer.c - a growing run of bytes. */
#include "daemon/api/buffer.h"

#include <stdlib.h>

enum { ROOM_MIN = 4096 };

bool buffer_grow(struct buffer *buffer, size_t extra) {
  size_t wanted = buffer->room ? buffer->room : ROOM_MIN;
  while (wanted - buffer->len < extra) {
    if (wanted > (size_t)-1 / 2) {
      buffer->failed = true;
      return false;
    }
    wanted *= 2;
  }
  char *grown = realloc(buffer->data, wanted);
  if (!grown) {
    buffer->failed = true;
    return false;
  }
  buffer->data = grown;
  buffer->room = wanted;
  return true;
}

void buffer_add_span(struct buffer *buffer, struct span span) {
  buffer_add(buffer, span.ptr, span.len);
}

void buffer_consume(struct buffer *buffer, size_t len) {
  if (len == 0)
    return;
  memmove(buffer->data, buffer->data + len, buffer->len - len);
  buffer->len -= len;
}

void buffer_reset(struct buffer *buffer, size_t keep) {
  buffer->len = 0;
  buffer->failed = false;
  if (buffer->room > keep)
    buffer_deinit(buffer);
}

void buffer_deinit(struct buffer *buffer) {
  free(buffer->data);
  *buffer = (struct buffer){0};
}
