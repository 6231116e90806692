/* catalog_memory.c - what a catalogue consists of, released in one go.
 *
 * A catalogue is a thousand short strings and one array, made together and
 * dropped together at a reload. Cutting them from blocks saves a free for each
 * and every chance to forget one.
 */
#include "daemon/config/catalog_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 16 * 1024 };

struct block {
  struct block *next;
  size_t used;
  size_t size;
  alignas(max_align_t) unsigned char bytes[];
};

struct catalog_memory {
  struct block *blocks; /* newest first; only the newest is cut from */
};

struct catalog_memory *catalog_memory_create(void) {
  return calloc(1, sizeof(struct catalog_memory));
}

/* Puts a block with room for size bytes at the head of the list. */
static struct block *add_block(struct catalog_memory *memory, size_t size) {
  const size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;
  if (bytes > SIZE_MAX - sizeof(struct block))
    return NULL;
  struct block *block = calloc(1, sizeof *block + bytes);
  if (block == NULL)
    return NULL;
  block->size = bytes;
  block->next = memory->blocks;
  memory->blocks = block;
  return block;
}

void *catalog_memory_alloc(struct catalog_memory *memory, size_t size) {
  const size_t unit = alignof(max_align_t);
  if (size > SIZE_MAX - unit)
    return NULL;
  const size_t rounded = (size + unit - 1) / unit * unit;
  struct block *block = memory->blocks;
  /* What is left of an older block is given up; it is less than one string. */
  if (block == NULL || block->size - block->used < rounded)
    block = add_block(memory, rounded);
  if (block == NULL)
    return NULL;
  void *bytes = block->bytes + block->used;
  block->used += rounded;
  return bytes;
}

char *catalog_memory_string(struct catalog_memory *memory, struct span text) {
  char *copy = catalog_memory_alloc(memory, text.len + 1);
  if (copy != NULL && text.len > 0)
    memcpy(copy, text.ptr, text.len);
  return copy; /* the NUL is there: blocks are zeroed and cut once */
}

void catalog_memory_destroy(struct catalog_memory *memory) {
  if (memory == NULL)
    return;
  struct block *block = memory->blocks;
  while (block != NULL) {
    struct block *next = block->next;
    free(block);
    block = next;
  }
  free(memory);
}
