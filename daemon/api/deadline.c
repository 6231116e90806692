/* deadline.c - time waited and time foreseen against the limit of the settings.
 *
 * What a decision takes grows with the body, so a moving average of nanoseconds a byte
 * foresees it. Short bodies cost more a byte; they are taken as longer than they are. */
#include "daemon/api/deadline.h"

#include "daemon/api/metrics.h"

enum { BODY_BYTES_LEAST = 512, AVERAGED = 64 };

static double size_of(const struct api_request *request) {
  return (double)(request->body_len < BODY_BYTES_LEAST ? BODY_BYTES_LEAST : request->body_len);
}

bool deadline_missed(const struct api_worker *worker, const struct api_request *request) {
  const uint64_t limit_ns = (uint64_t)worker->snapshot->config.decision_deadline_us * 1000;
  if (limit_ns == 0)
    return false;
  const uint64_t waited_ns = metrics_now_ns() - request->turn_ns;
  return (double)waited_ns + worker->decide_ns_per_byte * size_of(request) > (double)limit_ns;
}

void deadline_learn(struct api_worker *worker, const struct api_request *request,
                    uint64_t start_ns) {
  if (worker->snapshot->config.decision_deadline_us == 0)
    return;
  const double took = (double)(metrics_now_ns() - start_ns) / size_of(request);
  worker->decide_ns_per_byte += (took - worker->decide_ns_per_byte) / AVERAGED;
}
