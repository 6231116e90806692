/* origin.h - requests that a browser sends on behalf of some other site's page.
 *
 *   struct origin origin = {0};
 *   origin_note(&origin, name, value);            // each header of a request
 *   if (!origin_judge(&origin, config, method, &problem)) ...
 *
 * For TCP alone: no browser gets at a Unix socket. Whoever is no browser sends none of
 * the headers that are judged, and any Host that is an address or a plain name. */
#ifndef TIERD_NET_ORIGIN_H
#define TIERD_NET_ORIGIN_H

#include "daemon/api/api.h"

enum { ORIGIN_HOST_MAX = 256, ORIGIN_SITE_MAX = 16 };

/* Of one request; all zero at first. */
struct origin {
  char host[ORIGIN_HOST_MAX];   /* HOST:PORT */
  char origin[ORIGIN_HOST_MAX]; /* HOST:PORT of the page that sent it, or what there was */
  char site[ORIGIN_SITE_MAX];   /* how the two are related, by the browser's word */
  bool has_origin, has_site;
};

/* name is in lower case. Headers that say nothing of this are passed by. */
void origin_note(struct origin *origin, struct span name, struct span value);

/* False with problem filled where another site's page is behind the request. */
bool origin_judge(const struct origin *origin, const struct config *config, enum api_method method,
                  struct problem *problem);

#endif
