/* inspect.c - tierctl status and tierctl models: what is the daemon, and what
 * does it choose from? Plain GETs, shown by their views.
 */
#include <stdio.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/models_view.h"
#include "daemon/ctl/status_view.h"

enum { HTTP_UNAVAILABLE = 503 };

/* What a view could not print for want of it. */
static enum exit_code out_of_memory(const struct console *console) {
  ask_complain(console, NULL, "out of memory");
  return EXIT_PROBLEM;
}

/* A daemon that is not ready answers 503, which here is an answer like any other:
 * its version is still worth telling. */
enum exit_code command_status(const struct ctl_args *args, const struct console *console) {
  struct ask ready, version = {0};
  enum exit_code code = ask_daemon(
      &ready, args, console, &(struct ctl_client_request){.path = "/readyz"}, HTTP_UNAVAILABLE);
  bool is_ready = ready.answer.http_status == 200;
  if (code == EXIT_ANSWERED)
    code = ask_daemon(&version, args, console, &(struct ctl_client_request){.path = "/version"}, 0);
  if (code == EXIT_ANSWERED && !args->json && !args->quiet &&
      !status_view_print(ready.tree, version.tree, is_ready, &console->out))
    code = out_of_memory(console);
  ask_deinit(&version);
  ask_deinit(&ready);
  return code == EXIT_ANSWERED && !is_ready ? EXIT_PROBLEM : code;
}

/* With --json the answer has been printed already. */
enum exit_code command_models(const struct ctl_args *args, const struct console *console) {
  struct ask ask;
  enum exit_code code =
      ask_daemon(&ask, args, console, &(struct ctl_client_request){.path = "/v1/models"}, 0);
  if (code == EXIT_ANSWERED && !args->json &&
      !models_view_print(ask.tree, &console->out, args->quiet))
    code = out_of_memory(console);
  ask_deinit(&ask);
  return code;
}
