/* commands.h - what tierctl does, one function a command.
 *
 * Answers go to out, messages to err. Each returns the exit code. */
#ifndef TIERD_CTL_COMMANDS_H
#define TIERD_CTL_COMMANDS_H

#include "daemon/ctl/args.h"
#include "daemon/ctl/term.h"

enum exit_code {
  EXIT_ANSWERED = 0,
  EXIT_PROBLEM = 1,  /* the daemon answered with a problem */
  EXIT_USAGE = 2,    /* wrong arguments, or a file that cannot be read */
  EXIT_NO_ANSWER = 3 /* cannot connect, or no whole answer */
};

struct console {
  struct term out;
  struct term err;
};

enum exit_code command_route(const struct ctl_args *args, const struct console *console);
enum exit_code command_batch(const struct ctl_args *args, const struct console *console);
enum exit_code command_status(const struct ctl_args *args, const struct console *console);
enum exit_code command_models(const struct ctl_args *args, const struct console *console);
enum exit_code command_reload(const struct ctl_args *args, const struct console *console);
enum exit_code command_promote(const struct ctl_args *args, const struct console *console);
enum exit_code command_promotion(const struct ctl_args *args, const struct console *console);
enum exit_code command_rollback(const struct ctl_args *args, const struct console *console);
enum exit_code command_log_join(const struct ctl_args *args, const struct console *console);
enum exit_code command_report(const struct ctl_args *args, const struct console *console);

#endif
