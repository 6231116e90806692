/* json_tree.h - a checked JSON text as a cJSON tree whose strings stay where they are.
 *
 * cJSON_Parse() copies each string and looks at each byte several times, which for a
 * prompt of 50 KB takes longer than the decision on it. Here escapes are resolved within
 * the text, and nodes point into it. The tree is to cJSON's own functions as if cJSON had
 * made it (tests/fuzz/fuzz_json_tree.c holds the two to each other), but it is read only:
 * it belongs to the arena and to the text, and is never to be deleted. */
#ifndef TIERD_API_JSON_TREE_H
#define TIERD_API_JSON_TREE_H

#include <cjson/cJSON.h>

#include "daemon/api/arena.h"

/* text[0..len) must be what json_check() has just accepted. It is overwritten, and has to
 * outlive the tree. NULL when the arena has no room left. */
cJSON *json_tree(struct arena *arena, char *text, size_t len);

#endif
