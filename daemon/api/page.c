/* page.c - GET /: the page of daemon/web, and what a browser may do with it.
 *
 * Nothing but its own script and styles, known by their hashes, runs in it, and it asks
 * nobody but this daemon. No other site may show it in a frame. */
#include "daemon/api/api.h"
#include "daemon/web/web.h"

void api_page(struct api_worker *worker, struct api_request *request,
              struct api_response *response) {
  const struct span page = web_page();
  (void)worker;
  (void)request;
  response->status = 200;
  response->content_type = "text/html; charset=utf-8";
  api_add_header(response, "content-security-policy", span_of(web_policy()));
  api_add_header(response, "x-content-type-options", span_of("nosniff"));
  api_add_header(response, "referrer-policy", span_of("no-referrer"));
  api_add_header(response, "cross-origin-resource-policy", span_of("same-origin"));
  api_add_header(response, "cross-origin-opener-policy", span_of("same-origin"));
  api_add_header(response, "cache-control", span_of("no-cache"));
  buffer_add_span(response->body, page);
}
