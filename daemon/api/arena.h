/* arena.h - memory for one request: taken piece by piece, given back all at once.
 *
 * Blocks stay with the arena over arena_reset(), so that a connection that is kept
 * alive stops allocating after its first requests. One thread at a time. */
#ifndef TIERD_API_ARENA_H
#define TIERD_API_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
  struct arena_block *first; /* the blocks, in the order they are filled */
  struct arena_block *current;
  size_t used;  /* bytes of the current block */
  size_t total; /* bytes handed out since the reset */
  size_t limit; /* arena_take() refuses beyond it */
  bool failed;  /* since the reset, the system had no memory to give */
};

/* Takes no memory yet. limit bounds what one request may use, in bytes. */
void arena_init(struct arena *arena, size_t limit);

/* size bytes aligned for any type, or NULL beyond the limit or out of memory.
 * They live until the reset. */
void *arena_take(struct arena *arena, size_t size);

/* Everything taken becomes free again; blocks beyond ARENA_KEEP bytes are
 * returned to the system. */
enum { ARENA_BLOCK = 64 * 1024, ARENA_KEEP = 1024 * 1024 };
void arena_reset(struct arena *arena);

void arena_deinit(struct arena *arena);

#endif
