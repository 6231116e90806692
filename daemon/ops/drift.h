/* drift.h - how far live prompts have moved from those that the model was trained on.
 *
 *   struct drift *drift = drift_create(threads);
 *   struct drift_worker *worker = drift_worker(drift);            // one a thread
 *   if (drift_note(worker, model, features)) ...                  // each decision
 *     drift_read(drift, model, &report);                          // now and then
 *
 * The model file keeps quantiles of each feature. A sample of decisions is counted between
 * them, by each thread in memory of its own; the distance is that of Kolmogorov and
 * Smirnov, the greatest difference of the two cumulative distributions, 0 to 1. Of quantiles
 * that are equal the file keeps one, so that of many features the training's distribution
 * is only known to lie within bounds: the distance is then to the nearest that it may have
 * been, and never more than the true one. */
#ifndef TIERD_OPS_DRIFT_H
#define TIERD_OPS_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classifier/svm/model.h"

enum {
  DRIFT_EVERY = 16,        /* decisions for one that is counted */
  DRIFT_EPOCH = 1024,      /* half-life, in counted ones of a thread */
  DRIFT_LOOK = 128,        /* counted ones of a thread after which somebody should look */
  DRIFT_SAMPLES_MIN = 256, /* fewer say nothing */
  DRIFT_FEATURES_MAX = 5   /* in a report, the most moved ones */
};

struct drift;        /* opaque */
struct drift_worker; /* one thread's counts; opaque */

struct drift_feature {
  uint32_t feature;
  double distance;
  bool higher; /* live values are; else lower */
};

struct drift_report {
  double
      samples; /* late ones, of the model in use; below DRIFT_SAMPLES_MIN there are no features */
  size_t count;
  struct drift_feature list[DRIFT_FEATURES_MAX]; /* the most moved first */
};

/* For that many threads. NULL when memory is out. */
struct drift *drift_create(size_t threads);
void drift_destroy(struct drift *drift); /* may be NULL */

/* The next thread's, owned by drift; NULL when all are given out. Not to be called by two
 * threads at once. */
struct drift_worker *drift_worker(struct drift *drift);

/* Counts a decision, or passes it by. True when DRIFT_LOOK more have been counted. A new
 * model starts the thread's counts anew. */
bool drift_note(struct drift_worker *worker, const struct model *model,
                const struct features *features);

/* Sums up what the threads have counted under that model. They may go on counting. */
void drift_read(const struct drift *drift, const struct model *model, struct drift_report *out);

/* Is a warning due? The caller gives it then, for it is not due again for an hour. From any
 * thread. */
bool drift_warning_due(struct drift *drift, int64_t now_s);

/* "length of the question (lower, 0.31), ...", cut to out_size. Only distances of at least
 * least. */
void drift_print(const struct drift_report *report, const struct model *model, double least,
                 char *out, size_t out_size);

#endif
