/* status_view.h - readiness and versions as aligned lines.
 *
 * ready is the answer of /readyz and version that of /version; either may be
 * NULL. is_ready is what the HTTP status said. False when memory ran out. */
#ifndef TIERD_CTL_STATUS_VIEW_H
#define TIERD_CTL_STATUS_VIEW_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/term.h"

bool status_view_print(const cJSON *ready, const cJSON *version, bool is_ready,
                       const struct term *term);

#endif
