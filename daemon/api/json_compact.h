/* json_compact.h - numbers as JSON with few digits. */
#ifndef TIERD_API_JSON_COMPACT_H
#define TIERD_API_JSON_COMPACT_H

#include "daemon/api/json_out.h"

/* value with at most 4 significant digits; null when it is not finite. */
void json_compact(struct json_out *out, double value);

#endif
