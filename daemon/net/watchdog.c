/* watchdog.c - timers that show that the loops turn.
 *
 * A pulse sets its flag; the watchdog, four times as often as the manager wants to hear
 * of us, sends and clears when all flags are set. A flag is set again within a quarter
 * of the time, so that under load, when timers come late, there is as much to spare. */
#include "daemon/net/watchdog.h"

#include "daemon/net/worker.h"
#include "daemon/ops/systemd.h"

enum { BEATS_PER_LIMIT = 4 };

static void on_beat(uv_timer_t *timer) {
  struct pulse *pulse = timer->data;
  atomic_store_explicit(&pulse->beaten, true, memory_order_relaxed);
}

static void on_look(uv_timer_t *timer) {
  struct watchdog *watchdog = timer->data;
  for (size_t i = 0; i < watchdog->count; i++)
    if (!atomic_load_explicit(&watchdog->workers[i]->pulse.beaten, memory_order_relaxed))
      return;
  for (size_t i = 0; i < watchdog->count; i++)
    atomic_store_explicit(&watchdog->workers[i]->pulse.beaten, false, memory_order_relaxed);
  systemd_alive(watchdog->systemd);
}

/* The timer does not keep its loop alive, since draining ends when nothing does. */
static bool start_timer(uv_timer_t *timer, uv_loop_t *loop, void *data, uv_timer_cb act,
                        uint64_t every_ms) {
  if (uv_timer_init(loop, timer) != 0)
    return false;
  timer->data = data;
  if (uv_timer_start(timer, act, 0, every_ms) != 0)
    return false;
  uv_unref((uv_handle_t *)timer);
  return true;
}

bool watchdog_start(struct watchdog *watchdog, const struct systemd *systemd,
                    struct worker *const *workers, size_t count) {
  *watchdog = (struct watchdog){.systemd = systemd, .workers = workers, .count = count};
  if (systemd == NULL || systemd->watchdog_us == 0) {
    watchdog->count = 0;
    return true;
  }
  uint64_t every_ms = systemd->watchdog_us / 1000 / BEATS_PER_LIMIT;
  every_ms += every_ms == 0;
  for (size_t i = 0; i < count; i++)
    if (!start_timer(&workers[i]->pulse.timer, &workers[i]->loop, &workers[i]->pulse, on_beat,
                     every_ms))
      return false;
  return start_timer(&watchdog->timer, &workers[0]->loop, watchdog, on_look, every_ms);
}

void watchdog_stop(struct watchdog *watchdog) {
  if (watchdog->count > 0)
    uv_timer_stop(&watchdog->timer);
  watchdog->count = 0;
}
