/* client.h - runs a load against a server and says what came back.
 *
 *   struct load_plan plan = {.target = &t, .requests = &r, .connections = 64, ...};
 *   struct load_result *result = calloc(1, sizeof *result);   // large: a histogram
 *   if (!client_run(&plan, result, why, sizeof why)) ...
 *
 * Closed loop (rate 0): every connection sends its next request as soon as it has its
 * answer. Open loop: requests are due at a fixed rate, whatever the server does; one
 * that finds no free connection waits, and its latency counts from when it was due, so
 * a stalled server cannot hide its stall by slowing the client down. */
#ifndef TIERD_BENCH_CLIENT_H
#define TIERD_BENCH_CLIENT_H

#include <sys/types.h>

#include "bench/load/histogram.h"
#include "bench/load/requests.h"
#include "bench/load/target.h"

enum { LOAD_STATUS_MAX = 1000, LOAD_CONNECTIONS_MAX = 10000 };

struct load_plan {
  const struct target *target;
  const struct requests *requests; /* sent in turn */
  size_t connections;              /* 1 to LOAD_CONNECTIONS_MAX */
  double rate;                     /* requests a second; 0 for a closed loop */
  double warmup_s, duration_s;
  double grace_s;   /* to wait for answers after the end */
  bool poll;        /* never sleep, so that the server's writes wake nobody */
  uint64_t spin_ns; /* poll instead of sleeping this long before a request is due */
  pid_t server;     /* whose CPU time to read; 0 for none */
};

/* What is counted belongs to the requests whose intended time lies within the
 * duration; the rates and CPU times are those of the duration itself. */
struct load_result {
  uint64_t requests;   /* due, and so either answered, failed or unfinished */
  uint64_t answered;   /* with whatever status */
  uint64_t failed;     /* the connection broke, or the answer was no HTTP */
  uint64_t unfinished; /* no answer when the grace was over */
  uint64_t statuses[LOAD_STATUS_MAX];
  uint64_t bytes_out, bytes_in;
  char failure[128]; /* the first one's reason; "" when none failed */
  double answers_per_s;
  double server_cpu_ns;        /* an answer; negative when not known */
  double client_cpu_ns;        /* an answer */
  struct histogram latency_ns; /* of those answered with 200 */
};

/* False with why filled when no load can be made: the server refuses connections or
 * goes away. */
bool client_run(const struct load_plan *plan, struct load_result *result, char *why,
                size_t why_size);

#endif
