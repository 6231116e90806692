/* main.c - tier-bench: measures routers. The first word picks the benchmark. */
#include <stdio.h>
#include <string.h>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/novelty.h"
#include "bench/load/load.h"
#include "bench/micro/micro.h"
#include "bench/tokens/command.h"

/* One row a benchmark: its folder has the rest. Each parses its own options and gives its
 * own exit status. */
static const struct {
  const char *name, *meaning;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"accuracy", "quality against cost on labelled logs", accuracy_main},
    {"novelty", "does a model notice what it was not trained on?", novelty_main},
    {"tokens", "the token estimate against exact counts", tokens_main},
    {"load", "requests against a running server: latency, throughput, CPU", load_main},
    {"startup", "from exec to the first answer, and memory", startup_main},
    {"micro", "the stages of a decision alone, and the scorer against libsvm", micro_main},
};

enum { COMMANDS_COUNT = sizeof commands / sizeof commands[0] };

/* Asked for, it is output; after a mistake it goes to standard error. */
static void print_usage(FILE *out) {
  (void)fputs("Usage: tier-bench COMMAND [OPTION]...\n\nCommands:\n", out);
  for (size_t i = 0; i < COMMANDS_COUNT; i++)
    (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].meaning);
  (void)fputs("\n  -h, --help  print this help, or of a command its options\n"
              "  --version   print the version\n",
              out);
}

int main(int argc, char **argv) {
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    print_usage(stdout);
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    (void)puts("tier-bench " TIERD_VERSION);
    return 0;
  }
  for (size_t i = 0; argc > 1 && i < COMMANDS_COUNT; i++)
    if (strcmp(argv[1], commands[i].name) == 0)
      /* The benchmark sees its own name as argv[0], as if it were a program. */
      return commands[i].run(argc - 1, argv + 1);
  /* Without a word the usage says enough. */
  if (argc > 1)
    (void)fprintf(stderr, "tier-bench: unknown command '%s'\n", argv[1]);
  print_usage(stderr);
  return 2;
}
