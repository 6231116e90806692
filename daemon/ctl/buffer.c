/* buffer.c - a byte buffer with a bound.
 *
 * Files, answers and lines of a batch gather here. The bound is the caller's,
 * because only the caller knows how much of its input can be honest. What the
 * bytes mean is left to others.
 */
#include "daemon/ctl/buffer.h"

#include <stdlib.h>

enum { BUFFER_CAPACITY_FIRST = 4096 };

void ctl_buffer_init(struct ctl_buffer *buffer, size_t bytes_max) {
  *buffer = (struct ctl_buffer){.bytes_max = bytes_max};
}

/* Doubles until needed fits. The bounds in use are far below SIZE_MAX / 2, so
 * doubling cannot wrap. */
static bool buffer_reserve(struct ctl_buffer *buffer, size_t needed) {
  if (needed <= buffer->capacity)
    return true;
  size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_CAPACITY_FIRST;
  while (capacity < needed)
    capacity *= 2;
  char *grown = realloc(buffer->ptr, capacity);
  if (!grown) {
    buffer->failure = BUFFER_NO_MEMORY;
    return false;
  }
  buffer->ptr = grown;
  buffer->capacity = capacity;
  return true;
}

bool ctl_buffer_append(struct ctl_buffer *buffer, struct span bytes) {
  if (buffer->failure)
    return false;
  /* Compared by subtraction, so that a huge length cannot wrap around. */
  if (bytes.len > buffer->bytes_max - buffer->len) {
    buffer->failure = BUFFER_TOO_LARGE;
    return false;
  }
  if (bytes.len == 0)
    return true;
  if (!buffer_reserve(buffer, buffer->len + bytes.len))
    return false;
  memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
  buffer->len += bytes.len;
  return true;
}

void ctl_buffer_clear(struct ctl_buffer *buffer) {
  buffer->len = 0;
  buffer->failure = BUFFER_FINE;
}

void ctl_buffer_deinit(struct ctl_buffer *buffer) {
  free(buffer->ptr);
  *buffer = (struct ctl_buffer){0};
}
