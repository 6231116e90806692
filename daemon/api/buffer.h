/* buffer.h - bytes on their way out: grows as needed, keeps its memory when reset,
 * and remembers a failed allocation until somebody asks. */
#ifndef TIERD_API_BUFFER_H
#define TIERD_API_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "classifier/text/span.h"

struct buffer {
  char *data;
  size_t len;
  size_t room;
  bool failed; /* memory ran out; the content is incomplete */
};

void buffer_add(struct buffer *buffer, const char *bytes, size_t len);
void buffer_add_text(struct buffer *buffer, const char *zero_terminated);
void buffer_add_span(struct buffer *buffer, struct span span);

/* Makes room for extra more bytes; false when memory is out. */
bool buffer_reserve(struct buffer *buffer, size_t extra);

/* Removes the first len bytes. */
void buffer_consume(struct buffer *buffer, size_t len);

/* Empties it; gives memory beyond keep bytes back. */
void buffer_reset(struct buffer *buffer, size_t keep);
void buffer_deinit(struct buffer *buffer);

#endif
