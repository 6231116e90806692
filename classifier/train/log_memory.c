/* log_memory.c - a list of chunks, filled from the front, freed together.
 *
 * A labelled log is read once and kept whole, so there is no reuse to manage: a
 * request that does not fit the newest chunk opens another. A large request gets
 * a chunk of its own size, put behind the newest so that its room is not lost.
 */
#include "classifier/train/log_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, CHUNK_ALIGN = alignof(max_align_t) };

struct chunk {
  struct chunk *next;
  size_t size; /* of bytes */
  size_t used;
  alignas(max_align_t) unsigned char bytes[];
};

struct labelled_log_memory {
  struct chunk *chunks; /* newest first */
};

struct labelled_log_memory *log_memory_create(void) {
  return calloc(1, sizeof(struct labelled_log_memory));
}

static struct chunk *chunk_create(size_t size) {
  if (size > SIZE_MAX - sizeof(struct chunk))
    return NULL;
  struct chunk *chunk = calloc(1, sizeof *chunk + size);
  if (chunk)
    chunk->size = size;
  return chunk;
}

/* A chunk with room for bytes, linked into the list. */
static struct chunk *chunk_with_room(struct labelled_log_memory *memory, size_t bytes) {
  struct chunk *newest = memory->chunks;
  if (newest && newest->size - newest->used >= bytes)
    return newest;
  if (newest && bytes > CHUNK_BYTES / 4) {
    struct chunk *own = chunk_create(bytes);
    if (own) {
      own->next = newest->next;
      newest->next = own;
    }
    return own;
  }
  struct chunk *chunk = chunk_create(bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
  if (chunk) {
    chunk->next = newest;
    memory->chunks = chunk;
  }
  return chunk;
}

void *log_memory_take(struct labelled_log_memory *memory, size_t bytes) {
  if (bytes > SIZE_MAX - CHUNK_ALIGN)
    return NULL;
  size_t rounded = (bytes + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
  if (rounded == 0)
    rounded = CHUNK_ALIGN; /* so that two requests never share an address */
  struct chunk *chunk = chunk_with_room(memory, rounded);
  if (!chunk)
    return NULL;
  void *taken = chunk->bytes + chunk->used;
  chunk->used += rounded;
  return taken;
}

char *log_memory_text(struct labelled_log_memory *memory, const char *text, size_t len) {
  if (len == SIZE_MAX)
    return NULL;
  char *copy = log_memory_take(memory, len + 1);
  if (copy && len > 0)
    memcpy(copy, text, len);
  return copy; /* the arena's bytes are zero, so the terminator is there */
}

void log_memory_destroy(struct labelled_log_memory *memory) {
  if (!memory)
    return;
  for (struct chunk *chunk = memory->chunks; chunk;) {
    struct chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  free(memory);
}
