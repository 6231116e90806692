/* route.h - one request decided; shared by the single and the batch endpoint. */
#ifndef TIERD_API_ROUTE_H
#define TIERD_API_ROUTE_H

#include "daemon/api/decision_json.h"
#include "daemon/api/request_parse.h"
#include "daemon/router/session.h"

struct routed {
  struct parsed_request request; /* spans live until the worker's arena is reset */
  struct session_state session;  /* the request's last_call, then the call for the next */
  struct route_decision decision;
  bool reasked; /* it asks again what an earlier decision, the match, should have settled */
  struct reask_match reask;
  char id[DECISION_ID_MAX];
};

/* Parses the body, decides, and logs the decision unless it is a dry run. False with problem
 * filled. The worker's arena is in use until the caller resets it, whatever the outcome. */
bool route_body(struct api_worker *worker, const struct api_request *request, struct routed *routed,
                struct problem *problem);

#endif
