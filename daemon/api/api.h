/* api.h - the endpoints: from a request's bytes to an answer's bytes.
 *
 * daemon/net finds the endpoint by method and path, collects the body in the way
 * that the endpoint asks for, calls it, and sends what it wrote. No sockets and no
 * HTTP parsing here, so that tests drive every endpoint without a connection.
 *
 *   const struct api_endpoint *e = api_find(method, path, &problem);
 *   struct api_response r = {.body = &buffer};
 *   api_call(e, worker, &request, &r);
 */
#ifndef TIERD_API_API_H
#define TIERD_API_API_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/api/arena.h"
#include "daemon/api/buffer.h"
#include "daemon/api/problem.h"
#include "daemon/config/config.h"
#include "daemon/ops/corrections.h"
#include "daemon/ops/decision_log.h"
#include "daemon/ops/drift.h"
#include "daemon/ops/good_wish.h"
#include "daemon/ops/keyed_hash.h"
#include "daemon/ops/live.h"
#include "daemon/ops/metrics.h"
#include "daemon/ops/promotion.h"
#include "daemon/ops/reasks.h"
#include "daemon/ops/recent.h"
#include "daemon/ops/reload.h"
#include "daemon/ops/sessions.h"
#include "daemon/ops/tier_shares.h"
#include "daemon/router/explore.h"
#include "daemon/router/route.h"

enum api_method { API_GET, API_HEAD, API_POST, API_OTHER };

enum api_body {
  API_BODY_NONE,   /* ignored if there is one */
  API_BODY_WHOLE,  /* handle() is called once with all of it */
  API_BODY_LINES,  /* handle() is called for every line as it arrives */
  API_COMMAND,     /* ignored. An order to the daemon itself: from its own machine's Unix
                      socket alone, and handle() may take its time on a thread that is not
                      the worker's. It has state and response, and leaves the rest alone */
  API_COMMAND_BODY /* the same with a body, whole, of API_COMMAND_BYTES_MAX at the most */
};

enum { API_COMMAND_BYTES_MAX = 16 * 1024 };

/* What all workers share. Immutable after start, but for what lies behind snapshots. */
struct api_state {
  const struct config *config; /* as started */
  struct snapshots *snapshots;
  struct sessions *sessions; /* NULL when conversations are not kept */
  struct reloader *reloader;
  int64_t started_s; /* Unix time */
  uint32_t threads;
  struct decision_log *log;        /* NULL when it is off */
  struct hash_key log_key;         /* for what the log must not name */
  struct budgets *budgets;         /* NULL when there are none */
  struct corrections *corrections; /* NULL when nobody can report usage, as without a log */
  struct recent *recent;           /* NULL when there is neither of both */
  struct reasks *reasks;           /* NULL when repeated questions are not looked for */
  uint64_t reask_seed;             /* of their hashes, drawn at the start */
  struct good_wish *good_wish;     /* what each lambda keeps; NULL when nobody counts it */
  struct drift *drift;             /* from training; NULL when nobody looks */
  struct tier_shares *tier_shares; /* of late decisions; NULL when nobody counts them */
  struct promotion *promotion;     /* NULL: nothing is promoted, as in tests */
  struct metrics *metrics; /* NULL: nothing is counted, and there is no /metrics to ask for */
  struct live *live;       /* NULL: nothing is noted, and there is no /v1/live to ask for */
};

/* One a thread. */
struct api_worker {
  const struct api_state *state;
  struct snapshot_reader *reader;
  const struct snapshot *snapshot; /* what to answer by; only while an endpoint is called */
  struct route_scratch *scratch;
  struct arena arena;
  uint64_t id_prefix; /* random, so that ids of workers and restarts differ */
  uint64_t id_next;
  struct log_queue *log_queue;          /* NULL when the log is off */
  struct buffer log_line;               /* the line being made */
  struct recent_ring *recent;           /* NULL when state's is */
  struct corrections_view *corrections; /* NULL when state's are */
  struct shadow_port *shadow;           /* NULL when state's promotion is */
  struct metrics_worker *metrics;       /* NULL when nothing is counted */
  struct metrics_watch watch;
  struct live_worker *live;   /* NULL when nothing is noted */
  bool live_noted;            /* the call at hand has noted a decision */
  double decide_ns_per_byte;  /* of late decisions, body and all; see deadline.h */
  struct drift_worker *drift; /* NULL when state's is */
  struct explore explore;     /* of this thread's own decisions */
  const atomic_bool *leaving; /* the daemon is about to end; NULL: nobody would say so */
  char schema[HASH_TEXT_MAX]; /* of the features, whose hash takes longer than a decision */
};

struct api_request {
  char *body; /* written to while parsing; may be NULL when body_len is 0 */
  size_t body_len;
  int64_t now_s; /* Unix time */
  int64_t now_ms;
  uint64_t turn_ns; /* monotonic: since when it waits for others to be answered */
};

enum { API_HEADERS_MAX = 1024 };

struct api_response {
  int status;
  enum problem_type problem; /* that is answered, for metrics; else PROBLEM_NONE */
  const char *content_type;
  struct buffer *body;           /* appended to */
  char headers[API_HEADERS_MAX]; /* further header lines, each ended by CRLF */
  size_t headers_len;
};

struct api_endpoint {
  const char *path;
  enum api_method method; /* API_GET serves HEAD as well */
  enum api_body body;
  void (*handle)(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
};

/* Is it an order, to be carried out beside the loop? endpoint may be NULL. */
static inline bool api_is_command(const struct api_endpoint *endpoint) {
  return endpoint && (endpoint->body == API_COMMAND || endpoint->body == API_COMMAND_BODY);
}

/* The endpoint, or NULL with problem set to 404 or 405. path is without a query. */
const struct api_endpoint *api_find(enum api_method method, struct span path,
                                    struct problem *problem);

/* An endpoint's place in their table, from 1; 0 for NULL. And the path at that place,
 * NULL beyond the last one. */
unsigned api_endpoint_number(const struct api_endpoint *endpoint);
const char *api_endpoint_path(unsigned number);

/* Prepares a worker; false when memory or randomness is out, or there are more workers
 * than the log's queues, the snapshots' readers or the metrics' blocks were made for. */
bool api_worker_init(struct api_worker *worker, const struct api_state *state);
void api_worker_deinit(struct api_worker *worker);

/* Calls an endpoint with the current snapshot, which does not change meanwhile. Not for
 * an API_COMMAND, whose handle() is called by itself. */
void api_call(const struct api_endpoint *endpoint, struct api_worker *worker,
              struct api_request *request, struct api_response *response);

/* After a reload, brings the numbers in *settings and the worker's own limits up to
 * date; *number says which snapshot they are from. Between two calls of endpoints. */
void api_worker_refresh(struct api_worker *worker, struct config *settings, uint64_t *number);

/* Answers with a problem. */
void api_answer_problem(struct api_response *response, const struct problem *problem);

/* Adds "name: value\r\n" to the answer's headers; dropped when there is no room. */
void api_add_header(struct api_response *response, const char *name, struct span value);

/* The endpoints, each in a file of its name. */
void api_route(struct api_worker *worker, struct api_request *request,
               struct api_response *response);
void api_batch_line(struct api_worker *worker, struct api_request *request,
                    struct api_response *response);
void api_feedback(struct api_worker *worker, struct api_request *request,
                  struct api_response *response);
void api_models(struct api_worker *worker, struct api_request *request,
                struct api_response *response);
void api_healthz(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
void api_readyz(struct api_worker *worker, struct api_request *request,
                struct api_response *response);
void api_version(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
void api_openapi(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
void api_metrics(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
void api_live(struct api_worker *worker, struct api_request *request,
              struct api_response *response);
void api_page(struct api_worker *worker, struct api_request *request,
              struct api_response *response);
void api_reload(struct api_worker *worker, struct api_request *request,
                struct api_response *response);
void api_promote(struct api_worker *worker, struct api_request *request,
                 struct api_response *response);
void api_promotion(struct api_worker *worker, struct api_request *request,
                   struct api_response *response);
void api_rollback(struct api_worker *worker, struct api_request *request,
                  struct api_response *response);

#endif
