/* problem.c - the table of problem types, and their JSON. */
#include "daemon/api/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/api/json_out.h"

static const struct {
  int status;
  const char *type;
  const char *title;
} types[PROBLEM_TYPES] = {
    [PROBLEM_NONE] = {500, "/problems/internal", "Internal error"},
    [PROBLEM_BAD_REQUEST] = {400, "/problems/bad-request", "Malformed HTTP request"},
    [PROBLEM_BAD_JSON] = {400, "/problems/bad-json", "The body is not valid JSON"},
    [PROBLEM_LOCAL_ONLY] = {403, "/problems/local-only", "Only over the Unix socket"},
    [PROBLEM_ORIGIN] = {403, "/problems/origin", "Not for pages of other sites"},
    [PROBLEM_PEER] = {403, "/problems/peer-not-allowed", "This user may not use the socket"},
    [PROBLEM_NOT_FOUND] = {404, "/problems/not-found", "No such resource"},
    [PROBLEM_METHOD] = {405, "/problems/method-not-allowed", "Method not allowed"},
    [PROBLEM_TIMEOUT] = {408, "/problems/timeout", "The request took too long"},
    [PROBLEM_LOG_OFF] = {409, "/problems/log-off", "The decision log is off"},
    [PROBLEM_RELOAD_FAILED] = {409, "/problems/reload-failed",
                               "The reload failed and nothing changed"},
    [PROBLEM_PROMOTION_REFUSED] = {409, "/problems/promotion-refused",
                                   "The candidate is refused and nothing changed"},
    [PROBLEM_ROLLBACK_FAILED] = {409, "/problems/rollback-failed",
                                 "The rollback failed and nothing changed"},
    [PROBLEM_LENGTH_REQUIRED] = {411, "/problems/length-required", "A body is required"},
    [PROBLEM_BODY_TOO_LARGE] = {413, "/problems/body-too-large", "The body is too large"},
    [PROBLEM_URL_TOO_LONG] = {414, "/problems/url-too-long", "The URL is too long"},
    [PROBLEM_MEDIA_TYPE] = {415, "/problems/media-type", "Unsupported media type"},
    [PROBLEM_EXPECTATION] = {417, "/problems/expectation", "An expectation that cannot be met"},
    [PROBLEM_INVALID_FIELD] = {422, "/problems/invalid-field", "A field is not valid"},
    [PROBLEM_NO_MODEL_FITS] = {422, "/problems/no-model-fits", "No model fits the request"},
    [PROBLEM_HEADERS_TOO_LARGE] = {431, "/problems/headers-too-large", "The headers are too large"},
    [PROBLEM_INTERNAL] = {500, "/problems/internal", "Internal error"},
    [PROBLEM_OVERLOADED] = {503, "/problems/overloaded", "Too many requests in flight"},
    [PROBLEM_LOG_FULL] = {503, "/problems/log-full", "The decision log cannot keep up"},
    [PROBLEM_LEAVING] = {503, "/problems/leaving", "The daemon is about to end"},
};

bool problem_set(struct problem *problem, enum problem_type type, const char *pointer,
                 const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(problem->detail, sizeof problem->detail, format, args);
  va_end(args);
  snprintf(problem->pointer, sizeof problem->pointer, "%s", pointer);
  problem->type = type;
  return false;
}

int problem_status(enum problem_type type) {
  return types[type].status;
}

const char *problem_name(enum problem_type type) {
  return types[type].type + sizeof "/problems/" - 1;
}

void problem_write(struct buffer *buffer, const struct problem *problem, struct span request_id) {
  struct json_out out = {.buffer = buffer};
  json_open(&out, '{');
  json_key(&out, "type");
  json_text(&out, types[problem->type].type);
  json_key(&out, "title");
  json_text(&out, types[problem->type].title);
  json_key(&out, "status");
  json_integer(&out, types[problem->type].status);
  json_key(&out, "detail");
  json_text(&out, problem->detail);
  if (problem->pointer[0]) {
    json_key(&out, "pointer");
    json_text(&out, problem->pointer);
  }
  if (request_id.len > 0) {
    json_key(&out, "request_id");
    json_raw(&out, request_id);
  }
  json_close(&out, '}');
}
