/* micro.h - `tier-bench micro`: the stages of a decision alone, without a socket. */
#ifndef TIERD_BENCH_MICRO_H
#define TIERD_BENCH_MICRO_H

/* argv[0] is the command's name. Returns the exit code: 0, or 2 for wrong usage,
 * unreadable model or catalogue, or no memory. */
int micro_main(int argc, char **argv);

#endif
