/* member.c - checked parsing and forgiving access.
 *
 * Bytes from the wire pass json_check() first, because cJSON alone accepts text
 * that is not JSON and recurses as deep as it is told to. What the members mean
 * is left to the views.
 */
#include "daemon/ctl/member.h"

#include <math.h>
#include <stdio.h>

#include "classifier/text/json_check.h"

/* A node of the tree takes some 64 bytes: this bounds a tree to about 128 MiB. */
static const struct json_limits member_limits = {.depth_max = 64, .nodes_max = 2000000};

cJSON *ctl_member_parse(struct span text, char why[MEMBER_WHY_MAX]) {
  struct json_error err;
  /* The span is of a buffer that the caller may write to; see member.h. */
  if (json_check((char *)text.ptr, text.len, &member_limits, &err) != JSON_OK) {
    snprintf(why, MEMBER_WHY_MAX, "%s, at line %zu, byte %zu", json_status_text(err.status),
             err.line, err.offset);
    return NULL;
  }
  cJSON *tree = cJSON_ParseWithLength(text.ptr, text.len);
  if (!tree)
    snprintf(why, MEMBER_WHY_MAX, "out of memory while reading it");
  return tree;
}

const cJSON *ctl_member_get(const cJSON *object, const char *name) {
  if (!cJSON_IsObject(object))
    return NULL;
  const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNull(member) ? NULL : member;
}

const char *ctl_member_string(const cJSON *object, const char *name, const char *fallback) {
  const cJSON *member = ctl_member_get(object, name);
  return cJSON_IsString(member) && member->valuestring ? member->valuestring : fallback;
}

double ctl_member_number(const cJSON *object, const char *name) {
  const cJSON *member = ctl_member_get(object, name);
  return cJSON_IsNumber(member) ? member->valuedouble : (double)NAN;
}

bool ctl_member_true(const cJSON *object, const char *name) {
  return cJSON_IsTrue(ctl_member_get(object, name));
}

bool ctl_member_is_problem(const cJSON *object) {
  return cJSON_IsString(ctl_member_get(object, "title")) &&
         cJSON_IsNumber(ctl_member_get(object, "status"));
}
