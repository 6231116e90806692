/* command.h - tier-bench tokens: how far the token estimate is off, by kind of text. */
#ifndef TIERD_BENCH_TOKENS_COMMAND_H
#define TIERD_BENCH_TOKENS_COMMAND_H

/* Runs the command; argv[0] is its name. The exit status: 0, or 2 for errors. */
int tokens_main(int argc, char **argv);

#endif
