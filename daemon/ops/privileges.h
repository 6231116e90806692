/* privileges.h - gives up what only the start needed. */
#ifndef TIERD_OPS_PRIVILEGES_H
#define TIERD_OPS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ops/account.h"

/* Becomes the account for good, if it is another; gives up all capabilities, unless it is
 * root's; and sees to it that no program that is started gains any. core_dumps is whether
 * the process may leave a core dump and be looked into by others of its user. For the time
 * before there are threads: some of this holds for those that come after it. False with why
 * filled: the process must then not go on. */
bool privileges_drop(const struct account *account, bool core_dumps, char *why, size_t why_size);

#endif
