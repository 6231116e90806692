/* call_filter.h - a seccomp filter: the system calls that a running daemon makes. */
#ifndef TIERD_OPS_CALL_FILTER_H
#define TIERD_OPS_CALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* From here on this thread and those that it starts make the calls that serving, logging,
 * reloading and ending need, and no others: any other one fails with EPERM, and the kernel
 * logs it. For the time before there are further threads, with no new privileges set. False
 * with why, a clause, filled; then nothing is in force. */
bool call_filter_enter(char *why, size_t why_size);

#endif
