/* model_name.c - what a body's "model" says, where it says something to a router.
 *
 *   auto                 decide by the daemon's own quality, as without it
 *   auto:eco             and so on: a profile, see routing_parse.c
 *   router-svm-0.3       RouteLLM's form: how its clients name a router and a threshold
 *   anything else        is what the client calls by default, and is passed over
 *
 * For clients in which nothing but the model's name can be set. The "routing" object has
 * been read before, and what it says wins. */
#include <math.h>
#include <stdlib.h>

#include "daemon/api/request_parse.h"

/* Which of RouteLLM's routers it was makes no difference: here it is always tierd's. One
 * that is not in the list may be a model's true name. */
static const char *threshold_text(const char *name) {
  static const char *const prefixes[] = {"router-svm-",        "router-mf-",
                                         "router-bert-",       "router-causal_llm-",
                                         "router-sw_ranking-", "router-random-"};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
    if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
      return name + strlen(prefixes[i]);
  return NULL;
}

/* A decimal number from 0 to 1. strtod() alone would take blanks, hexadecimal and nan. */
static bool read_threshold(const char *text, double *out) {
  char *end;
  if (!*text || strspn(text, "0123456789.eE+-") != strlen(text))
    return false;
  *out = strtod(text, &end);
  return *end == '\0' && *out >= 0 && *out <= 1;
}

static bool parse_profile(const char *profile, struct route_request *out, struct problem *problem) {
  double quality;
  if (!profile_quality(profile, &quality))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/model",
                       "model: no profile \"%.64s\"; expected auto, auto:eco, auto:balanced or "
                       "auto:premium, or the name of a model",
                       profile);
  if (isnan(out->quality))
    out->quality = quality;
  return true;
}

bool model_name_parse(const cJSON *model, struct route_request *out, struct problem *problem) {
  static const char automatic[] = "auto:";
  const char *name = cJSON_GetStringValue(model);
  if (!name)
    return true;
  if (strncmp(name, automatic, sizeof automatic - 1) == 0)
    return parse_profile(name + sizeof automatic - 1, out, problem);
  const char *text = threshold_text(name);
  if (!text)
    return true;
  double threshold;
  if (!read_threshold(text, &threshold))
    return problem_set(problem, PROBLEM_INVALID_FIELD, "/model",
                       "model: expected a threshold from 0 to 1 at the end of \"%.64s\", as in "
                       "router-svm-0.3",
                       name);
  out->by_threshold = isnan(out->quality);
  out->strong_from = threshold;
  return true;
}
