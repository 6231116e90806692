/* load.h - `tier-bench load` and `tier-bench startup`. */
#ifndef TIERD_BENCH_LOAD_H
#define TIERD_BENCH_LOAD_H

/* argv[0] is the command's name. Returns the exit code: 0 every request was answered
 * with 200, 1 some were not, 2 wrong usage, unreadable input or no server. */
int load_main(int argc, char **argv);

/* Returns 0 when every start was measured, 1 when a server did not serve, 2 for wrong
 * usage. */
int startup_main(int argc, char **argv);

#endif
