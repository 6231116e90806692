/* promotion_view.h - the answer of /v1/promotion for people: what decides, and how the
 * candidate compares. False when memory ran out. */
#ifndef TIERD_CTL_PROMOTION_VIEW_H
#define TIERD_CTL_PROMOTION_VIEW_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "daemon/ctl/term.h"

bool promotion_view_print(const cJSON *tree, const struct term *term);

#endif
