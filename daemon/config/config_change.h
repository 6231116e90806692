/* config_change.h - two configs side by side: what a running daemon can take over.
 *
 *   struct config_kept kept;
 *   if (!config_keep_fixed(&fresh, &running, &kept)) ...   // out of memory
 *   // fresh may now be used; kept.keys name what would need a restart
 */
#ifndef TIERD_CONFIG_CONFIG_CHANGE_H
#define TIERD_CONFIG_CONFIG_CHANGE_H

#include <stddef.h>

#include "daemon/config/config.h"

enum { CONFIG_KEPT_MAX = 64 };

/* Settings that differ and stay as they are. */
struct config_kept {
  const char *keys[CONFIG_KEPT_MAX]; /* static storage */
  size_t count;
};

/* A copy with strings of its own, to be released with config_deinit(). False when
 * memory is out; *to then owns nothing. */
bool config_copy(struct config *to, const struct config *from);

/* Gives fresh the running values of all settings that cannot change while the daemon
 * runs, and names those that differed. False when memory is out; fresh is then still
 * whole, but partly changed. */
bool config_keep_fixed(struct config *fresh, const struct config *running,
                       struct config_kept *kept);

/* Copies everything but strings: those of *to stay as they are. */
void config_copy_numbers(struct config *to, const struct config *from);

#endif
