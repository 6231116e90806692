/* reload.c - tierctl reload: config, catalogue and model read anew.
 *
 * The daemon does it and answers when the new ones are in use, or says why nothing has
 * changed, which ask.c reports like any problem. */
#include <stdio.h>

#include "daemon/ctl/ask.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/member.h"

/* Versions are hashes, but whoever answers might not be tierd: they are cleaned. */
static void print_version(const struct term *term, const char *label, const cJSON *answer,
                          const char *name) {
  fputs(label, term->out);
  term_put(term, TERM_PLAIN, span_of(ctl_member_string(answer, name, "unknown")));
}

/* A warning, and not a failure: everything else is in use. */
static void print_restart_needed(const struct console *console, const cJSON *answer) {
  const cJSON *keys = ctl_member_get(answer, "restart_needed");
  for (const cJSON *key = cJSON_IsArray(keys) ? keys->child : NULL; key; key = key->next) {
    if (!cJSON_IsString(key))
      continue;
    fputs("tierctl: warning: --", console->err.out);
    term_put(&console->err, TERM_PLAIN, span_of(key->valuestring));
    fputs(" has changed; restart tierd for it to take effect\n", console->err.out);
  }
}

enum exit_code command_reload(const struct ctl_args *args, const struct console *console) {
  struct ask ask;
  const struct ctl_client_request request = {.path = "/v1/reload", .post = true};
  enum exit_code code = ask_daemon(&ask, args, console, &request, 0);
  if (code == EXIT_ANSWERED) {
    /* On standard error, so that --quiet and --json do not lose it. */
    print_restart_needed(console, ask.tree);
    /* The versions, so that a log of deployments can be held against those of decisions. */
    if (!args->json && !args->quiet) {
      const struct term *out = &console->out;
      print_version(out, "reloaded: model ", ask.tree, "model_version");
      print_version(out, ", catalogue ", ask.tree, "catalog_version");
      print_version(out, ", policy ", ask.tree, "policy_version");
      fputc('\n', out->out);
    }
  }
  ask_deinit(&ask);
  return code;
}
