/* main.c - tier-train: picks the subcommand. */
#include <stdio.h>
#include <string.h>

#include "classifier/train/commands.h"

static const char usage[] =
    "usage: tier-train COMMAND [argument...]\n"
    "\n"
    "  fit       train a model from labelled logs\n"
    "  features  turn logs, or parts of them, into shards that fit trains on\n"
    "  inspect   check a model file and print what it holds\n"
    "  eval      say how good a model's decisions are on labelled logs\n"
    "  diff      say which decisions change between two models\n"
    "\n"
    "  -h, --help         print this help, or of a command what it takes\n"
    "  --version          print the version\n";

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  if (strcmp(command, "fit") == 0)
    return command_fit(argc - 1, argv + 1);
  if (strcmp(command, "features") == 0)
    return command_features(argc - 1, argv + 1);
  if (strcmp(command, "inspect") == 0)
    return command_inspect(argc - 1, argv + 1);
  if (strcmp(command, "eval") == 0)
    return command_eval(argc - 1, argv + 1);
  if (strcmp(command, "diff") == 0)
    return command_diff(argc - 1, argv + 1);
  if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
    fputs(usage, stdout);
    return 0;
  }
  if (strcmp(command, "--version") == 0) {
    printf("tier-train %s\n", TIERD_VERSION);
    return 0;
  }
  fputs(usage, stderr);
  return 2;
}
