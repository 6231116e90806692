/* request_body.c - prompts, files and lines to request bodies.
 *
 * A prompt becomes a new object; an object that the user wrote keeps every member
 * and gains the options of the command line in "routing", where they win over
 * its own. cJSON does the escaping. Whether the body makes sense is left to the
 * daemon, which points at what is wrong.
 */
#include "daemon/ctl/request_body.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/term.h"

/* Always false, so that a caller can return it. */
static bool fail(char why[REQUEST_BODY_WHY_MAX], const char *text) {
  snprintf(why, REQUEST_BODY_WHY_MAX, "%s", text);
  return false;
}

/* Adds or replaces one member; takes value over, which may be NULL when memory
 * was out. */
static bool put(cJSON *object, const char *name, cJSON *value) {
  if (!value)
    return false;
  cJSON_DeleteItemFromObjectCaseSensitive(object, name);
  if (cJSON_AddItemToObject(object, name, value))
    return true;
  cJSON_Delete(value);
  return false;
}

/* What was not given leaves the member as the user wrote it. */
static bool put_string(cJSON *object, const char *name, const char *value) {
  return !value || put(object, name, cJSON_CreateString(value));
}

static bool put_number(cJSON *object, const char *name, double value) {
  return isnan(value) || put(object, name, cJSON_CreateNumber(value));
}

/* "quality" and "profile" exclude each other, so that the one that the command
 * line gives ends the other's say. */
static bool put_routing(cJSON *object, const struct args_routing *routing) {
  if (!isnan(routing->quality))
    cJSON_DeleteItemFromObjectCaseSensitive(object, "profile");
  if (routing->profile)
    cJSON_DeleteItemFromObjectCaseSensitive(object, "quality");
  return put_number(object, "quality", routing->quality) &&
         put_string(object, "profile", routing->profile) &&
         put_number(object, "max_risk", routing->max_risk) &&
         put_string(object, "min_tier", routing->min_tier) &&
         put_string(object, "max_tier", routing->max_tier) &&
         put_string(object, "session", routing->session) &&
         (!routing->explain || put(object, "explain", cJSON_CreateTrue()));
}

/* Adds the options to tree["routing"], which is made when missing. */
static bool merge(cJSON *tree, const struct args_routing *routing, char *why) {
  if (!ctl_args_routing_any(routing))
    return true;
  cJSON *own = cJSON_GetObjectItemCaseSensitive(tree, "routing");
  if (own && !cJSON_IsObject(own))
    return fail(why, "\"routing\" in the request body is not an object, so the options of the "
                     "command line cannot be added; make it an object or drop the options");
  if (!own)
    own = cJSON_AddObjectToObject(tree, "routing");
  return (own && put_routing(own, routing)) || fail(why, "out of memory");
}

/* The buffer's bound is above the daemon's own, which may be set as one likes. */
static bool append(struct ctl_buffer *body, struct span bytes, char *why) {
  return ctl_buffer_append(body, bytes) ||
         fail(why, body->failure == BUFFER_TOO_LARGE
                       ? "the request is larger than 64 MiB; send less"
                       : "out of memory");
}

static bool append_tree(struct ctl_buffer *body, const cJSON *tree, char *why) {
  char *text = cJSON_PrintUnformatted(tree);
  bool appended = text ? append(body, span_of(text), why) : fail(why, "out of memory");
  cJSON_free(text);
  return appended;
}

/* The prompt as a JSON string. cJSON wants it NUL-terminated, which is why a NUL
 * within was refused before. */
static cJSON *string_of(struct span text) {
  char *copy = malloc(text.len + 1);
  if (!copy)
    return NULL;
  if (text.len > 0)
    memcpy(copy, text.ptr, text.len);
  copy[text.len] = '\0';
  cJSON *string = cJSON_CreateString(copy);
  free(copy);
  return string;
}

/* Here and not in the daemon, since cJSON would write broken bytes as they are. */
static bool check_prompt(struct span prompt, char *why) {
  size_t offset;
  if (prompt.len == 0)
    return fail(why, "it is empty; expected a prompt or a JSON request body");
  if (term_is_text(prompt, &offset))
    return true;
  snprintf(why, REQUEST_BODY_WHY_MAX,
           "byte %zu is not UTF-8 text (0x%02x); convert the prompt first, for example with iconv",
           offset, (unsigned char)prompt.ptr[offset]);
  return false;
}

bool request_body_of_prompt(struct ctl_buffer *body, struct span prompt,
                            const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]) {
  if (!check_prompt(prompt, why))
    return false;
  cJSON *tree = cJSON_CreateObject();
  bool built = tree && put(tree, "prompt", string_of(prompt));
  if (!built)
    fail(why, "out of memory");
  built = built && merge(tree, routing, why) && append_tree(body, tree, why);
  cJSON_Delete(tree);
  return built;
}

/* The content as a tree if it is one JSON object, else NULL. Checking rewrites
 * some escapes in place, so it is done on a copy: the original may go out. */
static cJSON *object_of(struct span content) {
  char why[MEMBER_WHY_MAX];
  if (content.len == 0)
    return NULL;
  char *copy = malloc(content.len);
  if (!copy)
    return NULL;
  memcpy(copy, content.ptr, content.len);
  cJSON *tree = ctl_member_parse(span_make(copy, content.len), why);
  free(copy);
  if (cJSON_IsObject(tree))
    return tree;
  cJSON_Delete(tree);
  return NULL;
}

/* Without options the user's own bytes go out, which the tree might not give back to the
 * letter. */
static bool of_object(struct ctl_buffer *body, cJSON *tree, struct span original,
                      const struct args_routing *routing, char *why) {
  if (!ctl_args_routing_any(routing))
    return append(body, original, why);
  return merge(tree, routing, why) && append_tree(body, tree, why);
}

/* What is no JSON object is a prompt: a text that happens to be JSON of another kind, too. */
bool request_body_of_file(struct ctl_buffer *body, struct span content,
                          const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]) {
  cJSON *tree = object_of(content);
  bool built = tree ? of_object(body, tree, content, routing, why)
                    : request_body_of_prompt(body, content, routing, why);
  cJSON_Delete(tree);
  return built;
}

/* Lines that cannot be understood go out as they are, and get their problem from the
 * daemon. */
bool request_body_of_line(struct ctl_buffer *body, struct span line,
                          const struct args_routing *routing, char why[REQUEST_BODY_WHY_MAX]) {
  cJSON *tree = ctl_args_routing_any(routing) ? object_of(line) : NULL;
  /* A "routing" that is no object is for the daemon to complain about, in the
   * line's own place, so that the other lines get their answers. */
  bool mergeable = tree && (!cJSON_HasObjectItem(tree, "routing") ||
                            cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(tree, "routing")));
  bool built = mergeable ? of_object(body, tree, line, routing, why) : append(body, line, why);
  cJSON_Delete(tree);
  return built;
}
