/* fit.h - which models of the catalogue can take a request at all. */
#ifndef TIERD_ROUTER_FIT_H
#define TIERD_ROUTER_FIT_H

#include "daemon/router/route.h"

enum fit {
  FIT_OK = 0,
  FIT_NOT_CANDIDATE, /* left out by candidates or exclude */
  FIT_WINDOW,        /* input and output exceed the context window */
  FIT_VISION,        /* known to lack it */
  FIT_TOOLS,
  FIT_JSON_SCHEMA,
  FIT_FILES
};

enum fit fit_model(const struct catalog_model *model, const struct route_request *request,
                   uint64_t input_tokens);

/* A clause: "cannot see images". Static storage. */
const char *fit_text(enum fit fit);

#endif
