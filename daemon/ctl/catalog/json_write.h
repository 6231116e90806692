/* json_write.h - a tree as JSON that people can edit. */
#ifndef TIERD_CTL_CATALOG_JSON_WRITE_H
#define TIERD_CTL_CATALOG_JSON_WRITE_H

#include <cjson/cJSON.h>

#include "daemon/ctl/buffer.h"

/* Appends the tree with two spaces a level; what is short stays on one line. The
 * tree's depth must be bounded. Whether it went well shows in the buffer. */
void json_write(struct ctl_buffer *out, const cJSON *tree);

/* Sets or replaces an object's key; takes value, which may be NULL when memory is
 * out. False then, or when the key cannot be copied. */
bool json_put(cJSON *object, const char *key, cJSON *value);

#endif
