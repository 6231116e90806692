/* batch.c - tierctl route --batch: many requests through one exchange.
 *
 * libcurl pulls lines from the file (input.h) while it pushes answers into the
 * table (batch_view.h); neither side is held whole.
 */
#include <stdio.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/batch_view.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/input.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/problem_view.h"

/* 0 is the end of the file as well as a failure, and only the reason tells them apart. */
static size_t on_send(void *context, char *out, size_t size) {
  struct ctl_input_batch *batch = context;
  size_t len = ctl_input_batch_read(batch, out, size);
  return len == 0 && batch->why[0] ? CLIENT_SEND_FAILED : len;
}

/* False ends the exchange: a batch that cannot be shown need not be paid for. */
static bool on_receive(void *context, struct span bytes) {
  struct batch_view *view = context;
  bool taken = batch_view_bytes(view, bytes);
  /* Whoever reads from a pipe gets each answer when it comes. */
  fflush(view->term->out);
  return taken;
}

/* --json wins over --quiet, as in the other commands. */
static enum batch_view_form form_of(const struct ctl_args *args) {
  return args->json ? BATCH_VIEW_JSON : args->quiet ? BATCH_VIEW_MODELS : BATCH_VIEW_TABLE;
}

/* The whole batch was refused: the body is a problem object. */
static enum exit_code report_refusal(const struct ctl_args *args, const struct console *console,
                                     struct ctl_client_answer *answer) {
  char why[MEMBER_WHY_MAX];
  if (args->json) {
    term_put_raw(&console->out, ctl_buffer_span(&answer->body));
    fputc('\n', console->out.out);
  }
  cJSON *tree = ctl_member_parse(ctl_buffer_span(&answer->body), why);
  problem_view_print(tree, answer->http_status, answer->retry_after_s, &console->err);
  cJSON_Delete(tree);
  return EXIT_PROBLEM;
}

/* Turns what the three parties say into a message and an exit code. */
static enum exit_code conclude(enum client_status status, struct ctl_client_answer *answer,
                               const struct ctl_args *args, const struct console *console,
                               const struct ctl_input_batch *batch, struct batch_view *view) {
  if (status == CLIENT_OK && answer->http_status != 200)
    return report_refusal(args, console, answer);
  /* What came before a failure is shown too. */
  bool ended = batch_view_end(view, status == CLIENT_OK);
  /* A fault in the input comes first: the daemon's complaint would only be what followed
   * from it. */
  if (batch->why[0]) {
    ask_complain(console, NULL, batch->why);
    return EXIT_USAGE;
  }
  if (view->why[0] || !ended) {
    ask_complain(console, NULL, view->why);
    return EXIT_PROBLEM;
  }
  if (status != CLIENT_OK)
    return ask_report(status, answer, console);
  if (view->failed == 0)
    return EXIT_ANSWERED;
  fprintf(console->err.out, "tierctl: %zu of %zu lines failed\n", view->failed, view->lines);
  return EXIT_PROBLEM;
}

/* A file's size goes as Content-Length; of what comes from a pipe it is not known, and it
 * goes in chunks. */
static enum exit_code run(const struct ctl_args *args, const struct console *console,
                          struct ctl_input_batch *batch, struct batch_view *view) {
  struct ctl_client_answer answer;
  struct ctl_client_target target = ask_target(args);
  struct ctl_client_request request = {.path = "/v1/route:batch",
                                       .post = true,
                                       .content_type = "application/x-ndjson",
                                       .send = on_send,
                                       .send_context = batch,
                                       .send_bytes = ctl_input_batch_bytes(batch),
                                       .send_may_wait = !ctl_input_batch_is_file(batch),
                                       .receive = on_receive,
                                       .receive_context = view};
  ctl_client_answer_init(&answer);
  enum client_status status = ctl_client_exchange(&target, &request, &answer);
  enum exit_code code = conclude(status, &answer, args, console, batch, view);
  ctl_client_answer_deinit(&answer);
  return code;
}

enum exit_code command_batch(const struct ctl_args *args, const struct console *console) {
  struct ctl_input_batch batch;
  struct batch_view view;
  enum exit_code code = EXIT_USAGE;
  bool ready = batch_view_init(&view, &console->out, form_of(args));
  if (!ctl_input_batch_open(&batch, args->batch, &args->routing))
    ask_complain(console, NULL, batch.why);
  else if (!ready)
    ask_complain(console, NULL, "out of memory");
  else
    code = run(args, console, &batch, &view);
  /* Both are safe to close after a failed opening. */
  ctl_input_batch_close(&batch);
  batch_view_deinit(&view);
  return code;
}
