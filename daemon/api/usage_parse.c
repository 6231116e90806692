/* usage_parse.c - the vendors' usage objects to one meaning.
 *
 * OpenAI counts cached tokens among the input tokens, Anthropic beside them; and
 * the names "input_tokens" and "output_tokens" are Anthropic's and those of
 * OpenAI's newer interface alike, which can be told by its details. */
#include <math.h>
#include <stdio.h>

#include "daemon/api/feedback_parse.h"

#define USAGE "/usage"

/* path is where the member stands below "usage", "" for directly in it. */
static bool bad_count(struct problem *problem, const char *path, const char *name) {
  char pointer[128];
  snprintf(pointer, sizeof pointer, USAGE "%s/%s", path, name);
  return problem_set(problem, PROBLEM_INVALID_FIELD, pointer,
                     "%s: expected a whole number of tokens, at least 0", name);
}

/* A count, where there is one; null is how vendors say that there is none. */
static bool take(const cJSON *object, const char *path, const char *name, int64_t *out,
                 struct problem *problem) {
  const cJSON *count = json_member(object, name);
  if (!count || cJSON_IsNull(count))
    return true;
  /* A trillion tokens is beyond any context and well within what a double counts exactly. */
  const double value = cJSON_IsNumber(count) ? count->valuedouble : -1;
  if (!(value >= 0 && value <= 1e12) || value != floor(value))
    return bad_count(problem, path, name);
  *out = (int64_t)value;
  return true;
}

/* OpenAI: cached tokens stand in a details object and are part of the input. */
static bool take_openai(const cJSON *usage, const char *input, const char *output,
                        const char *details, struct feedback_usage *out, struct problem *problem) {
  char path[64];
  snprintf(path, sizeof path, "/%s", details);
  const cJSON *parts = json_member(usage, details);
  if (parts && !cJSON_IsNull(parts) && !cJSON_IsObject(parts)) {
    snprintf(path, sizeof path, USAGE "/%s", details);
    return problem_set(problem, PROBLEM_INVALID_FIELD, path, "%s: expected an object", details);
  }
  if (!take(usage, "", input, &out->input, problem) ||
      !take(usage, "", output, &out->output, problem) ||
      !take(parts, path, "cached_tokens", &out->cached, problem))
    return false;
  /* More from the cache than there was: another form was mistaken for this one. */
  if (out->cached <= out->input || out->cached <= 0)
    return true;
  snprintf(path, sizeof path, USAGE "/%s/cached_tokens", details);
  return problem_set(problem, PROBLEM_INVALID_FIELD, path,
                     "cached_tokens: expected no more than %s", input);
}

/* Anthropic: what the cache gave and took comes on top of the input. */
static bool take_anthropic(const cJSON *usage, struct feedback_usage *out,
                           struct problem *problem) {
  if (!take(usage, "", "input_tokens", &out->input, problem) ||
      !take(usage, "", "output_tokens", &out->output, problem) ||
      !take(usage, "", "cache_read_input_tokens", &out->cached, problem) ||
      !take(usage, "", "cache_creation_input_tokens", &out->cache_write, problem))
    return false;
  /* The sum would pass for all of the input without it. */
  if (out->input < 0 && (out->cached >= 0 || out->cache_write >= 0))
    return problem_set(problem, PROBLEM_INVALID_FIELD, USAGE "/input_tokens",
                       "input_tokens: expected beside the cache's tokens");
  out->input += (out->cached > 0 ? out->cached : 0) + (out->cache_write > 0 ? out->cache_write : 0);
  return true;
}

static bool says_any(const struct feedback_usage *usage) {
  return usage->input >= 0 || usage->output >= 0;
}

bool usage_parse(const cJSON *usage, struct feedback_usage *out, struct problem *problem) {
  *out = (struct feedback_usage){-1, -1, -1, -1};
  if (!cJSON_IsObject(usage))
    return problem_set(problem, PROBLEM_INVALID_FIELD, USAGE, "usage: expected an object");
  /* Which vendor's it is shows in the names of the two main counts. */
  const bool chat = json_member(usage, "prompt_tokens") || json_member(usage, "completion_tokens");
  const bool other = json_member(usage, "input_tokens") || json_member(usage, "output_tokens");
  if (chat && other)
    return problem_set(problem, PROBLEM_INVALID_FIELD, USAGE,
                       "usage: expected one vendor's form, not both prompt_tokens or "
                       "completion_tokens and input_tokens or output_tokens");
  bool ok;
  if (chat)
    ok = take_openai(usage, "prompt_tokens", "completion_tokens", "prompt_tokens_details", out,
                     problem);
  else if (json_member(usage, "input_tokens_details"))
    ok = take_openai(usage, "input_tokens", "output_tokens", "input_tokens_details", out, problem);
  else
    ok = take_anthropic(usage, out, problem);
  return ok && (says_any(out) ||
                problem_set(problem, PROBLEM_INVALID_FIELD, USAGE,
                            "usage: expected prompt_tokens and completion_tokens, or input_tokens "
                            "and output_tokens"));
}
