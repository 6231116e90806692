/* reload_signal.c - from a signal to a reload on the pool.
 *
 * However many signals come while a reload runs, one more follows it: the files may
 * have been read before the last of them changed. The outcome is said by reload_run(). */
#include "daemon/net/reload_signal.h"

#include <signal.h>

static void on_work(uv_work_t *work) {
  struct reload_signal *reload = work->data;
  struct reload_report report;
  (void)reload_run(reload->reloader, &report);
}

static void on_worked(uv_work_t *work, int status);

static void start(struct reload_signal *reload) {
  reload->again = false;
  reload->running = uv_queue_work(reload->signal.loop, &reload->work, on_work, on_worked) == 0;
}

static void on_worked(uv_work_t *work, int status) {
  struct reload_signal *reload = work->data;
  (void)status;
  reload->running = false;
  if (reload->again)
    start(reload);
}

static void on_signal(uv_signal_t *signal, int number) {
  struct reload_signal *reload = signal->data;
  (void)number;
  if (reload->running)
    reload->again = true;
  else
    start(reload);
}

static void do_nothing(uv_work_t *work) {
  (void)work;
}

/* Queues the first work, upon which libuv starts its pool. Threads inherit the mask: one
 * that took signals would take those that server.c blocks at the end, when they have
 * their default effect again. */
static bool start_pool(struct reload_signal *reload, uv_loop_t *loop) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
    return false;
  bool ok = uv_queue_work(loop, &reload->work, do_nothing, on_worked) == 0;
  return pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && ok;
}

bool reload_signal_init(struct reload_signal *reload, uv_loop_t *loop, struct reloader *reloader) {
  *reload = (struct reload_signal){.reloader = reloader};
  reload->signal.data = reload;
  reload->work.data = reload;
  if (uv_signal_init(loop, &reload->signal) != 0 ||
      uv_signal_start(&reload->signal, on_signal, SIGHUP) != 0)
    return false;
  uv_unref((uv_handle_t *)&reload->signal);
  /* Counts as running, so that a signal that comes at once waits for its end. */
  reload->running = start_pool(reload, loop);
  return reload->running;
}
