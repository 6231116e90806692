/* route.c - tierctl route: one request, one decision.
 *
 * A prompt or a file becomes a body, the body is posted, the decision printed.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/decision_view.h"
#include "daemon/ctl/input.h"
#include "daemon/ctl/request_body.h"

/* Reads the file and builds the body of what it holds. */
/* Whether the file is a body or a prompt is told by what is in it (request_body.h). */
static bool body_of_file(const struct ctl_args *args, const struct console *console,
                         struct ctl_buffer *body) {
  char why[INPUT_WHY_MAX], wrong[REQUEST_BODY_WHY_MAX];
  struct ctl_buffer content;
  /* A file may be as large as a request, and no larger. */
  ctl_buffer_init(&content, REQUEST_BODY_BYTES_MAX);
  bool built = false;
  if (!ctl_input_read(args->file, &content, why)) {
    ask_complain(console, NULL, why);
  } else {
    built = request_body_of_file(body, ctl_buffer_span(&content), &args->routing, wrong);
    if (!built)
      ask_complain(console, strcmp(args->file, "-") == 0 ? "stdin" : args->file, wrong);
  }
  ctl_buffer_deinit(&content);
  return built;
}

/* Refused here where that is possible: it costs no daemon and the message can name the
 * file. */
static bool build_body(const struct ctl_args *args, const struct console *console,
                       struct ctl_buffer *body) {
  char why[REQUEST_BODY_WHY_MAX];
  if (args->file)
    return body_of_file(args, console, body);
  if (request_body_of_prompt(body, span_of(args->prompt), &args->routing, why))
    return true;
  ask_complain(console, "the prompt", why);
  return false;
}

/* With --json the answer has been printed already, as it came. */
static enum exit_code show(const struct ctl_args *args, const struct console *console,
                           const cJSON *tree) {
  if (args->json)
    return EXIT_ANSWERED;
  if (args->quiet) {
    decision_view_print_model(tree, &console->out);
    return EXIT_ANSWERED;
  }
  if (decision_view_print(tree, &console->out))
    return EXIT_ANSWERED;
  ask_complain(console, NULL, "out of memory");
  return EXIT_PROBLEM;
}

enum exit_code command_route(const struct ctl_args *args, const struct console *console) {
  struct ctl_buffer body;
  ctl_buffer_init(&body, REQUEST_BODY_BYTES_MAX);
  /* Until there is a body, whatever goes wrong is the caller's input. */
  enum exit_code code = EXIT_USAGE;
  if (build_body(args, console, &body)) {
    /* Nothing is sent before the body is whole. */
    struct ask ask;
    struct ctl_client_request request = {.path = "/v1/route",
                                         .post = true,
                                         .content_type = "application/json",
                                         .body = ctl_buffer_span(&body)};
    code = ask_daemon(&ask, args, console, &request, 0);
    if (code == EXIT_ANSWERED)
      code = show(args, console, ask.tree);
    ask_deinit(&ask);
  }
  ctl_buffer_deinit(&body);
  return code;
}
