/* web.h - the page at /, as one file, and the policy that it is to be sent with.
 *
 * bundle.cmake makes both out of the sources in this folder when tierd is built. */
#ifndef TIERD_WEB_WEB_H
#define TIERD_WEB_WEB_H

#include "classifier/text/span.h"

/* HTML in UTF-8, with styles and script inside. Static storage. */
struct span web_page(void);

/* The value of Content-Security-Policy, which has the hashes of both. Static storage. */
const char *web_policy(void);

#endif
