/* main.c - tierctl: argv to a command, a command to an exit code.
 *
 * Reading order: args.h says what can be asked for, commands.h what is done,
 * request_body.h and input.h what goes out, client.h how, the *_view.h files how
 * the answers look.
 */
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "daemon/ctl/catalog/catalog.h"
#include "daemon/ctl/commands.h"

#ifndef TIERD_VERSION
#define TIERD_VERSION "0"
#endif

/* The commands that ask the daemon or read logs; each is in a file of its own. */
static enum exit_code run(const struct ctl_args *args, const struct console *console) {
  if (args->command == ARGS_STATUS)
    return command_status(args, console);
  if (args->command == ARGS_MODELS)
    return command_models(args, console);
  if (args->command == ARGS_RELOAD)
    return command_reload(args, console);
  if (args->command == ARGS_PROMOTE)
    return command_promote(args, console);
  if (args->command == ARGS_PROMOTION)
    return command_promotion(args, console);
  if (args->command == ARGS_ROLLBACK)
    return command_rollback(args, console);
  if (args->command == ARGS_LOG_JOIN)
    return command_log_join(args, console);
  if (args->command == ARGS_REPORT)
    return command_report(args, console);
  return args->batch ? command_batch(args, console) : command_route(args, console);
}

/* A full disk or a closed pipe shows only when the last bytes go out. */
static int close_stdout(enum exit_code code) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return (int)code;
  perror("tierctl: cannot write the answer");
  return (int)(code == EXIT_ANSWERED ? EXIT_PROBLEM : code);
}

int main(int argc, char **argv) {
  struct ctl_args args;
  char why[ARGS_WHY_MAX];
  if (ctl_args_parse(&args, argc, argv, getenv("TIERD_SOCKET"), why) != ARGS_OK) {
    fprintf(stderr, "tierctl: %s\nTry 'tierctl --help' for more information.\n", why);
    return EXIT_USAGE;
  }
  /* Asked for, help is output and no error. */
  if (args.command == ARGS_HELP) {
    ctl_args_print_help(stdout, args.help_of);
    return close_stdout(EXIT_ANSWERED);
  }
  if (args.command == ARGS_VERSION) {
    puts("tierctl " TIERD_VERSION);
    return close_stdout(EXIT_ANSWERED);
  }
  /* Each on its own, since one may be a terminal and the other a file. */
  struct console console = {term_of(stdout), term_of(stderr)};
  /* Before libcurl starts: it talks to nobody. */
  if (args.command == ARGS_CATALOG) {
    const struct catalog_console both = {console.out, console.err};
    return (int)command_catalog(argc - args.rest, argv + args.rest, args.json, &both);
  }
  /* Once and before any thread, as libcurl wants it. */
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
    fputs("tierctl: libcurl does not start\n", stderr);
    return EXIT_NO_ANSWER;
  }
  enum exit_code code = run(&args, &console);
  curl_global_cleanup();
  return close_stdout(code);
}
