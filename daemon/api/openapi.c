/* openapi.c - GET /openapi.json: what this server takes and answers, as OpenAPI 3.1.
 *
 * openapi.json beside this file is the source; the build turns it into bytes, and it is
 * sent as it is. tests/api/test_openapi.py holds it to the tables of endpoints, options
 * and problems, and runs each of its examples. */
#include "daemon/api/api.h"

/* Bytes beyond 127 do not fit a plain char everywhere. */
static const unsigned char description[] = {
#include "openapi.inc"
};

void api_openapi(struct api_worker *worker, struct api_request *request,
                 struct api_response *response) {
  (void)worker;
  (void)request;
  response->status = 200;
  response->content_type = "application/json";
  buffer_add(response->body, (const char *)description, sizeof description);
}
