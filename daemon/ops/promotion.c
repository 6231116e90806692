/* promotion.c - the life of promotions: the thread, orders from outside, what is told.
 *
 * An order works on the record and its file while the thread waits; the thread does what
 * promotion_run.c says, every few milliseconds while a candidate is in shadow, and sleeps
 * otherwise. It runs at a lower priority than the event loops, so that on a busy machine
 * the shadow falls behind, and drops, before an answer is late. */
#include "daemon/ops/promotion.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/ops/promotion_internal.h"
#include "daemon/ops/state_file.h"

enum { NAP_MS = 10, NICE = 10 };

/* ---- what others are told ---- */

/* With work held: a block of counters is for one thread at a time. */
void promotion_count_outcome(struct promotion *promotion, enum promotion_status status) {
  static const enum metrics_promotion slots[PROMOTION_STATUSES] = {
      [PROMOTION_PROMOTED] = PROMOTED_PASSED,
      [PROMOTION_REJECTED] = PROMOTED_REJECTED,
      [PROMOTION_REFUSED] = PROMOTED_REFUSED,
      [PROMOTION_CANCELLED] = PROMOTED_CANCELLED,
      [PROMOTION_ROLLED_BACK] = PROMOTED_ROLLED_BACK};
  metrics_add(promotion->counters, METRIC_PROMOTIONS, slots[status], 1);
}

/* Copied, so that figures can be told without holding a snapshot. */
static struct promotion_terms terms_of(const struct snapshot *snapshot) {
  const struct config *config = &snapshot->config;
  struct promotion_terms terms = {.limits = {config->promote_min_decisions,
                                             config->promote_min_judged, config->promote_margin,
                                             config->promote_unstable_margin},
                                  .deadline_hours = config->promote_deadline_hours,
                                  .promoted = snapshot->choice.promoted};
  snprintf(terms.deciding, sizeof terms.deciding, "%s", model_version(snapshot->model));
  return terms;
}

/* The reader is free: a turn has one snapshot, which is this one then. */
void promotion_note_snapshot(struct promotion *promotion) {
  const struct snapshot *held = promotion->snapshot;
  const struct snapshot *snapshot = held ? held : snapshot_take(promotion->reader);
  pthread_mutex_lock(&promotion->lock);
  promotion->terms = terms_of(snapshot);
  pthread_mutex_unlock(&promotion->lock);
  if (held == NULL)
    snapshot_give_back(promotion->reader);
}

/* For event loops: under the short lock alone, which nobody holds while working. */
void promotion_read(struct promotion *promotion, const struct snapshot *snapshot,
                    struct promotion_figures *out) {
  pthread_mutex_lock(&promotion->lock);
  out->record = promotion->record;
  out->terms = promotion->terms;
  pthread_mutex_unlock(&promotion->lock);
  /* Without a candidate nobody has followed the reloads since. */
  if (snapshot != NULL)
    out->terms = terms_of(snapshot);
  /* The last look's figures when the run is over, else those that the next would have. */
  const uint64_t looks = out->record.looks;
  const bool over = out->record.status != PROMOTION_RUNNING && looks > 0;
  gate_judge(&out->record.counts, &out->terms.limits, (unsigned)(over ? looks - 1 : looks),
             &out->result);
}

/* A loop that sees it late hands over a decision too few or too many: no harm. */
bool promotion_wants(const struct promotion *promotion) {
  return atomic_load_explicit(&promotion->running, memory_order_relaxed);
}

/* Of all runs since the start: each run notes what it began with. */
uint64_t promotion_dropped(const struct promotion *promotion) {
  uint64_t dropped = 0;
  for (size_t i = 0; i < promotion->options.ports; i++)
    dropped += shadow_port_dropped(promotion->ports[i]);
  return dropped;
}

/* ---- the run's begin and end ---- */

/* The flag first: from then on the loops hand over nothing that nobody would take. */
void promotion_forget(struct promotion *promotion) {
  atomic_store(&promotion->running, false);
  model_destroy(promotion->candidate);
  promotion->candidate = NULL;
  promotion->unsaved = false;
}

/* Only the thread that has work writes to the record, so it may read it without the lock. */
void promotion_publish(struct promotion *promotion, const struct promotion_record *record) {
  pthread_mutex_lock(&promotion->lock);
  promotion->record = *record;
  pthread_mutex_unlock(&promotion->lock);
}

/* On disk before it is told: a restart must not take the run up again. */
void promotion_end(struct promotion *promotion, enum promotion_status status, const char *why) {
  struct promotion_record next = promotion->record;
  char failure[PROMOTION_WHY_MAX];
  /* The figures on which it ended, which are told from then on. */
  next.counts = promotion->counts;
  next.status = status;
  next.ended_s = (int64_t)time(NULL);
  snprintf(next.why, sizeof next.why, "%s", why);
  fprintf(stderr, "tierd: candidate %s is %s: %s\n", next.candidate.version,
          promotion_status_name(status), why);
  /* Unsaved, it would be in shadow again after a restart, and end again. */
  if (!promotion_record_save(promotion->options.state_dir, &next, failure, sizeof failure))
    fprintf(stderr, "tierd: %s\n", failure);
  promoted_tidy(promotion->options.state_dir, &next);
  promotion_count_outcome(promotion, status);
  promotion_forget(promotion);
  /* The last step, so that who sees the end finds everything done. */
  promotion_publish(promotion, &next);
}

/* record is on the disk by now; candidate becomes the promotion's. Who sees the run sees
 * its decisions counted, so that both are set at once. */
static void begin(struct promotion *promotion, const struct promotion_record *record,
                  struct model *candidate) {
  promotion_run_clear(promotion);
  promotion->candidate = candidate;
  pthread_mutex_lock(&promotion->lock);
  promotion->record = *record;
  atomic_store(&promotion->running, true);
  pthread_cond_signal(&promotion->wake);
  pthread_mutex_unlock(&promotion->lock);
  promotion_run_begin(promotion);
}

/* ---- orders ---- */

/* Could the model decide in place of the one that does? */
static bool check_fit(struct promotion *promotion, const struct model *model, char *base, char *why,
                      size_t why_size) {
  const struct snapshot *snapshot = snapshot_take(promotion->reader);
  struct router router = snapshot->router;
  router.model = model;
  snprintf(base, PROMOTION_VERSION_MAX, "%s", model_version(snapshot->model));
  bool ok = router_check(&router, why, why_size);
  snapshot_give_back(promotion->reader);
  /* It would be compared with itself, and pass. */
  if (ok && strcmp(base, model_version(model)) == 0) {
    snprintf(why, why_size, "model %s decides already", base);
    ok = false;
  }
  return ok;
}

/* The copy is written before the record that speaks of it. model is taken over on success. */
static bool put_in_shadow(struct promotion *promotion, const char *path,
                          const struct model_file *file, struct model *model, char *why,
                          size_t why_size) {
  const char *directory = promotion->options.state_dir;
  struct promotion_record next = promotion->record;
  if (!check_fit(promotion, model, next.base, why, why_size) ||
      !state_directory_make(directory, why, why_size))
    return false;
  /* Only now that the new one is known to be good. */
  if (promotion->candidate != NULL)
    promotion_end(promotion, PROMOTION_CANCELLED, "another candidate takes its place");
  if (!state_file_write(directory, PROMOTED_CANDIDATE, file->bytes, file->len, why, why_size))
    return false;
  next.status = PROMOTION_RUNNING;
  snprintf(next.candidate.version, sizeof next.candidate.version, "%s", model_version(model));
  memcpy(next.candidate.hash, file->hash, sizeof next.candidate.hash);
  snprintf(next.path, sizeof next.path, "%s", path);
  next.why[0] = '\0';
  next.started_s = (int64_t)time(NULL);
  next.ended_s = 0;
  next.looks = 0;
  /* What was counted of another candidate says nothing of this one. */
  next.counts = (struct gate_counts){0};
  if (!promotion_record_save(directory, &next, why, why_size))
    return false;
  begin(promotion, &next, model);
  return true;
}

/* The bytes that were checked are those that are copied, whatever happens to the file. */
static bool start(struct promotion *promotion, const char *path, char *why, size_t why_size) {
  struct model_file file;
  struct model *model = NULL;
  /* The daemon's working directory is nobody's business. */
  if (path[0] != '/' || strlen(path) >= PATH_MAX) {
    snprintf(why, why_size, "expected an absolute path, such as /tmp/new.tier");
    return false;
  }
  if (!model_file_read(path, &file, why, why_size))
    return false;
  model = model_file_parse(&file, path, why, why_size);
  const bool ok = model != NULL && put_in_shadow(promotion, path, &file, model, why, why_size);
  model_file_deinit(&file);
  if (!ok) {
    model_destroy(model);
    return false;
  }
  fprintf(stderr, "tierd: candidate %s is in shadow, beside model %s\n",
          promotion->record.candidate.version, promotion->record.base);
  return true;
}

/* Refusals are counted and said too: whoever gave the order may not be whoever watches. */
bool promotion_start(struct promotion *promotion, const char *path, char *why, size_t why_size) {
  pthread_mutex_lock(&promotion->work);
  promotion_note_snapshot(promotion);
  const bool ok = start(promotion, path, why, why_size);
  if (!ok) {
    fprintf(stderr, "tierd: a candidate is refused: %s\n", why);
    promotion_count_outcome(promotion, PROMOTION_REFUSED);
  }
  pthread_mutex_unlock(&promotion->work);
  return ok;
}

/* Between two turns, since it holds what a turn holds. */
bool promotion_cancel(struct promotion *promotion, char *why, size_t why_size) {
  pthread_mutex_lock(&promotion->work);
  const bool ok = promotion->candidate != NULL;
  if (ok)
    promotion_end(promotion, PROMOTION_CANCELLED, "on request");
  else
    snprintf(why, why_size, "no candidate is in shadow");
  pthread_mutex_unlock(&promotion->work);
  return ok;
}

/* A candidate in shadow stays there, and is compared with the model that decides then. */
bool promotion_rollback(struct promotion *promotion, char *why, size_t why_size) {
  pthread_mutex_lock(&promotion->work);
  const bool ok = promotion_swap_back(promotion, why, why_size);
  if (ok)
    fprintf(stderr, "tierd: rolled back to model %s\n", promotion->terms.deciding);
  pthread_mutex_unlock(&promotion->work);
  return ok;
}

/* ---- the thread ---- */

/* Until there is something to do. False when it is to end. */
static bool wait_turn(struct promotion *promotion) {
  struct timespec until;
  pthread_mutex_lock(&promotion->lock);
  while (!promotion->stopping && !promotion_wants(promotion))
    pthread_cond_wait(&promotion->wake, &promotion->lock);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += NAP_MS * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  while (!promotion->stopping &&
         pthread_cond_timedwait(&promotion->wake, &promotion->lock, &until) == 0)
    continue;
  const bool goes_on = !promotion->stopping;
  pthread_mutex_unlock(&promotion->lock);
  return goes_on;
}

/* Orders and turns take the same lock: neither sees the other's half. */
static void *run(void *argument) {
  struct promotion *promotion = argument;
  /* Linux counts priorities by thread, and 0 is the calling one. */
  (void)setpriority(PRIO_PROCESS, 0, NICE);
  while (wait_turn(promotion)) {
    pthread_mutex_lock(&promotion->work);
    promotion_turn(promotion);
    pthread_mutex_unlock(&promotion->work);
  }
  return NULL;
}

/* Signals are for the event loops. */
static bool start_thread(struct promotion *promotion) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool ok = pthread_create(&promotion->thread, NULL, run, promotion) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

/* ---- from start to end ---- */

/* All that the thread works with, made now so that no run can lack memory for it. */
static bool make_parts(struct promotion *promotion) {
  const struct promotion_options *options = &promotion->options;
  promotion->ports = calloc(options->ports, sizeof(struct shadow_port *));
  for (size_t i = 0; promotion->ports && i < options->ports; i++) {
    promotion->ports[i] = shadow_port_create();
    if (promotion->ports[i] == NULL)
      return false;
  }
  promotion->features = malloc(sizeof *promotion->features);
  /* Any of these may be NULL here; all are looked at in the end. */
  promotion->outcomes = outcomes_create(options->ports);
  promotion->reader = snapshots_reader(options->snapshots);
  promotion->counters = options->metrics ? metrics_worker(options->metrics) : NULL;
  if (promotion->features == NULL)
    return false;
  features_init(promotion->features);
  return promotion->ports && promotion->outcomes && promotion->reader &&
         (promotion->counters || !options->metrics);
}

/* By a clock that nobody sets, so that naps are as long as they should be. */
static void make_locks(struct promotion *promotion) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&promotion->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&promotion->lock, NULL);
  pthread_mutex_init(&promotion->work, NULL);
}

/* Also takes one that was only begun; its thread has ended or never run. */
static void release(struct promotion *promotion) {
  for (size_t i = 0; promotion->ports && i < promotion->options.ports; i++)
    shadow_port_destroy(promotion->ports[i]);
  free(promotion->ports);
  free(promotion->features);
  outcomes_destroy(promotion->outcomes);
  model_destroy(promotion->candidate);
  pthread_mutex_destroy(&promotion->work);
  pthread_mutex_destroy(&promotion->lock);
  pthread_cond_destroy(&promotion->wake);
  free(promotion);
}

/* The candidate that was in shadow when the daemon ended, if it still is what it was. */
static void resume(struct promotion *promotion) {
  const struct promotion_record *record = &promotion->record;
  const char *directory = promotion->options.state_dir;
  char why[PROMOTION_WHY_MAX];
  struct model_file file;
  struct model *model = NULL;
  promotion->counts = record->counts;
  if (model_file_read_state(directory, PROMOTED_CANDIDATE, &file, why, sizeof why)) {
    if (strcmp(file.hash, record->candidate.hash) == 0)
      model = model_file_parse(&file, PROMOTED_CANDIDATE, why, sizeof why);
    else
      snprintf(why, sizeof why, "%s/" PROMOTED_CANDIDATE " was replaced or cut short", directory);
    model_file_deinit(&file);
  }
  const struct promotion_record same = *record;
  if (model != NULL)
    begin(promotion, &same, model);
  else
    promotion_end(promotion, PROMOTION_REFUSED, why);
}

bool promotion_open(struct promotion **out, const struct promotion_options *options, char *why,
                    size_t why_size) {
  struct promotion *promotion = calloc(1, sizeof *promotion);
  *out = NULL;
  /* What is true until something else is said. */
  snprintf(why, why_size, "out of memory");
  if (promotion == NULL)
    return false;
  promotion->options = *options;
  make_locks(promotion);
  if (!make_parts(promotion) ||
      !promotion_record_load(options->state_dir, &promotion->record, why, why_size)) {
    release(promotion);
    return false;
  }
  promotion_note_snapshot(promotion);
  /* A crash may have left files under the names that they had before. */
  if (promotion->record.status != PROMOTION_NONE)
    promoted_tidy(options->state_dir, &promotion->record);
  if (promotion->record.status == PROMOTION_RUNNING)
    resume(promotion);
  if (!start_thread(promotion)) {
    release(promotion);
    return false;
  }
  *out = promotion;
  return true;
}

/* Each event loop asks once, at the start. */
struct shadow_port *promotion_port(struct promotion *promotion) {
  return promotion->ports_given < promotion->options.ports
             ? promotion->ports[promotion->ports_given++]
             : NULL;
}

/* After the loops have ended, so that nothing more comes through the ports. */
void promotion_close(struct promotion *promotion) {
  char why[PROMOTION_WHY_MAX];
  if (promotion == NULL)
    return;
  pthread_mutex_lock(&promotion->lock);
  promotion->stopping = true;
  pthread_cond_signal(&promotion->wake);
  pthread_mutex_unlock(&promotion->lock);
  pthread_join(promotion->thread, NULL);
  /* What has come since the last turn counts as well. */
  promotion_turn(promotion);
  if (promotion->candidate != NULL &&
      !promotion_record_save(promotion->options.state_dir, &promotion->record, why, sizeof why))
    fprintf(stderr, "tierd: %s\n", why);
  release(promotion);
}
