/* json_in.c - a request's JSON, checked and made a tree; and its members as text again.
 *
 * What cJSON prints goes to the arena of the request. Its hooks take no context, so the
 * arena stands in a thread-local while it prints. That is the one mutable variable outside a struct
 * in this folder. */
#include "daemon/api/json_in.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/api/json_tree.h"

static _Thread_local struct arena *printing;

static void *take(size_t size) {
  return printing ? arena_take(printing, size) : malloc(size);
}

/* What the arena gave goes back with the arena. */
static void give_back(void *memory) {
  if (!printing)
    free(memory);
}

void json_in_setup(void) {
  cJSON_Hooks hooks = {.malloc_fn = take, .free_fn = give_back};
  cJSON_InitHooks(&hooks);
}

cJSON *json_in_parse(struct arena *arena, char *text, size_t len, const struct json_limits *limits,
                     struct json_error *err) {
  if (json_check(text, len, limits, err) != JSON_OK)
    return NULL;
  return json_tree(arena, text, len);
}

struct span json_in_text(struct arena *arena, const cJSON *item) {
  enum { NUMBER_MAX = 32 };
  if (cJSON_IsNumber(item)) {
    /* cJSON would print 15 digits; ids are often of 16 and more. */
    char *number = arena_take(arena, NUMBER_MAX);
    int len = number ? snprintf(number, NUMBER_MAX, "%.17g", item->valuedouble) : 0;
    return span_make(number, (size_t)len);
  }
  if (!cJSON_IsString(item))
    return span_make(NULL, 0);
  printing = arena;
  const char *text = cJSON_PrintUnformatted(item);
  printing = NULL;
  return span_of(text);
}
