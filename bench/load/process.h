/* process.h - what the kernel says about a running process. Linux only. */
#ifndef TIERD_BENCH_PROCESS_H
#define TIERD_BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* CPU time of all its present threads, from schedstat: exact, where the usual figures
 * count ticks. False when there is no such process or the kernel keeps no count. */
bool process_cpu_ns(pid_t pid, uint64_t *out);

/* Resident memory (VmRSS) in KiB. */
bool process_resident_kib(pid_t pid, uint64_t *out);

#endif
