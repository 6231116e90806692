/* json_in.h - a request's JSON: checked, then a cJSON tree in the arena (json_tree.h). */
#ifndef TIERD_API_JSON_IN_H
#define TIERD_API_JSON_IN_H

#include <cjson/cJSON.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "classifier/text/span.h"
#include "daemon/api/arena.h"

/* Makes cJSON take its memory from the arena of the request that is being read on
 * this thread, and from malloc() outside one. Call once, before any thread. */
void json_in_setup(void);

/* Parses text, which is written to and which the tree's strings stand in. The tree lives
 * in the arena and is not to be deleted. NULL with err filled on failure; err->status is
 * JSON_OK then if memory or the arena's limit ran out. */
cJSON *json_in_parse(struct arena *arena, char *text, size_t len, const struct json_limits *limits,
                     struct json_error *err);

/* A string or number of the tree as it would stand in JSON, in the arena. Empty for
 * anything else, for NULL, and when memory is out. */
struct span json_in_text(struct arena *arena, const cJSON *item);

/* The member of an object by exact name, the first of several; else NULL. */
static inline const cJSON *json_member(const cJSON *object, const char *name) {
  const cJSON *item = object ? object->child : NULL;
  while (item && (!item->string || strcmp(item->string, name) != 0))
    item = item->next;
  return item;
}

#endif
