/* watchdog.h - signs of life to the service manager, for as long as every loop turns.
 *
 * Each worker has a pulse, a timer on its own loop. The watchdog, on the first worker's
 * loop, tells the manager when all of them have beaten since it last did; a loop that
 * hangs thus silences the whole daemon, upon which the manager kills and restarts it. */
#ifndef TIERD_NET_WATCHDOG_H
#define TIERD_NET_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct systemd;
struct worker;

struct pulse {
  uv_timer_t timer;
  atomic_bool beaten; /* since the watchdog last looked */
};

struct watchdog {
  uv_timer_t timer;
  const struct systemd *systemd;
  struct worker *const *workers; /* borrowed, as is systemd */
  size_t count;                  /* of workers; 0: nothing is fed */
};

/* Begins to feed, when the manager asks for it, on the workers' loops; before any of
 * them runs. Whoever closes a loop's handles closes the timers. False when one cannot be
 * had. */
bool watchdog_start(struct watchdog *watchdog, const struct systemd *systemd,
                    struct worker *const *workers, size_t count);

/* No more signs of life: a daemon that ends is bounded by other limits. On the first
 * worker's thread. */
void watchdog_stop(struct watchdog *watchdog);

#endif
