/* problem_view.h - a problem object (RFC 9457) as an error message.
 *
 * tree may be NULL or anything: an answer that explains nothing is reported by
 * its HTTP status. retry_after_s is 0 when the daemon did not say. */
#ifndef TIERD_CTL_PROBLEM_VIEW_H
#define TIERD_CTL_PROBLEM_VIEW_H

#include <cjson/cJSON.h>

#include "daemon/ctl/term.h"

void problem_view_print(const cJSON *tree, long http_status, long long retry_after_s,
                        const struct term *term);

#endif
