/* base.c - a catalogue that is to be brought up to date: what it means, and its text.
 *
 * The catalogue's loader gives the meaning and has checked everything that the tree
 * here is relied on for: its depth, its size, that keys are not repeated. The tree is
 * what is changed and written again. Comments inside it are lost; those before the
 * first brace, where a catalogue describes itself, are kept.
 */
#include "daemon/ctl/catalog/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "classifier/text/json_check.h"
#include "daemon/config/read_file.h"

/* The loader has the same, so nothing that it takes is refused here. */
static const struct json_limits limits = {.depth_max = 16, .nodes_max = 200000};

/* Cuts the head off and parses the rest. text is blanked of comments. */
static bool parse_tree(struct catalog_base *base, char *text, size_t len) {
  base->head = malloc(len + 1);
  if (base->head == NULL)
    return false;
  memcpy(base->head, text, len);
  json_blank_comments(text, len);
  const char *brace = memchr(text, '{', len);
  base->head[brace != NULL ? (size_t)(brace - text) : 0] = '\0';
  if (json_check(text, len, &limits, NULL) != JSON_OK)
    return false;
  base->root = cJSON_ParseWithLength(text, len);
  return base->root != NULL;
}

/* The loader overwrites comments with blanks, hence the copy: the head is cut from it. */
bool catalog_base_parse(struct catalog_base *base, const char *name, char *text, size_t len,
                        struct catalog_error *err) {
  *base = (struct catalog_base){0};
  char *copy = malloc(len + 1);
  bool ok = copy != NULL;
  if (ok)
    memcpy(copy, text, len);
  else
    snprintf(err->text, sizeof err->text, "%.200s: out of memory", name);
  ok = ok && catalog_parse(name, text, len, &base->catalog, err);
  if (ok && !parse_tree(base, copy, len)) {
    snprintf(err->text, sizeof err->text, "%.200s: out of memory", name);
    ok = false;
  }
  free(copy);
  if (!ok)
    catalog_base_deinit(base);
  return ok;
}

/* Bytes are only needed until both the struct and the tree are made. */
bool catalog_base_load(struct catalog_base *base, const char *path, struct catalog_error *err) {
  char *text;
  size_t len;
  *base = (struct catalog_base){0};
  if (!read_file(path, CATALOG_FILE_BYTES_MAX, &text, &len, err->text, sizeof err->text))
    return false;
  const bool ok = catalog_base_parse(base, path, text, len, err);
  free(text);
  return ok;
}

void catalog_base_deinit(struct catalog_base *base) {
  catalog_unload(&base->catalog);
  cJSON_Delete(base->root);
  free(base->head);
  *base = (struct catalog_base){0};
}
