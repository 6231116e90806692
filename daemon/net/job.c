/* job.c - one call of an endpoint beside the loop.
 *
 * Orders such as a reload read files and take longer than other connections should
 * wait. The job owns all that the call writes to, so the loop and the pool's thread
 * share nothing but what is immutable; what becomes of the answer is up to conn.c. */
#include "daemon/net/job.h"

#include <stdlib.h>

struct job {
  uv_work_t work;
  struct worker *worker;
  const struct api_endpoint *endpoint;
  struct api_response response;
  struct buffer asked; /* the request's body */
  struct buffer body;  /* the answer's */
  job_done_cb *done;
  void *owner;
};

/* On a thread of the pool. */
static void on_work(uv_work_t *work) {
  struct job *job = work->data;
  struct api_request request = {
      .body = job->asked.data, .body_len = job->asked.len, .now_ms = worker_now_ms(job->worker)};
  request.now_s = request.now_ms / 1000;
  job->endpoint->handle(&job->worker->api, &request, &job->response);
}

/* Back on the loop. Nobody cancels jobs, so the status is always 0. */
static void on_worked(uv_work_t *work, int status) {
  struct job *job = work->data;
  (void)status;
  job->done(job->owner, job);
}

struct job *job_start(struct worker *worker, const struct api_endpoint *endpoint, struct span body,
                      job_done_cb *done, void *owner) {
  struct job *job = calloc(1, sizeof *job);
  if (!job)
    return NULL;
  job->work.data = job;
  job->worker = worker;
  job->endpoint = endpoint;
  job->response.body = &job->body;
  job->done = done;
  job->owner = owner;
  if (body.len > 0)
    buffer_add(&job->asked, body.ptr, body.len);
  if (!job->asked.failed && uv_queue_work(&worker->loop, &job->work, on_work, on_worked) == 0)
    return job;
  job_destroy(job);
  return NULL;
}

struct api_response *job_response(struct job *job) {
  return &job->response;
}

void job_destroy(struct job *job) {
  buffer_deinit(&job->asked);
  buffer_deinit(&job->body);
  free(job);
}
