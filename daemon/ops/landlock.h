/* landlock.h - Landlock, by which a process confines itself to some files.
 *
 *   struct landlock landlock;
 *   if (landlock_begin(&landlock)) {
 *     landlock_allow(&landlock, "/srv/models", LANDLOCK_READ) ...
 *     landlock_enter(&landlock) ...
 *   }
 */
#ifndef TIERD_OPS_LANDLOCK_H
#define TIERD_OPS_LANDLOCK_H

#include <stdbool.h>

enum landlock_rights {
  LANDLOCK_READ, /* and list */
  LANDLOCK_WRITE /* and make, rename, remove, cut, and read */
};

struct landlock {
  int fd;
  int version; /* of the kernel's interface; 4 and later know TCP, 6 and later signals */
};

/* Prepares a set of rules in which nothing is allowed: no file, and, where the kernel
 * knows of them, no new TCP connection or port, and no signal to other processes. False
 * with errno when the kernel has no Landlock, or it is switched off. */
bool landlock_begin(struct landlock *landlock);

/* Allows it for path and, if that is a directory, all below it: the directory itself, not
 * what stands at its name later. A path that is not there is left out. False with errno. */
bool landlock_allow(struct landlock *landlock, const char *path, enum landlock_rights rights);

/* Puts the rules into force, for this thread and those that it starts, and releases the
 * set. Files that are open stay so. False with errno. */
bool landlock_enter(struct landlock *landlock);

/* Releases the set without entering. */
void landlock_drop(struct landlock *landlock);

#endif
