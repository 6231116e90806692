/* request_parse.h - a request body to what the router asks for.
 *
 * Takes OpenAI chat-completions bodies, Anthropic messages bodies and
 * {"prompt": "..."}. Fields of theirs that tierd has no use for are ignored; the
 * "routing" object is tierd's own, and an unknown or ill-typed key there is an
 * error that names it. */
#ifndef TIERD_API_REQUEST_PARSE_H
#define TIERD_API_REQUEST_PARSE_H

#include "daemon/api/api.h"
#include "daemon/api/json_in.h"
#include "daemon/api/labels.h"

struct parsed_request {
  struct route_request route; /* spans point into the arena */
  struct span id;             /* the body's "id", a string or number, as JSON text; for batches */
  struct labels labels;       /* of "metadata", for the log */
};

/* Parses text into *out, with memory from arena, which has to be reset by the
 * caller when the request is done. False with problem filled; out->id is then set
 * if the body got far enough to tell. */
bool request_parse(struct arena *arena, const struct config *config, char *text, size_t len,
                   struct parsed_request *out, struct problem *problem);

/* The "routing" object alone; part of request_parse(), in a file of its own. */
bool routing_parse(const cJSON *routing, struct route_request *out, struct problem *problem);

/* A profile's quality; false when there is none of that name. */
bool profile_quality(const char *name, double *quality);

/* The body's "model", which may be NULL: "auto" and its kin; after routing_parse(). */
bool model_name_parse(const cJSON *model, struct route_request *out, struct problem *problem);

/* The conversation alone: system, messages, prompt, tools, response_format. */
bool conversation_parse(struct arena *arena, const cJSON *root, struct route_request *out,
                        struct problem *problem);

#endif
