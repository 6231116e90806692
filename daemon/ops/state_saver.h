/* state_saver.h - a thread that writes what has changed to the state directory, at most
 * once a second and when it is stopped. */
#ifndef TIERD_OPS_STATE_SAVER_H
#define TIERD_OPS_STATE_SAVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct state_saver; /* opaque */

enum { STATE_PARTS_MAX = 4 };

/* One file and whose content it is. Both functions are called on the saver's thread. */
struct state_part {
  const char *name; /* of the file; static storage */
  void *owner;      /* must outlive the saver */
  /* Has it changed since this was last asked? */
  bool (*take_change)(void *owner);
  void (*print)(void *owner, FILE *out);
};

/* directory must outlive the saver. On success *out is the caller's. False with why
 * filled. */
bool state_saver_start(struct state_saver **out, const char *directory,
                       const struct state_part *parts, size_t parts_count, char *why,
                       size_t why_size);

/* Writes what has changed and ends the thread. saver may be NULL. */
void state_saver_stop(struct state_saver *saver);

#endif
