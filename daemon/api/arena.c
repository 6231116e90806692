/* arena.c - a list of blocks, filled from front to back. */
#include "daemon/api/arena.h"

#include <stdalign.h>
#include <stdlib.h>

struct arena_block {
  struct arena_block *next;
  size_t size;
  alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t limit) {
  *arena = (struct arena){.limit = limit};
}

/* The next block with room for size: one kept from before, or a new one. */
static struct arena_block *next_block(struct arena *arena, size_t size) {
  struct arena_block *next = arena->current ? arena->current->next : arena->first;
  if (next && next->size >= size)
    return next;
  size_t wanted = size > ARENA_BLOCK ? size : ARENA_BLOCK;
  struct arena_block *block = malloc(sizeof *block + wanted);
  if (!block) {
    arena->failed = true;
    return NULL;
  }
  block->size = wanted;
  block->next = next;
  if (arena->current)
    arena->current->next = block;
  else
    arena->first = block;
  return block;
}

void *arena_take(struct arena *arena, size_t size) {
  const size_t align = alignof(max_align_t);
  if (size > arena->limit - arena->total)
    return NULL;
  size = (size + align - 1) / align * align;
  if (!arena->current || size > arena->current->size - arena->used) {
    struct arena_block *block = next_block(arena, size);
    if (!block)
      return NULL;
    arena->current = block;
    arena->used = 0;
  }
  void *memory = arena->current->bytes + arena->used;
  arena->used += size;
  arena->total = arena->total + size < arena->limit ? arena->total + size : arena->limit;
  return memory;
}

void arena_reset(struct arena *arena) {
  size_t kept = 0;
  struct arena_block **link = &arena->first;
  while (*link) {
    struct arena_block *block = *link;
    if (kept + block->size > ARENA_KEEP) {
      *link = block->next;
      free(block);
      continue;
    }
    kept += block->size;
    link = &block->next;
  }
  arena->current = NULL;
  arena->used = 0;
  arena->total = 0;
  arena->failed = false;
}

void arena_deinit(struct arena *arena) {
  while (arena->first) {
    struct arena_block *next = arena->first->next;
    free(arena->first);
    arena->first = next;
  }
  arena_init(arena, arena->limit);
}
