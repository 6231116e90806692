/* json_same.h - are two cJSON trees the same in everything a reader can see? */
#ifndef TIERD_TESTS_JSON_SAME_H
#define TIERD_TESTS_JSON_SAME_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

static inline bool json_same_text(const char *a, const char *b) {
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool json_same_node(const cJSON *a, const cJSON *b) {
  return a->type == b->type && a->valueint == b->valueint &&
         memcmp(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble) == 0 &&
         json_same_text(a->string, b->string) && json_same_text(a->valuestring, b->valuestring);
}

/* Walks both at once: down, then on, then up by the way it came, which is kept here. */
static inline bool json_same(const cJSON *a, const cJSON *b) {
  const cJSON *up_a[256 + 1], *up_b[256 + 1];
  size_t depth = 0;
  for (;;) {
    if (!json_same_node(a, b) || !a->child != !b->child || (depth > 0 && !a->next != !b->next))
      return false;
    if (a->child) {
      /* From either end: the first one's prev is the last one. */
      if (a->child->prev->next || !json_same_node(a->child->prev, b->child->prev) ||
          depth == sizeof up_a / sizeof up_a[0])
        return false;
      up_a[depth] = a;
      up_b[depth++] = b;
      a = a->child;
      b = b->child;
      continue;
    }
    while (depth > 0 && !a->next) {
      a = up_a[--depth];
      b = up_b[depth];
      if (depth > 0 && !a->next != !b->next)
        return false;
    }
    if (depth == 0)
      return true;
    if (a->next->prev != a)
      return false;
    a = a->next;
    b = b->next;
  }
}

#endif
