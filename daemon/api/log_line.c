/* log_line.c - begins and ends lines of the decision log.
 *
 * Lines are made in a buffer of the worker, which keeps its memory, and copied to
 * the worker's queue in one go; the log's writer does the rest. */
#include "daemon/api/log_line.h"

#include <stdio.h>
#include <time.h>

#include "daemon/ops/log_queue.h"
#include "daemon/ops/log_repair.h"

/* Lines with prompts may be large; memory beyond this is not kept for the next. */
enum { LINE_KEEP = 256 * 1024 };

void log_time_print(int64_t now_ms, char *out) {
  const time_t seconds = (time_t)(now_ms / 1000);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  size_t len = strftime(out, LOG_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(out + len, LOG_TIME_MAX - len, ".%03dZ", (int)(now_ms % 1000));
}

struct json_out log_line_open(struct api_worker *worker, int64_t now_ms, const char *type,
                              const char *id) {
  char time[LOG_TIME_MAX];
  struct json_out out = {.buffer = &worker->log_line};
  /* Whatever an earlier line left, finished or not. */
  buffer_reset(&worker->log_line, LINE_KEEP);
  log_time_print(now_ms, time);
  /* The repair of cut logs knows lines by how they begin. */
  buffer_add_text(out.buffer, LOG_LINE_PREFIX);
  json_text(&out, time);
  json_key(&out, "type");
  json_text(&out, type);
  json_key(&out, "id");
  json_text(&out, id);
  return out;
}

bool log_line_push(struct api_worker *worker, struct json_out *out) {
  json_close(out, '}');
  if (out->buffer->failed) { /* half a line is none */
    log_queue_drop(worker->log_queue);
    return false;
  }
  return decision_log_push(worker->state->log, worker->log_queue,
                           span_make(out->buffer->data, out->buffer->len));
}
