/* drift.c - counts between quantiles, a block a thread, and the distance that they make.
 *
 *   value → quantiles below it, quantiles up to it → two counts
 *   counts of all threads → cumulative shares → against what the quantiles allow
 *
 * Of n quantiles at equal steps, from the least value to the greatest, the file keeps m
 * different ones. Of training values then at least j / (n - 1) lie at or below the j-th,
 * counted from 0, and at most (n - m + j) / (n - 1) below it. With m = n the two are the
 * same, and the distance exact. When to warn is left to daemon/api. */
#include "daemon/ops/drift.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ops/one_in.h"

enum {
  CACHE_LINE = 64,
  QUANTILES = 33, /* that tier-train takes; where it took fewer, drift looks smaller */
  CELLS = MODEL_FEATURE_KNOTS_MAX + 1,
  WARNING_EVERY_S = 3600
};

/* Per feature, how many values had so many quantiles below, and so many up to them. */
struct counts {
  _Atomic uint32_t below[CELLS];
  _Atomic uint32_t up_to[CELLS];
};

/* Only the thread itself writes to it. Aligned, so that no two threads write to a line. */
struct drift_worker {
  _Alignas(CACHE_LINE) uint64_t turn;
  uint64_t since_look;
  _Atomic uint64_t model;   /* hash of the version that the counts are of */
  _Atomic uint32_t samples; /* late ones: halved with the counts */
  struct counts features[FEATURES_COUNT];
};

struct drift {
  size_t threads, given;
  _Atomic int64_t warned_s;
  struct drift_worker *workers;
};

/* Blocks of all threads at once; each takes its own when it begins. */
struct drift *drift_create(size_t threads) {
  struct drift *drift = calloc(1, sizeof *drift);
  if (!drift)
    return NULL;
  drift->workers = aligned_alloc(CACHE_LINE, threads * sizeof *drift->workers);
  if (!drift->workers) {
    free(drift);
    return NULL;
  }
  memset(drift->workers, 0, threads * sizeof *drift->workers);
  drift->threads = threads;
  atomic_init(&drift->warned_s, INT64_MIN);
  return drift;
}

/* Threads must have ended. */
void drift_destroy(struct drift *drift) {
  if (drift)
    free(drift->workers);
  free(drift);
}

struct drift_worker *drift_worker(struct drift *drift) {
  return drift->given < drift->threads ? &drift->workers[drift->given++] : NULL;
}

/* FNV-1a of the version; never 0, which a new block has. */
static uint64_t model_hash(const struct model *model) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const char *p = model_version(model); *p; p++)
    hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  return hash | 1;
}

/* Relaxed: counts of one moment are not needed for a figure of thousands of samples. */
static uint32_t get(const _Atomic uint32_t *count) {
  return atomic_load_explicit(count, memory_order_relaxed);
}

/* Only the owner writes, so that nothing comes between load and store. */
static void put(_Atomic uint32_t *count, uint32_t value) {
  atomic_store_explicit(count, value, memory_order_relaxed);
}

/* Divides all counts: by 2 to forget, by a great number for a new model. */
static void divide(struct drift_worker *worker, uint32_t by) {
  put(&worker->samples, get(&worker->samples) / by);
  for (size_t f = 0; f < FEATURES_COUNT; f++)
    for (size_t c = 0; c < CELLS; c++) {
      put(&worker->features[f].below[c], get(&worker->features[f].below[c]) / by);
      put(&worker->features[f].up_to[c], get(&worker->features[f].up_to[c]) / by);
    }
}

/* A value on a knot is up to it but not below it, and both are counted: most features
 * take few values, and sit on knots. */
static void count_value(struct counts *counts, const float *knots, size_t knots_count,
                        float value) {
  size_t below = 0, high = knots_count;
  while (below < high) {
    const size_t middle = (below + high) / 2;
    if (knots[middle] < value)
      below = middle + 1;
    else
      high = middle;
  }
  /* Knots rise, so that at most one equals the value. */
  const size_t up_to = below + (below < knots_count && !(knots[below] > value));
  put(&counts->below[below], get(&counts->below[below]) + 1);
  put(&counts->up_to[up_to], get(&counts->up_to[up_to]) + 1);
}

bool drift_note(struct drift_worker *worker, const struct model *model,
                const struct features *features) {
  if (!one_in(worker->turn++, DRIFT_EVERY))
    return false;
  const uint64_t hash = model_hash(model);
  if (atomic_load_explicit(&worker->model, memory_order_relaxed) != hash) {
    divide(worker, UINT32_MAX);
    atomic_store_explicit(&worker->model, hash, memory_order_relaxed);
  }
  for (uint32_t f = 0; f < FEATURES_COUNT; f++) {
    const float *knots;
    const size_t count = model_feature_knots(model, f, &knots);
    count_value(&worker->features[f], knots, count, features->x[f]);
  }
  put(&worker->samples, get(&worker->samples) + 1);
  if (get(&worker->samples) >= 2 * DRIFT_EPOCH)
    divide(worker, 2);
  worker->since_look = (worker->since_look + 1) % DRIFT_LOOK;
  return worker->since_look == 0;
}

/* Of one feature over the threads that count under that model. */
struct sums {
  double all;
  double below[CELLS], up_to[CELLS];
};

static void sum_up(const struct drift *drift, uint64_t model, uint32_t feature, struct sums *out) {
  memset(out, 0, sizeof *out);
  for (size_t t = 0; t < drift->threads; t++) {
    const struct drift_worker *worker = &drift->workers[t];
    const struct counts *counts = &worker->features[feature];
    if (atomic_load_explicit(&worker->model, memory_order_relaxed) != model)
      continue;
    for (size_t c = 0; c < CELLS; c++) {
      out->below[c] += (double)get(&counts->below[c]);
      out->up_to[c] += (double)get(&counts->up_to[c]);
    }
  }
  /* The halves were rounded down cell by cell, so that their own sum is the whole. */
  for (size_t c = 0; c < CELLS; c++)
    out->all += out->below[c];
}

/* A value has no more than j quantiles below it where it is at or below the j-th, and no more
 * than j up to it where it is below that. */
static struct drift_feature distance_of(const struct sums *sums, uint32_t feature, size_t count) {
  struct drift_feature found = {.feature = feature};
  const size_t quantiles = count > QUANTILES ? count : QUANTILES;
  const double step = 1.0 / (double)(quantiles - 1);
  double at_or_below = 0, below = 0;
  for (size_t j = 0; j < count && sums->all > 0; j++) {
    at_or_below += sums->below[j] / sums->all;
    below += sums->up_to[j] / sums->all;
    const double higher = (double)j * step - at_or_below;
    const double lower = below - (double)(quantiles - count + j) * step;
    if (higher > found.distance || lower > found.distance) {
      found.higher = higher > lower;
      found.distance = found.higher ? higher : lower;
    }
  }
  return found;
}

/* Into the list, the most moved first. */
static void rank(struct drift_report *report, const struct drift_feature *found) {
  size_t at = report->count;
  if (!(found->distance > 0))
    return;
  while (at > 0 && report->list[at - 1].distance < found->distance)
    at--;
  if (at == DRIFT_FEATURES_MAX)
    return;
  if (report->count < DRIFT_FEATURES_MAX)
    report->count++;
  memmove(&report->list[at + 1], &report->list[at],
          (report->count - at - 1) * sizeof report->list[0]);
  report->list[at] = *found;
}

void drift_read(const struct drift *drift, const struct model *model, struct drift_report *out) {
  const uint64_t hash = model_hash(model);
  *out = (struct drift_report){0};
  for (size_t t = 0; t < drift->threads; t++)
    if (atomic_load_explicit(&drift->workers[t].model, memory_order_relaxed) == hash)
      out->samples += (double)get(&drift->workers[t].samples);
  if (out->samples < DRIFT_SAMPLES_MIN)
    return;
  for (uint32_t f = 0; f < FEATURES_COUNT; f++) {
    const float *knots;
    const size_t count = model_feature_knots(model, f, &knots);
    struct sums sums;
    sum_up(drift, hash, f, &sums);
    const struct drift_feature found = distance_of(&sums, f, count);
    rank(out, &found);
  }
}

bool drift_warning_due(struct drift *drift, int64_t now_s) {
  int64_t warned_s = atomic_load(&drift->warned_s);
  /* Compared so that the first time and a clock that was set back do not overflow. */
  if (warned_s != INT64_MIN && now_s >= warned_s && now_s - warned_s < WARNING_EVERY_S)
    return false;
  return atomic_compare_exchange_strong(&drift->warned_s, &warned_s, now_s);
}

void drift_print(const struct drift_report *report, const struct model *model, double least,
                 char *out, size_t out_size) {
  size_t len = 0;
  out[0] = '\0';
  for (size_t i = 0; i < report->count && report->list[i].distance >= least; i++) {
    const struct drift_feature *moved = &report->list[i];
    const int added = snprintf(out + len, out_size - len, "%s%s (%s, %.2f)", len > 0 ? "; " : "",
                               model_feature_meaning(model, moved->feature),
                               moved->higher ? "higher" : "lower", moved->distance);
    /* What does not fit in full is left out. */
    if (added < 0 || (size_t)added >= out_size - len) {
      out[len] = '\0';
      return;
    }
    len += (size_t)added;
  }
}
