/* fuzz_json_tree.c - json_tree() and cJSON make the same of whatever the checker accepts.
 *
 * cJSON parses a copy; the trees are compared node by node, then both printed. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <string.h>

#include "classifier/text/json_check.h"
#include "daemon/api/json_tree.h"

#include "../json_same.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const struct json_limits limits = {.depth_max = JSON_DEPTH_MAX, .nodes_max = 100000};
  /* A block of exactly len bytes, so that the sanitizer sees any access past it. */
  char *text = malloc(len);
  require(text || len == 0);
  if (len > 0)
    memcpy(text, data, len);
  if (json_check(text, len, &limits, NULL) == JSON_OK) {
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    cJSON *expected = cJSON_ParseWithLength(text, len);
    cJSON *tree = json_tree(&arena, text, len);
    require(expected && tree && json_same(tree, expected));
    char *printed = cJSON_PrintUnformatted(tree), *again = cJSON_PrintUnformatted(expected);
    require(printed && again && strcmp(printed, again) == 0);
    cJSON_free(printed);
    cJSON_free(again);
    cJSON_Delete(expected);
    arena_deinit(&arena);
  }
  free(text);
  return 0;
}
