/* state_saver.c - wakes once a second, writes the files whose content has changed.
 *
 * After a kill at most the last second is lost, and what the write itself takes. A
 * write that fails is said once and tried again each second, for the disk may get
 * room; meanwhile the daemon goes on by what it has in memory. */
#include "daemon/ops/state_saver.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/ops/state_file.h"

enum { WHY_MAX = 512 };

/* Parts are few and fixed from the start. */
struct state_saver {
  const char *directory;
  struct state_part parts[STATE_PARTS_MAX];
  bool failing[STATE_PARTS_MAX]; /* its last write did; try again, and say when it works */
  size_t parts_count;
  pthread_t thread;
  pthread_mutex_t mutex; /* of stopping */
  pthread_cond_t wake;
  bool stopping;
};

/* Made in memory first: the owner holds its lock while it prints, and no disk should make
 * it wait. */
static bool write_part(const struct state_saver *saver, const struct state_part *part, char *why) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  bool ok = out != NULL;
  if (out != NULL) {
    part->print(part->owner, out);
    ok = fclose(out) == 0;
  }
  if (ok)
    ok = state_file_write(saver->directory, part->name, text, len, why, WHY_MAX);
  else
    snprintf(why, WHY_MAX, "cannot write %s: out of memory", part->name);
  free(text);
  return ok;
}

/* Part by part, so that one that cannot be written does not keep the others from it. */
static void save(struct state_saver *saver) {
  char why[WHY_MAX];
  for (size_t i = 0; i < saver->parts_count; i++) {
    const struct state_part *part = &saver->parts[i];
    /* Asked in any case: what changes after this belongs to the next write. */
    const bool changed = part->take_change(part->owner);
    if (!changed && !saver->failing[i])
      continue;
    const bool ok = write_part(saver, part, why);
    /* Said when it begins and when it ends, not each second between. */
    if (!ok && !saver->failing[i])
      fprintf(stderr, "tierd: %s; trying again each second\n", why);
    else if (ok && saver->failing[i])
      fprintf(stderr, "tierd: %s/%s is being written again\n", saver->directory, part->name);
    saver->failing[i] = !ok;
  }
}

/* A wait that ends early is waited out, unless it is by stop. */
static void *run(void *argument) {
  struct state_saver *saver = argument;
  struct timespec next;
  bool stopping = false;
  while (!stopping) {
    clock_gettime(CLOCK_MONOTONIC, &next);
    /* From now and not from the last second: a slow disk is not asked to catch up. */
    next.tv_sec++;
    pthread_mutex_lock(&saver->mutex);
    while (!saver->stopping && pthread_cond_timedwait(&saver->wake, &saver->mutex, &next) == 0)
      continue;
    stopping = saver->stopping;
    pthread_mutex_unlock(&saver->mutex);
    save(saver);
  }
  return NULL;
}

/* Signals are for the event loops; and the clock is one that nobody sets. */
static bool start_thread(struct state_saver *saver) {
  pthread_condattr_t attributes;
  sigset_t all, before;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&saver->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&saver->mutex, NULL);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool ok = pthread_create(&saver->thread, NULL, run, saver) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

/* The parts are copied; their owners stay the caller's. */
bool state_saver_start(struct state_saver **out, const char *directory,
                       const struct state_part *parts, size_t parts_count, char *why,
                       size_t why_size) {
  struct state_saver *saver = calloc(1, sizeof *saver);
  *out = NULL;
  if (saver == NULL) {
    snprintf(why, why_size, "out of memory");
    return false;
  }
  /* Borrowed: it is the settings', which outlive the saver. */
  saver->directory = directory;
  for (; saver->parts_count < parts_count && saver->parts_count < STATE_PARTS_MAX;
       saver->parts_count++)
    saver->parts[saver->parts_count] = parts[saver->parts_count];
  if (!start_thread(saver)) {
    snprintf(why, why_size, "cannot start a thread: out of memory");
    free(saver);
    return false;
  }
  *out = saver;
  return true;
}

/* After the loops have ended, so that what they did last is saved too. */
void state_saver_stop(struct state_saver *saver) {
  if (saver == NULL)
    return;
  pthread_mutex_lock(&saver->mutex);
  saver->stopping = true;
  pthread_cond_signal(&saver->wake);
  pthread_mutex_unlock(&saver->mutex);
  /* The thread saves once more on its way out. */
  pthread_join(saver->thread, NULL);
  pthread_cond_destroy(&saver->wake);
  pthread_mutex_destroy(&saver->mutex);
  free(saver);
}
