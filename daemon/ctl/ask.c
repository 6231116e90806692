/* ask.c - the part that all commands share: exchange, --json, problems.
 *
 * The answer of a good exchange is handed back as a tree; everything else ends
 * here with a message and an exit code.
 */
#include "daemon/ctl/ask.h"

#include <stdio.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/problem_view.h"

/* The daemon's place is an option of every command. */
struct ctl_client_target ask_target(const struct ctl_args *args) {
  return (struct ctl_client_target){args->socket_path, args->url, args->timeout_ms};
}

void ask_complain(const struct console *console, const char *what, const char *why) {
  fputs("tierctl: ", console->err.out);
  if (what) {
    term_put(&console->err, TERM_PLAIN, span_of(what));
    fputs(": ", console->err.out);
  }
  /* Raw, because our own messages may run over several lines. */
  struct term as_terminal = {console->err.out, false, true};
  term_put_raw(&as_terminal, span_of(why));
  fputc('\n', console->err.out);
}

/* An answer that is too large is an answer: asking again would not help. */
enum exit_code ask_report(enum client_status status, const struct ctl_client_answer *answer,
                          const struct console *console) {
  ask_complain(console, NULL, answer->why);
  return status == CLIENT_TOO_LARGE ? EXIT_PROBLEM : EXIT_NO_ANSWER;
}

/* As it came, byte for byte, for programs; only the line feed is made sure of. */
static void print_json(const struct console *console, struct span body) {
  term_put_raw(&console->out, body);
  if (body.len > 0 && body.ptr[body.len - 1] != '\n')
    fputc('\n', console->out.out);
}

enum exit_code ask_daemon(struct ask *ask, const struct ctl_args *args,
                          const struct console *console, const struct ctl_client_request *request,
                          long accepted) {
  char why[MEMBER_WHY_MAX];
  struct ctl_client_target target = ask_target(args);
  /* Set first, so that ask_deinit() may follow whatever happens. */
  ask->tree = NULL;
  ctl_client_answer_init(&ask->answer);
  enum client_status status = ctl_client_exchange(&target, request, &ask->answer);
  if (status != CLIENT_OK)
    return ask_report(status, &ask->answer, console);
  struct span body = ctl_buffer_span(&ask->answer.body);
  long http_status = ask->answer.http_status;
  if (args->json)
    print_json(console, body); /* before parsing, which may rewrite it */
  ask->tree = ctl_member_parse(body, why);
  /* A command may know of one more status that is an answer, such as 503 of /readyz. */
  if (http_status != 200 && http_status != accepted) {
    problem_view_print(ask->tree, http_status, ask->answer.retry_after_s, &console->err);
    return EXIT_PROBLEM;
  }
  if (cJSON_IsObject(ask->tree))
    return EXIT_ANSWERED;
  ask_complain(console, "the daemon's answer is not a JSON object",
               ask->tree ? "is something else listening there?" : why);
  return EXIT_PROBLEM;
}

void ask_deinit(struct ask *ask) {
  cJSON_Delete(ask->tree);
  ctl_client_answer_deinit(&ask->answer);
}
