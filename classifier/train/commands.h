/* commands.h - the subcommands of tier-train. Each gets the arguments behind its
 * name and returns the exit code: 0 done, 1 failed, 2 misused. */
#ifndef TIERD_TRAIN_COMMANDS_H
#define TIERD_TRAIN_COMMANDS_H

int command_fit(int argc, char **argv);
int command_features(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_diff(int argc, char **argv);

#endif
