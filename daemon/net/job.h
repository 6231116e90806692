/* job.h - an answer that is made on a thread of libuv's pool, for a worker's loop.
 *
 *   struct job *job = job_start(worker, endpoint, on_done, conn);
 *   static void on_done(void *owner, struct job *job) {   // on the loop
 *     ... job_response(job) ...
 *     job_destroy(job);
 *   }
 */
#ifndef TIERD_NET_JOB_H
#define TIERD_NET_JOB_H

#include "daemon/net/worker.h"

struct job;

/* Called on the worker's loop when the answer is there. owner has to live until then. */
typedef void job_done_cb(void *owner, struct job *job);

/* Has the endpoint, a command, called with a copy of body. NULL when memory is out. The loop does
 * not end before the job has. */
struct job *job_start(struct worker *worker, const struct api_endpoint *endpoint, struct span body,
                      job_done_cb *done, void *owner);

/* Whole, with its body, once done has been called; the job's own. */
struct api_response *job_response(struct job *job);

/* Not before done has been called. */
void job_destroy(struct job *job);

#endif
