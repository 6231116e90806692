/* accuracy.h - `tier-bench accuracy`: quality against cost on labelled logs. */
#ifndef TIERD_BENCH_ACCURACY_H
#define TIERD_BENCH_ACCURACY_H

/* argv[0] is the command's name. Returns the exit code: 0 all is well, 1 a gate of
 * --fail-if did not hold, 2 wrong usage or unreadable input. */
int accuracy_main(int argc, char **argv);

#endif
