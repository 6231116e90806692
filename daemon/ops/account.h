/* account.h - users of the system by name or number, and whom the daemon is to become. */
#ifndef TIERD_OPS_ACCOUNT_H
#define TIERD_OPS_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "classifier/text/span.h"
#include "daemon/config/config.h"

enum { ACCOUNT_NAME_MAX = 64 };

struct account {
  char name[ACCOUNT_NAME_MAX]; /* its number where it has no name */
  uid_t uid;
  gid_t gid;   /* its main group */
  bool become; /* it is not who runs the process now */
};

/* Looks a user up. A number needs no entry in the system's list of users; its gid is then
 * (gid_t)-1. False with a clause in why that can follow the name in quotes. May read files
 * and load libraries, so it is for the time before a sandbox. */
bool account_find(struct account *out, struct span name, char *why, size_t why_size);

/* Whom a process of user euid is to run as by the settings: --user when it is root's and
 * --allow-root is not set, else the user that it has. False with why filled. */
bool account_choose(struct account *out, const struct config *config, uid_t euid, char *why,
                    size_t why_size);

#endif
