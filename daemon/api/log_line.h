/* log_line.h - what all lines of the decision log have in common.
 *
 *   struct json_out out = log_line_open(worker, now_ms, "decision", id);
 *   json_key(&out, "tier"); ...
 *   bool logged = log_line_push(worker, &out);
 */
#ifndef TIERD_API_LOG_LINE_H
#define TIERD_API_LOG_LINE_H

#include "daemon/api/api.h"
#include "daemon/api/json_out.h"

/* Begins a line in the worker's buffer: time, type and id. The worker must have a
 * queue of the log. */
struct json_out log_line_open(struct api_worker *worker, int64_t now_ms, const char *type,
                              const char *id);

/* Ends the line and hands it to the log. False when it was dropped. */
bool log_line_push(struct api_worker *worker, struct json_out *out);

/* Milliseconds since 1970 as RFC 3339 in UTC, "2026-01-31T12:00:00.000Z". */
enum { LOG_TIME_MAX = 32 };
void log_time_print(int64_t now_ms, char *out);

#endif
