/* catalog_memory.h - what a catalogue consists of, released in one go.
 *
 * A list of blocks that allocations are cut from. Nothing is freed by itself.
 */
#ifndef TIERD_CONFIG_CATALOG_MEMORY_H
#define TIERD_CONFIG_CATALOG_MEMORY_H

#include <stddef.h>

#include "classifier/text/span.h"

struct catalog_memory; /* opaque */

/* NULL when memory is out, as with the functions below. */
struct catalog_memory *catalog_memory_create(void);

/* size zeroed bytes, aligned for any type, valid until the destroy. */
void *catalog_memory_alloc(struct catalog_memory *memory, size_t size);

/* A NUL-terminated copy of text. */
char *catalog_memory_string(struct catalog_memory *memory, struct span text);

/* memory may be NULL. */
void catalog_memory_destroy(struct catalog_memory *memory);

#endif
