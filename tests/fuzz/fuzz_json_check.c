/* fuzz_json_check.c - whatever the checker accepts, the tree builder must parse whole.
 *
 * The input is checked twice: the first pass may rewrite it, the second must find
 * nothing more to do. What was accepted is then parsed by cJSON with the end
 * required. A second copy goes through the comment blanker first, as configuration
 * does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "classifier/text/json_check.h"

static const struct json_limits limits = {.depth_max = JSON_DEPTH_MAX, .nodes_max = 100000};

/* assert() would vanish from an optimised build. */
static void require(int condition) {
  if (!condition)
    abort();
}

/* A block of exactly len bytes, so that the sanitizer sees any read past it. */
static char *copy_exactly(const void *data, size_t len) {
  char *copy = malloc(len);
  require(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, data, len);
  return copy;
}

static void require_tree(const char *text, size_t len) {
  const char *end = NULL;
  cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);
  require(tree != NULL);
  while (end < text + len && memchr(" \t\r\n", *end, 4) != NULL)
    end++;
  require(end == text + len);
  cJSON_Delete(tree);
}

static void check_and_parse(char *text, size_t len) {
  struct json_error err;
  if (json_check(text, len, &limits, &err) != JSON_OK) {
    require(err.status != JSON_OK && err.offset <= len && err.line >= 1);
    return;
  }
  char *again = copy_exactly(text, len);
  require(json_check(again, len, &limits, NULL) == JSON_OK);
  require(memcmp(text, again, len) == 0);
  free(again);
  require_tree(text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  char *text = copy_exactly(data, len);
  check_and_parse(text, len);
  free(text);
  text = copy_exactly(data, len);
  json_blank_comments(text, len);
  check_and_parse(text, len);
  free(text);
  return 0;
}
