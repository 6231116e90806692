/* buffer.h - bytes that grow up to a bound.
 *
 *   struct ctl_buffer text;
 *   ctl_buffer_init(&text, 64 << 20);
 *   ctl_buffer_append(&text, span);      // any number of times
 *   if (ctl_buffer_failed(&text)) ...    // checked once, at the end
 *   ctl_buffer_deinit(&text);
 */
#ifndef TIERD_CTL_BUFFER_H
#define TIERD_CTL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/text/span.h"

enum buffer_failure { BUFFER_FINE = 0, BUFFER_TOO_LARGE, BUFFER_NO_MEMORY };

struct ctl_buffer {
  char *ptr; /* owned by the buffer; NULL while nothing was appended */
  size_t len;
  size_t capacity;
  size_t bytes_max;
  enum buffer_failure failure; /* sticky: later appends do nothing */
};

void ctl_buffer_init(struct ctl_buffer *buffer, size_t bytes_max);

/* Appends a copy of bytes; false once the bound or memory was exceeded. */
bool ctl_buffer_append(struct ctl_buffer *buffer, struct span bytes);

/* Forgets the content and the failure but keeps the memory. */
void ctl_buffer_clear(struct ctl_buffer *buffer);

static inline bool ctl_buffer_failed(const struct ctl_buffer *buffer) {
  return buffer->failure != BUFFER_FINE;
}

/* Valid until the next append, clear or deinit. */
static inline struct span ctl_buffer_span(const struct ctl_buffer *buffer) {
  return span_make(buffer->ptr, buffer->len);
}

void ctl_buffer_deinit(struct ctl_buffer *buffer);

#endif
