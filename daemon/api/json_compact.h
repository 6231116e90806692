/* json_compact.h - numbers as JSON with few digits. */
#ifndef TIERD_API_JSON_COMPACT_H
#define TIERD_API_JSON_COMPACT_H

#include "daemon/api/json_out.h"

/* A list of the values, each with at most 4 significant digits; null where one is not
 * finite. */
void json_compact(struct json_out *out, const float *values, size_t count);

#endif
