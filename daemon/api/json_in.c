/* json_in.c - cJSON's allocations go to the arena of the thread's request.
 *
 * cJSON's hooks take no context, so the arena stands in a thread-local while a
 * parse runs. That is the one mutable variable outside a struct in this folder. */
#include "daemon/api/json_in.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct arena *parsing;

static void *take(size_t size) {
  return parsing ? arena_take(parsing, size) : malloc(size);
}

/* What the arena gave goes back with the arena. */
static void give_back(void *memory) {
  if (!parsing)
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
  parsing = arena;
  cJSON *root = cJSON_ParseWithLength(text, len);
  parsing = NULL;
  return root;
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
  parsing = arena;
  const char *text = cJSON_PrintUnformatted(item);
  parsing = NULL;
  return span_of(text);
}
