/* request_parse.c - the body as a whole: JSON, conversation, limits, routing. */
#include "daemon/api/request_parse.h"

#include <math.h>
#include <stdio.h>

static bool bad_json(struct problem *problem, const struct json_error *err) {
  if (err->status == JSON_OK)
    return problem_set(problem, PROBLEM_BODY_TOO_LARGE, "",
                       "the body needs more memory than one request may use");
  return problem_set(problem, PROBLEM_BAD_JSON, "", "at byte %zu, line %zu: %s", err->offset,
                     err->line, json_status_text(err->status));
}

/* Both names of the limit on the answer; the smaller holds. */
static bool parse_output_limit(const cJSON *root, struct route_request *out,
                               struct problem *problem) {
  static const char *const names[] = {"max_tokens", "max_completion_tokens", "max_output_tokens"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const cJSON *limit = json_member(root, names[i]);
    if (!limit || cJSON_IsNull(limit))
      continue;
    if (!cJSON_IsNumber(limit) || limit->valuedouble < 1 || limit->valuedouble > 1e9 ||
        limit->valuedouble != floor(limit->valuedouble)) {
      char pointer[64];
      snprintf(pointer, sizeof pointer, "/%s", names[i]);
      return problem_set(problem, PROBLEM_INVALID_FIELD, pointer,
                         "%s: expected a whole number of at least 1", names[i]);
    }
    uint64_t tokens = (uint64_t)limit->valuedouble;
    if (out->max_output_tokens == 0 || tokens < out->max_output_tokens)
      out->max_output_tokens = tokens;
  }
  return true;
}

/* What tierd reads may occur once: of two, the provider might take the other one.
 * In fields that pass it by, anything goes. */
static bool check_once(const cJSON *root, struct problem *problem) {
  static const char *const names[] = {"messages", "prompt", "system", "tools", "model", "routing"};
  const cJSON *item;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    size_t count = 0;
    cJSON_ArrayForEach(item, root) {
      count += strcmp(item->string, names[i]) == 0;
    }
    if (count > 1) {
      char pointer[16];
      snprintf(pointer, sizeof pointer, "/%s", names[i]);
      return problem_set(problem, PROBLEM_INVALID_FIELD, pointer, "\"%s\" occurs twice", names[i]);
    }
  }
  return true;
}

bool request_parse(struct arena *arena, const struct config *config, char *text, size_t len,
                   struct parsed_request *out, struct problem *problem) {
  const struct json_limits limits = {config->json_depth_max, config->json_nodes_max};
  struct json_error err = {.status = JSON_OK};
  *out = (struct parsed_request){
      .route = {.quality = NAN, .max_risk = NAN, .max_cost = MONEY_UNKNOWN}};
  cJSON *root = json_in_parse(arena, text, len, &limits, &err);
  if (!root)
    return bad_json(problem, &err);
  if (!cJSON_IsObject(root))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "",
                       "expected an object with \"messages\" or \"prompt\"");
  out->id = json_in_text(arena, json_member(root, "id"));
  labels_parse(json_member(root, "metadata"), &out->labels);
  return check_once(root, problem) && conversation_parse(arena, root, &out->route, problem) &&
         parse_output_limit(root, &out->route, problem) &&
         routing_parse(json_member(root, "routing"), &out->route, problem) &&
         model_name_parse(json_member(root, "model"), &out->route, problem);
}
