/* ask.h - asks the daemon one thing and reads the JSON it answers.
 *
 *   struct ask ask;
 *   enum exit_code code = ask_daemon(&ask, args, console, &request);
 *   if (code == EXIT_ANSWERED) show(ask.tree);
 *   ask_deinit(&ask);
 */
#ifndef TIERD_CTL_ASK_H
#define TIERD_CTL_ASK_H

#include <cjson/cJSON.h>

#include "daemon/ctl/client.h"
#include "daemon/ctl/commands.h"

struct ask {
  struct ctl_client_answer answer;
  cJSON *tree; /* owned; NULL when the answer was no JSON */
};

/* Runs the exchange. Failures and problems are reported on console->err, but for
 * a status in accepted (0 for none), which counts as answered. With --json the
 * body is printed whatever it says. */
enum exit_code ask_daemon(struct ask *ask, const struct ctl_args *args,
                          const struct console *console, const struct ctl_client_request *request,
                          long accepted);

void ask_deinit(struct ask *ask);

/* Says why the exchange failed; returns the exit code for it. */
enum exit_code ask_report(enum client_status status, const struct ctl_client_answer *answer,
                          const struct console *console);

/* The daemon that the arguments name. */
struct ctl_client_target ask_target(const struct ctl_args *args);

/* "tierctl: ", what, ": ", why and a line feed on err; either may be hostile. */
void ask_complain(const struct console *console, const char *what, const char *why);

#endif
