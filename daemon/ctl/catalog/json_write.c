/* json_write.c - a tree as JSON that people can edit.
 *
 * The JSON library prints either all on one line or every value on its own; a
 * catalogue is read and edited by hand, so that short objects and arrays belong on a
 * line. Scalars are printed by the library. Recursion is as deep as the tree, whose
 * depth the checks before parsing have bounded.
 */
#include "daemon/ctl/catalog/json_write.h"

#include <string.h>

enum { LINE_BYTES_MAX = 90, INDENT = 2 };

/* Failures stick to the buffer, so that nobody has to look in between. */
static void put(struct ctl_buffer *out, const char *text) {
  ctl_buffer_append(out, span_of(text));
}

/* Elements of arrays have no name and get no key. */
static void put_key(struct ctl_buffer *out, const cJSON *item) {
  cJSON *name = item->string != NULL ? cJSON_CreateStringReference(item->string) : NULL;
  char *text = name != NULL ? cJSON_PrintUnformatted(name) : NULL;
  if (text != NULL) {
    put(out, text);
    put(out, ": ");
  } else if (item->string != NULL) {
    out->failure = BUFFER_NO_MEMORY;
  }
  cJSON_free(text);
  cJSON_Delete(name);
}

/* Raw values, our exact decimals, come out as they went in. */
static void put_scalar(struct ctl_buffer *out, const cJSON *item) {
  char *text = cJSON_PrintUnformatted(item);
  if (text != NULL)
    put(out, text);
  else
    out->failure = BUFFER_NO_MEMORY;
  cJSON_free(text);
}

/* Raw values too. */
static bool is_scalar(const cJSON *item) {
  return !cJSON_IsObject(item) && !cJSON_IsArray(item);
}

/* On one line, with blanks inside braces as the shipped catalogue has them. */
static void put_inline(struct ctl_buffer *out, const cJSON *item) {
  if (is_scalar(item)) {
    put_scalar(out, item);
    return;
  }
  const bool object = cJSON_IsObject(item);
  put(out, object ? "{" : "[");
  for (const cJSON *child = item->child; child != NULL; child = child->next) {
    put(out, child != item->child ? ", " : object ? " " : "");
    if (object)
      put_key(out, child);
    put_inline(out, child);
  }
  put(out, object ? (item->child != NULL ? " }" : "}") : "]");
}

/* Two levels below the value nothing is short enough, and looking costs time. */
static bool is_shallow(const cJSON *item) {
  for (const cJSON *child = item->child; child != NULL; child = child->next)
    for (const cJSON *grandchild = child->child; grandchild; grandchild = grandchild->next)
      if (!is_scalar(grandchild))
        return false;
  return true;
}

/* Blanks, as in the shipped catalogue. */
static void new_line(struct ctl_buffer *out, size_t level) {
  put(out, "\n");
  for (size_t i = 0; i < level * INDENT; i++)
    put(out, " ");
}

/* Tries one line first; the bytes of a try that came out too long are taken back. */
static void put_value(struct ctl_buffer *out, const cJSON *item, size_t level) {
  const size_t start = out->len;
  if (is_scalar(item) || is_shallow(item)) {
    put_inline(out, item);
    /* A failed buffer is left as it is: a second try would hide that. */
    if (is_scalar(item) || out->len - start <= LINE_BYTES_MAX || ctl_buffer_failed(out))
      return;
    out->len = start; /* too long: again, over several lines */
  }
  const bool object = cJSON_IsObject(item);
  put(out, object ? "{" : "[");
  for (const cJSON *child = item->child; child != NULL; child = child->next) {
    put(out, child != item->child ? "," : "");
    new_line(out, level + 1);
    if (object)
      put_key(out, child);
    put_value(out, child, level + 1);
  }
  new_line(out, level);
  put(out, object ? "}" : "]");
}

/* Ends in a line feed, for editors and diff(1). */
void json_write(struct ctl_buffer *out, const cJSON *tree) {
  put_value(out, tree, 0);
  put(out, "\n");
}

/* value belongs to this function from here on, whether or not that goes well. */
bool json_put(cJSON *object, const char *key, cJSON *value) {
  if (value == NULL)
    return false;
  const bool ok = cJSON_GetObjectItemCaseSensitive(object, key) != NULL
                      ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)
                      : cJSON_AddItemToObject(object, key, value);
  if (!ok)
    cJSON_Delete(value);
  return ok;
}
