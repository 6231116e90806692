/* fit.c - window, capabilities, candidates.
 *
 * A capability about which the catalogue is silent does not count against a model:
 * "unknown" is no "no". */
#include "daemon/router/fit.h"

static bool named(const struct span *names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (span_is(names[i], name))
      return true;
  return false;
}

static bool lacks(const struct catalog_model *model, unsigned capability) {
  return (model->capabilities_known & capability) && !(model->capabilities & capability);
}

enum fit fit_model(const struct catalog_model *model, const struct route_request *request,
                   uint64_t input_tokens) {
  if ((request->candidates_count > 0 &&
       !named(request->candidates, request->candidates_count, model->name)) ||
      named(request->exclude, request->exclude_count, model->name))
    return FIT_NOT_CANDIDATE;
  /* The output asked for has to fit as well; without a figure, at least a little. */
  uint64_t output = request->max_output_tokens ? request->max_output_tokens : 256;
  if (model->output_max && output > model->output_max)
    output = model->output_max;
  if (model->context_window &&
      (input_tokens > model->context_window || output > model->context_window - input_tokens))
    return FIT_WINDOW;
  if (request->needs_vision && lacks(model, CAPABILITY_VISION))
    return FIT_VISION;
  if (request->needs_tools && lacks(model, CAPABILITY_TOOLS))
    return FIT_TOOLS;
  if (request->needs_json_schema && lacks(model, CAPABILITY_JSON_SCHEMA))
    return FIT_JSON_SCHEMA;
  if (request->needs_files && lacks(model, CAPABILITY_FILES))
    return FIT_FILES;
  return FIT_OK;
}

const char *fit_text(enum fit fit) {
  switch (fit) {
  case FIT_OK:
    return "fits";
  case FIT_NOT_CANDIDATE:
    return "is not among the request's candidates";
  case FIT_WINDOW:
    return "has too small a context window";
  case FIT_VISION:
    return "cannot see images";
  case FIT_TOOLS:
    return "cannot call tools";
  case FIT_JSON_SCHEMA:
    return "cannot hold its answer to a JSON schema";
  case FIT_FILES:
    return "cannot read files";
  }
  return "does not fit";
}
