/* promotion.c - tierctl promote, promotion and rollback.
 *
 * All three end with the same view of how things stand. With --wait the daemon is asked
 * again until the candidate is in shadow no more; the exit status then says whether it
 * was promoted. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/promotion_view.h"

enum { ASK_AGAIN_MS = 250 };

/* A missing status is none of them. */
static bool is(const cJSON *tree, const char *status) {
  return strcmp(ctl_member_string(tree, "status", ""), status) == 0;
}

/* What a good answer means. A run that is over and was waited for may be bad news. */
static enum exit_code show(const struct ask *ask, const struct ctl_args *args,
                           const struct console *console) {
  if (!args->json && !args->quiet && !promotion_view_print(ask->tree, &console->out)) {
    ask_complain(console, NULL, "out of memory");
    return EXIT_PROBLEM;
  }
  return args->wait && !is(ask->tree, "promoted") ? EXIT_PROBLEM : EXIT_ANSWERED;
}

/* The daemon looks at what it has a hundred times a second; people do not. */
static void nap(void) {
  struct timespec left = {0, ASK_AGAIN_MS * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    continue;
}

/* Only the last answer is printed. */
static enum exit_code watch(const struct ctl_args *args, const struct console *console) {
  const struct ctl_client_request request = {.path = "/v1/promotion"};
  /* Else --json would print every look on the way. */
  struct ctl_args silent = *args;
  silent.json = false;
  for (;;) {
    struct ask ask;
    enum exit_code code = ask_daemon(&ask, &silent, console, &request, 0);
    const bool runs = code == EXIT_ANSWERED && is(ask.tree, "running");
    ask_deinit(&ask);
    if (code != EXIT_ANSWERED)
      return code;
    if (!runs)
      break;
    nap();
  }
  struct ask ask;
  enum exit_code code = ask_daemon(&ask, args, console, &request, 0);
  if (code == EXIT_ANSWERED)
    code = show(&ask, args, console);
  ask_deinit(&ask);
  return code;
}

/* One exchange, shown. */
static enum exit_code ask_once(const struct ctl_args *args, const struct console *console,
                               const struct ctl_client_request *request) {
  struct ask ask;
  enum exit_code code = ask_daemon(&ask, args, console, request, 0);
  if (code == EXIT_ANSWERED)
    code = show(&ask, args, console);
  ask_deinit(&ask);
  return code;
}

/* The daemon has another working directory, so it gets the whole path. The caller frees
 * the text; NULL when memory is out or there is no such file, errno set. */
static char *make_order(const struct ctl_args *args) {
  char path[PATH_MAX];
  char *text = NULL;
  cJSON *order = cJSON_CreateObject();
  bool ok = order != NULL;
  if (ok && args->cancel)
    ok = cJSON_AddTrueToObject(order, "cancel") != NULL;
  else if (ok)
    ok = realpath(args->candidate, path) != NULL &&
         cJSON_AddStringToObject(order, "path", path) != NULL;
  if (ok)
    text = cJSON_PrintUnformatted(order);
  const int error = errno;
  cJSON_Delete(order);
  errno = error;
  return text;
}

/* With --wait there are two parts: the order, whose answer is kept quiet, and then the watching. */
enum exit_code command_promote(const struct ctl_args *args, const struct console *console) {
  struct ctl_args once = *args;
  /* What is left to say where no call has failed: cJSON sets none. */
  errno = ENOMEM;
  char *order = make_order(args);
  /* The file is looked for here, where its name means something. */
  if (order == NULL) {
    ask_complain(console, args->candidate, strerror(errno));
    return EXIT_USAGE;
  }
  const struct ctl_client_request request = {
      .path = "/v1/promote", .post = true, .body = span_of(order)};
  /* A cancelled candidate is gone at once. */
  const bool waits = args->wait && !args->cancel;
  /* That it is in shadow now is not what was waited for. */
  once.wait = false;
  once.json = args->json && !waits;
  once.quiet = args->quiet || waits;
  enum exit_code code = ask_once(&once, console, &request);
  cJSON_free(order);
  return code == EXIT_ANSWERED && waits ? watch(args, console) : code;
}

/* Over any transport: looking changes nothing. */
enum exit_code command_promotion(const struct ctl_args *args, const struct console *console) {
  const struct ctl_client_request request = {.path = "/v1/promotion"};
  return args->wait ? watch(args, console) : ask_once(args, console, &request);
}

/* It takes effect before the answer, so there is nothing to wait for. */
enum exit_code command_rollback(const struct ctl_args *args, const struct console *console) {
  const struct ctl_client_request request = {.path = "/v1/rollback", .post = true};
  return ask_once(args, console, &request);
}
