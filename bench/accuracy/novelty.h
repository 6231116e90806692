/* novelty.h - `tier-bench novelty`: does a model notice what it was not trained on? */
#ifndef TIERD_BENCH_NOVELTY_H
#define TIERD_BENCH_NOVELTY_H

/* argv[0] is the command's name. Returns the exit code: 0, or 2 for wrong usage or
 * unreadable input. */
int novelty_main(int argc, char **argv);

#endif
