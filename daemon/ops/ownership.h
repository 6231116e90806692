/* ownership.h - files that root makes for the user that the daemon becomes. */
#ifndef TIERD_OPS_OWNERSHIP_H
#define TIERD_OPS_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ops/account.h"

/* As root: makes the state directory and the decision log, where the settings ask for them
 * and they are not there yet, and gives them to the account. What is there already keeps
 * its owner. False with why filled. */
bool ownership_prepare(const struct account *account, const struct config *config, char *why,
                       size_t why_size);

/* As the account: warns on standard error of directories in which it cannot do what it will
 * have to later, such as rotating the log. */
void ownership_warn(const struct account *account, const struct config *config);

#endif
