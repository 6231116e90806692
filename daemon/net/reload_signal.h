/* reload_signal.h - SIGHUP reloads config, catalogue and model. */
#ifndef TIERD_NET_RELOAD_SIGNAL_H
#define TIERD_NET_RELOAD_SIGNAL_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/ops/reload.h"

/* For the caller's storage, which must stay where it is until the loop has ended. */
struct reload_signal {
  uv_signal_t signal; /* unreferenced: it does not keep the loop alive */
  uv_work_t work;
  struct reloader *reloader; /* borrowed */
  bool running;              /* work is under way */
  bool again;                /* a signal came after it had begun */
};

/* Watches on the loop; false when that cannot be done. Starts libuv's pool as well, so
 * that a shortage of threads shows now. */
bool reload_signal_init(struct reload_signal *reload, uv_loop_t *loop, struct reloader *reloader);

#endif
